//! rculint's rules: facts of the analyzer in, diagnostics with proposed edits out.
//!
//! One rule is one file (`rcuNNN_name.rs`): its metadata, its documentation and its check. The
//! [`registry`] lists them. This crate reads no files and prints nothing.

mod accessor;
pub mod diagnostic;
pub mod docs;
mod evidence;
mod finding;
pub mod fingerprint;
mod layout;
mod merge;
mod rcu101_plain_load;
mod rcu102_plain_store;
mod rcu103_plain_null_store;
mod rcu104_plain_test;
mod rcu105_address_space_mismatch;
mod rcu106_cast_drops_rcu;
mod rcu107_unannotated_accessor;
mod rcu108_inferred_rcu_pointer;
mod rcu109_annotation_removed;
mod rcu201_access_pointer_dereferenced;
mod rcu202_init_pointer_publishes;
mod rcu203_dereference_only_tested;
mod rcu204_protected_always_true;
mod rcu205_wrong_lock_condition;
mod rcu206_flavour_mismatch;
mod rcu207_reloaded_pointer;
mod rcu301_dereference_outside_reader;
mod rcu302_use_after_unlock;
mod rcu303_unbalanced_reader;
mod rcu304_sleep_in_reader;
mod rcu305_wait_in_reader;
mod rcu401_free_without_grace_period;
mod rcu402_percpu_ref_grace_period;
mod rcu403_publish_before_init;
mod rcu404_freed_before_hidden;
mod rcu405_grace_period_then_work;
mod rcu406_wait_for_wrong_flavour;
mod rcu407_exit_without_rcu_barrier;
mod rcu408_callback_only_frees;
mod rcu501_plain_list_walk;
mod rcu502_plain_list_change;
mod rcu503_list_walk_outside_reader;
mod rcu601_rust_plain_load;
mod rcu602_rust_plain_store;
mod rcu603_rust_dereference_outside_reader;
mod rcu604_rust_guard_dropped_early;
mod rcu605_rust_helper_missing;
mod rcu901_unused_suppression;
mod rcu902_reasonless_suppression;
mod rcu903_malformed_suppression;
pub mod registry;
mod rewrite;
mod rule;
mod rust;
mod section;
pub mod selection;
pub mod suppression;
#[cfg(test)]
mod testing;

pub use merge::merge;
pub use rule::{
    Context, Docs, FixAvailability, Precision, Rule, check, check_change, check_together, compares,
};
