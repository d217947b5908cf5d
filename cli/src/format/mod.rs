//! How findings are printed.

mod causes;
mod gcc;
mod human;
mod json;
mod sources;

pub use causes::Folded;
pub use gcc::{gcc, kbuild};
pub use human::human;
pub use json::json;
