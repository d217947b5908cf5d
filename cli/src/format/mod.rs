//! How findings are printed.

mod gcc;
mod human;
mod json;
mod sources;

pub use gcc::{gcc, kbuild};
pub use human::human;
pub use json::json;
