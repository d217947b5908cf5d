//! The rculint binary.
fn main() {}
