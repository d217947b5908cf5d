//! The command line of rculint: arguments, walking, threads, formats and exit codes.
//!
//! It is a library so that tests reach the formats; the binary is the only user meant.

mod args;
mod audit;
mod baseline;
mod build;
mod cache;
mod change;
mod check;
mod color;
pub mod config;
mod console;
mod coverage;
mod describe;
mod engine;
mod fix;
pub mod format;
mod guard;
pub mod inputs;
mod kbuild;
mod manual;
mod output;
mod patch;
mod progress;
pub mod report;
mod run;
pub mod statistics;
mod temporary;
mod timings;
#[doc(hidden)]
pub mod trial;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Audit, Command};
use crate::run::Failure;

/// Nothing at or above the fail level was found.
const CLEAN: u8 = 0;
/// Something was found.
const FOUND: u8 = 1;
/// The tool could not do its work.
const TROUBLE: u8 = 2;

/// Runs the command line of the process.
pub fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let outcome = match kbuild::attempt(&words) {
        Some(outcome) => outcome,
        None => match Arguments::parse().command {
            Command::Check(options) => check::run(&options),
            Command::Coverage(options) => coverage::run(&options),
            Command::Config(options) => config::run(&options),
            Command::Audit { what: Audit::PercpuRef(options) } => audit::run(&options),
            Command::Cache { what, cache_dir } => cache::command(what, cache_dir),
            Command::Explain { rule } => describe::explain(&rule),
            Command::Rules { format } => describe::rules(format),
            Command::Completions { shell } => manual::completions(shell),
            Command::Man { folder } => manual::pages(&folder),
        },
    };
    ExitCode::from(match outcome {
        Ok(code) => code,
        Err(Failure::Pipe) => CLEAN,
        Err(Failure::Message(message)) => {
            console::say(&format!("rculint: error: {message}"));
            TROUBLE
        }
    })
}
