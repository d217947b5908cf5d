//! Choosing arms of preprocessor conditionals so that each is seen once and none meets an arm that
//! excludes it.

use crate::text::directives::{Arm, Condition};
use crate::text::lexer::Token;

/// More combinations than this are not tried; arms left over stay unseen.
const MOST: usize = 6;

/// Token sequences that together hold every arm. The first holds the first arm of each
/// conditional.
pub(super) fn choose(source: &[u8], live: &[Token], arms: &[Arm]) -> Vec<Vec<Token>> {
    let mut seen = vec![false; arms.len()];
    let mut out = Vec::new();
    while out.len() < MOST {
        let picked = pick(source, live, arms, &seen);
        let new = picked.iter().any(|arm| !seen[*arm]);
        if !out.is_empty() && !new {
            break;
        }
        for arm in &picked {
            seen[*arm] = true;
        }
        out.push(without(live, arms, &picked));
        if seen.iter().all(|seen| *seen) {
            break;
        }
    }
    out
}

/// One arm of each conditional, unseen ones first, that can hold together.
fn pick(source: &[u8], live: &[Token], arms: &[Arm], seen: &[bool]) -> Vec<usize> {
    let mut assumed = Condition::default();
    let mut picked: Vec<usize> = Vec::new();
    let mut groups: Vec<u32> = arms.iter().map(|arm| arm.group).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        let all: Vec<usize> = (0..arms.len()).filter(|arm| arms[*arm].group == group).collect();
        let inside_picked = |arm: &Arm| {
            arms.iter().enumerate().all(|(index, outer)| {
                outer.group == group
                    || !(outer.tokens.start <= arm.tokens.start
                        && arm.tokens.end <= outer.tokens.end
                        && outer.group < group)
                    || outer.tokens.is_empty()
                    || picked.contains(&index)
            })
        };
        let mut possible: Vec<usize> = all
            .iter()
            .copied()
            .filter(|arm| assumed.compatible(&arms[*arm].condition) && inside_picked(&arms[*arm]))
            .collect();
        // A lone arm whose brackets do not balance can only be read with its counterpart.
        if all.len() == 1 && possible.len() == 1 && balance(source, live, &arms[possible[0]]) != 0 {
            let others = |arm: &Arm| arm.group != group && balance(source, live, arm) != 0;
            if !arms.iter().any(others) {
                possible.clear();
            }
        }
        let choice = possible.iter().find(|arm| !seen[**arm]).or(possible.first());
        if let Some(choice) = choice {
            assumed.require(&arms[*choice].condition);
            picked.push(*choice);
        }
    }
    picked
}

/// Opening less closing brackets of an arm.
fn balance(source: &[u8], live: &[Token], arm: &Arm) -> i32 {
    live[arm.tokens.clone()]
        .iter()
        .map(|token| match token.text(source) {
            b"(" | b"{" | b"[" => 1,
            b")" | b"}" | b"]" => -1,
            _ => 0,
        })
        .sum()
}

fn without(live: &[Token], arms: &[Arm], picked: &[usize]) -> Vec<Token> {
    let mut keep = vec![true; live.len()];
    for (index, arm) in arms.iter().enumerate() {
        if !picked.contains(&index) {
            keep[arm.tokens.clone()].fill(false);
        }
    }
    live.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(token, _)| *token).collect()
}
