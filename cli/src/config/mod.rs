//! `rculint.toml`: what a project wants checked, and how.
//!
//! One file counts for a run: the one that is named, or the nearest in or above the folder that all
//! paths lie in (`find`). The command line beats it (`settings`). What is to be done with findings
//! is decided once all of them are known (`policy`).

mod error;
mod file;
mod find;
mod policy;
mod settings;
mod show;
mod words;

pub use file::schema;
pub(crate) use policy::Policy;
pub(crate) use settings::{Given, Settings};
pub(crate) use show::run;

/// Whether a text is a configuration; nothing comes of it.
pub(crate) fn check_text(text: &str) -> Result<(), String> {
    error::read::<file::File>("rculint.toml", text).map(|_| ())
}
