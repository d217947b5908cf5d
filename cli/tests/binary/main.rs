//! End-to-end tests of the binary on trees made for them.

mod around;
mod build;
mod cache;
mod commands;
mod config;
mod findings;
mod fix;
mod kbuild;
mod new;
mod output;
mod process;
mod readme;
mod repository;
mod rust;
mod suppression;
mod tools;
mod tree;
