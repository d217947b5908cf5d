//! Evidence from other code: which accessors are used where, so that a proposal can follow the
//! code around it. Nothing here is a finding.

mod calls;
mod folder;
pub(crate) mod heads;
mod words;
mod wrappers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use calls::{CallingFunction, FileCalls, PlainCall};
pub(crate) use calls::{Slots, words_of};
pub use folder::Given;
pub(crate) use folder::Neighbours;
pub use words::{Nearness, WordKind, Words};
pub use wrappers::Wrapper;
pub(crate) use wrappers::Wrappers;

use crate::facts::{Context, Protection, Usage};

/// A call of an accessor, or of a macro that stands for one, in the file at hand.
#[derive(Clone, Debug)]
pub struct AccessorCall {
    /// The function it stands in.
    pub function: Option<String>,
    /// Its name as it is called: `rtnl_dereference`.
    pub name: String,
    /// The arguments as they are written.
    pub arguments: Vec<String>,
    /// What the pointer's declaration is called, where it has a type: `struct port.shape`.
    pub declaration: Option<String>,
    /// What is done with the value of the call.
    pub usage: Option<Usage>,
    /// What protects it.
    pub protection: Protection,
    /// In what context it happens, as far as its function shows.
    pub context: Context,
    /// The variables of the function among the arguments, with their types.
    pub locals: Vec<(String, String)>,
}

/// What is known of the use of accessors in a file and beside it.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The calls in the file, by position.
    pub calls: Vec<AccessorCall>,
    /// What is said in the functions of the file, by name.
    pub functions: BTreeMap<String, Words>,
    /// Other files of the folder, and headers that declare what is accessed; by name.
    pub neighbours: Vec<Arc<FileCalls>>,
    /// The accessors among the names in `calls` and `neighbours`, as this file sees them.
    pub accessors: BTreeMap<String, Wrapper>,
    /// Names in the arguments of the neighbours' calls that mean something outside functions to
    /// this file as well.
    pub globals: BTreeSet<String>,
}

/// The member or variable that a pointer's text names: `p->table[i]` gives `table`.
pub fn last_name(pointer: &str) -> &str {
    let mut text = pointer.trim();
    loop {
        text = text.trim_end();
        if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            text = inner;
        } else if text.ends_with(']') {
            let mut depth = 0usize;
            let open = text.bytes().rposition(|byte| {
                depth = match byte {
                    b']' => depth + 1,
                    b'[' => depth.saturating_sub(1),
                    _ => depth,
                };
                depth == 0
            });
            match open {
                Some(open) => text = &text[..open],
                None => return "",
            }
        } else {
            let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
            let start = text.len() - text.chars().rev().take_while(|c| word(*c)).count();
            return &text[start..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::last_name;

    #[test]
    fn the_last_name_of_a_pointer() {
        assert_eq!(last_name("p->a.b"), "b");
        assert_eq!(last_name(" (p->table[f(x[1])]) "), "table");
        assert_eq!(last_name("*slot"), "slot");
        assert_eq!(last_name("get(p)"), "");
    }
}
