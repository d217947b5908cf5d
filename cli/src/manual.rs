//! `rculint completions` and `rculint man`: what packages install beside the program.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::CLEAN;
use crate::args::Arguments;
use crate::run::{Failure, Outcome};

/// Prints a shell's completion script.
pub(crate) fn completions(shell: Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "rculint", &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script)?;
    out.flush()?;
    Ok(CLEAN)
}

/// Writes `rculint.1`, `rculint-check.1` and the like.
pub(crate) fn pages(folder: &Path) -> Outcome {
    clap_mangen::generate_to(Arguments::command(), folder).map_err(|error| {
        Failure::Message(format!("cannot write manual pages to {}: {error}", folder.display()))
    })?;
    Ok(CLEAN)
}
