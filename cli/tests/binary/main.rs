//! End-to-end tests of the binary on trees made for them.

mod findings;
mod fix;
mod kbuild;
mod new;
mod process;
mod repository;
mod tree;
