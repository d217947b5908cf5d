//! `rculint cache`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use super::store::{runs, usual};
use crate::args::CacheCommand;
use crate::console::count;
use crate::run::{Failure, Outcome};
use crate::{CLEAN, TROUBLE, console};

/// Runs the command on a cache, or that of this user.
pub(crate) fn command(what: CacheCommand, top: Option<PathBuf>) -> Outcome {
    let Some(top) = top.or_else(usual) else {
        let missing = "no cache: neither XDG_CACHE_HOME nor HOME is set, nor --cache-dir given";
        return Err(Failure::Message(missing.to_owned()));
    };
    let runs = runs(&top);
    let bytes: u64 = runs.iter().map(|run| run.bytes).sum();
    let of = format!("{} of {} of run", size(bytes), count(runs.len(), "kind"));
    let mut out = io::stdout().lock();
    match what {
        CacheCommand::Info => writeln!(out, "{}: {of}", top.display())?,
        CacheCommand::Clean => {
            let mut status = CLEAN;
            for run in &runs {
                if let Err(error) = fs::remove_dir_all(&run.folder) {
                    console::say(&format!("rculint: error: {}: {error}", run.folder.display()));
                    status = TROUBLE;
                }
            }
            if status != CLEAN {
                return Ok(status);
            }
            writeln!(out, "{}: removed {of}", top.display())?;
        }
    }
    Ok(CLEAN)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}
