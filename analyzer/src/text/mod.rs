//! Source text: bytes, spans, positions, tokens and preprocessor lines.
//!
//! Everything downstream speaks in byte offsets of the file as it is on disk; only reports turn
//! them into rows and columns.

pub mod comments;
pub mod directives;
pub mod lexer;
mod source;

pub use source::{COLUMNS, Position, SourceFile, Span, TAB, advance};
