//! rculint's analyzer: reads kernel C without building it and states facts about `__rcu` pointers.
//!
//! One way for data: [`text`] → items → syntax → types → flow → [`facts`]. The analyzer prints
//! nothing and knows no rule.

pub mod facts;
pub mod files;
pub mod items;
pub mod syntax;
pub mod text;
mod workspace;

pub use workspace::{Input, Options, Workspace};
