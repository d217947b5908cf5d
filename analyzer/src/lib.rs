//! rculint's analyzer: reads kernel C without building it and states facts about `__rcu` pointers.
//!
//! One way for data: [`text`] → items → syntax → types → flow → [`facts`]. The analyzer prints
//! nothing and knows no rule. Rust goes another way ([`rust`]), and asks the C types about its bindings.

mod across;
pub mod change;
mod contained;
pub mod evidence;
pub mod facts;
pub mod files;
mod flow;
pub mod index;
pub mod items;
pub mod kernel;
mod modules;
pub mod rests;
pub mod rust;
pub mod stages;
pub mod syntax;
pub mod text;
pub mod types;
mod workspace;

pub use across::{Digests, OfCode, OfHeader, Tables, Whose, print_of};
pub use workspace::{Includes, Input, Options, Part, Wanted, Workspace};
