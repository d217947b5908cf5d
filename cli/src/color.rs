//! Whether to use colours.

use anstream::{AutoStream, ColorChoice};

use crate::args::ColorWhen;

/// Whether stdout gets colours; `auto` heeds the terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE.
pub(crate) fn on_stdout(when: ColorWhen) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => AutoStream::choice(&std::io::stdout()) != ColorChoice::Never,
    }
}
