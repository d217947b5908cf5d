//! The rules there are.

use crate::rule::Rule;
use crate::{
    rcu101_plain_load, rcu102_plain_store, rcu103_plain_null_store, rcu104_plain_test,
    rcu105_address_space_mismatch, rcu106_cast_drops_rcu, rcu107_unannotated_accessor,
    rcu108_inferred_rcu_pointer, rcu109_annotation_removed, rcu201_access_pointer_dereferenced,
    rcu202_init_pointer_publishes, rcu203_dereference_only_tested, rcu204_protected_always_true,
    rcu205_wrong_lock_condition, rcu206_flavour_mismatch, rcu207_reloaded_pointer,
    rcu301_dereference_outside_reader, rcu302_use_after_unlock, rcu303_unbalanced_reader,
    rcu304_sleep_in_reader, rcu305_wait_in_reader, rcu401_free_without_grace_period,
    rcu402_percpu_ref_grace_period, rcu403_publish_before_init, rcu404_freed_before_hidden,
    rcu405_grace_period_then_work, rcu406_wait_for_wrong_flavour, rcu407_exit_without_rcu_barrier,
    rcu408_callback_only_frees, rcu501_plain_list_walk, rcu502_plain_list_change,
    rcu503_list_walk_outside_reader, rcu601_rust_plain_load, rcu602_rust_plain_store,
    rcu603_rust_dereference_outside_reader, rcu604_rust_guard_dropped_early,
    rcu605_rust_helper_missing, rcu901_unused_suppression, rcu902_reasonless_suppression,
    rcu903_malformed_suppression,
};

/// Every rule, by code.
pub static RULES: &[&Rule] = &[
    &rcu101_plain_load::RULE,
    &rcu102_plain_store::RULE,
    &rcu103_plain_null_store::RULE,
    &rcu104_plain_test::RULE,
    &rcu105_address_space_mismatch::RULE,
    &rcu106_cast_drops_rcu::RULE,
    &rcu107_unannotated_accessor::RULE,
    &rcu108_inferred_rcu_pointer::RULE,
    &rcu109_annotation_removed::RULE,
    &rcu201_access_pointer_dereferenced::RULE,
    &rcu202_init_pointer_publishes::RULE,
    &rcu203_dereference_only_tested::RULE,
    &rcu204_protected_always_true::RULE,
    &rcu205_wrong_lock_condition::RULE,
    &rcu206_flavour_mismatch::RULE,
    &rcu207_reloaded_pointer::RULE,
    &rcu301_dereference_outside_reader::RULE,
    &rcu302_use_after_unlock::RULE,
    &rcu303_unbalanced_reader::RULE,
    &rcu304_sleep_in_reader::RULE,
    &rcu305_wait_in_reader::RULE,
    &rcu401_free_without_grace_period::RULE,
    &rcu402_percpu_ref_grace_period::RULE,
    &rcu403_publish_before_init::RULE,
    &rcu404_freed_before_hidden::RULE,
    &rcu405_grace_period_then_work::RULE,
    &rcu406_wait_for_wrong_flavour::RULE,
    &rcu407_exit_without_rcu_barrier::RULE,
    &rcu408_callback_only_frees::RULE,
    &rcu501_plain_list_walk::RULE,
    &rcu502_plain_list_change::RULE,
    &rcu503_list_walk_outside_reader::RULE,
    &rcu601_rust_plain_load::RULE,
    &rcu602_rust_plain_store::RULE,
    &rcu603_rust_dereference_outside_reader::RULE,
    &rcu604_rust_guard_dropped_early::RULE,
    &rcu605_rust_helper_missing::RULE,
    &rcu901_unused_suppression::RULE,
    &rcu902_reasonless_suppression::RULE,
    &rcu903_malformed_suppression::RULE,
];

/// The rule of this code or name, whatever its case.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| {
        rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name)
    })
}

/// The code or name that `word` may have been meant to be.
pub fn nearest(word: &str) -> Option<&'static str> {
    let likeness = |candidate: &str| {
        strsim::jaro_winkler(&candidate.to_ascii_lowercase(), &word.to_ascii_lowercase())
    };
    RULES
        .iter()
        .flat_map(|rule| [rule.code, rule.name])
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        // Of equals the first stays: the lowest code.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_sorted() {
        assert!(RULES.windows(2).all(|pair| pair[0].code < pair[1].code));
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn found_by_code_and_by_name() {
        assert_eq!(find("rcu101").map(|rule| rule.name), Some("plain-load"));
        assert_eq!(find("Plain-Test").map(|rule| rule.code), Some("RCU104"));
        assert!(find("RCU1").is_none());
    }

    #[test]
    fn nearest_word() {
        assert_eq!(nearest("RCU1O1"), Some("RCU101"));
        assert_eq!(nearest("plain-lod"), Some("plain-load"));
        assert_eq!(nearest("zzz"), None);
    }
}
