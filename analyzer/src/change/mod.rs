//! What a change of the code did to annotations: two versions of files side by side.

mod names;

pub use names::{Declarations, reannotated};
