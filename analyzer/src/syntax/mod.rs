//! Syntax trees of items, parsed by tree-sitter after normalisation.

mod kinds;
mod normalize;
mod parse;
#[cfg(test)]
mod robust;
mod tree;

pub use kinds::{Field, Kind};
pub use normalize::{MacroClass, Macros, normalize};
pub use parse::parse_item;
pub use tree::{NodeId, Tree};
