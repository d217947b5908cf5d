//! End-to-end tests of the binary on trees made for them.

mod build;
mod config;
mod findings;
mod fix;
mod kbuild;
mod process;
mod readme;
mod suppression;
mod tree;
