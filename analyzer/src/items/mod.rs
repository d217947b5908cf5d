//! Top-level items: functions, declarations, macro definitions and macro calls, with the names
//! each may declare. One pass over the tokens; nothing is parsed here.

mod names;
mod shape;
mod split;
#[cfg(test)]
mod tests;

pub use names::{Space, function_name, name_key};
pub use split::{scan, scan_with};

use crate::text::Span;
use crate::text::directives::{Condition, Key};

/// What a top-level item is, judged from its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A function with a body, or a macro call with one (`SYSCALL_DEFINE1(...) {`).
    Function,
    /// Any declaration: types, variables, prototypes.
    Declaration,
    /// A macro call that stands alone: `DEFINE_PER_CPU(...)`, `EXPORT_SYMBOL(...)`.
    MacroCall,
    /// `#define`.
    Define,
}

/// A top-level item.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// From its first to its last token.
    pub span: Span,
    /// Index into [`FileItems::conditions`].
    pub condition: u32,
    /// Whether `__rcu` stands in it.
    pub annotated: bool,
    /// Whether a loop that loads links as readers must may stand in it.
    pub walks: bool,
    /// The preprocessor line whose arm it stands in, if any.
    pub arm: Option<Span>,
}

/// A name that an item may declare. Judged from tokens, so an item may turn out not to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// [`name_key`] of name and space.
    pub key: Key,
    /// Index into [`FileItems::items`].
    pub item: u32,
}

/// An `#include` line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Include {
    /// What stands between the quotes or brackets.
    pub path: Box<str>,
    /// `"..."` rather than `<...>`.
    pub quoted: bool,
}

/// The items of one file.
#[derive(Debug, Default)]
pub struct FileItems {
    /// In order of position.
    pub items: Vec<Item>,
    /// In order of items.
    pub names: Vec<Name>,
    /// In order of position.
    pub includes: Vec<Include>,
    /// The distinct conditions of the items.
    pub conditions: Vec<Condition>,
}

impl FileItems {
    /// What has to hold for an item to be compiled.
    pub fn condition(&self, item: &Item) -> &Condition {
        &self.conditions[item.condition as usize]
    }
}

/// The `#include` lines of a file, without looking at anything else in it.
pub fn includes(bytes: &[u8]) -> Vec<Include> {
    split::includes(bytes)
}
