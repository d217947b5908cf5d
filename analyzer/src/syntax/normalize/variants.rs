//! Choosing arms of preprocessor conditionals so that each is seen once and none meets an arm that
//! excludes it.

use crate::text::directives::{Arm, Condition};
use crate::text::lexer::Token;

/// More combinations than this are not tried; arms left over stay unseen.
const MOST: usize = 6;

/// With more arms than this, conditions of different conditionals are not compared.
const MANY: usize = 400;

/// Token sequences that together hold every arm. The first holds the first arm of each
/// conditional.
pub(super) fn choose(source: &[u8], live: &[Token], arms: &[Arm]) -> Vec<Vec<Token>> {
    let groups = groups(source, live, arms);
    let mut seen = vec![false; arms.len()];
    for arm in groups.iter().flat_map(|group| &group.dead) {
        seen[*arm] = true;
    }
    let mut out = Vec::new();
    while out.len() < MOST {
        let wanted = wanted(arms, &groups, &seen, out.is_empty());
        let picked = pick(arms, &groups, &seen, &wanted);
        let new = (0..arms.len()).any(|arm| picked[arm] && !seen[arm]);
        if !out.is_empty() && !new {
            break;
        }
        for (seen, picked) in seen.iter_mut().zip(&picked) {
            *seen |= picked;
        }
        out.push(without(live, arms, &picked));
        if seen.iter().all(|seen| *seen) {
            break;
        }
    }
    out
}

/// The arms of one conditional.
#[derive(Default)]
struct Group {
    arms: Vec<usize>,
    /// Arms that are never compiled.
    dead: Vec<usize>,
    /// The arm that the conditional stands in.
    parent: Option<usize>,
    /// A lone arm whose brackets do not balance, with no counterpart elsewhere.
    unbalanced: bool,
}

fn groups(source: &[u8], live: &[Token], arms: &[Arm]) -> Vec<Group> {
    let count = arms.iter().map(|arm| arm.group as usize + 1).max().unwrap_or(0);
    let mut groups: Vec<Group> = Vec::with_capacity(count);
    groups.resize_with(count, Group::default);
    // Arms come in the order of their first tokens, so outer ones are open when inner ones begin.
    let mut open: Vec<usize> = Vec::new();
    for (index, arm) in arms.iter().enumerate() {
        let group = &mut groups[arm.group as usize];
        while let Some(outer) = open.last().map(|outer| &arms[*outer]) {
            let inside = outer.tokens.end >= arm.tokens.end && outer.tokens.end > arm.tokens.start;
            if outer.group != arm.group && outer.group < arm.group && inside {
                break;
            }
            open.pop();
        }
        if group.arms.is_empty() {
            group.parent = open.last().copied();
        }
        group.arms.push(index);
        open.push(index);
    }
    let depth = depths(source, live);
    let balance = |arm: usize| depth[arms[arm].tokens.end] - depth[arms[arm].tokens.start];
    let lone: Vec<usize> = groups
        .iter()
        .filter_map(|group| <[usize; 1]>::try_from(group.arms.clone()).ok())
        .map(|[arm]| arm)
        .collect();
    let unbalanced = (0..arms.len()).filter(|arm| balance(*arm) != 0).take(2).count();
    for arm in lone.into_iter().filter(|arm| balance(*arm) != 0 && unbalanced == 1) {
        groups[arms[arm].group as usize].unbalanced = true;
    }
    for group in &mut groups {
        let always = |arm: &usize| arms[*arm].condition.is_empty() && !arms[*arm].tokens.is_empty();
        if let Some(taken) = group.arms.iter().copied().find(always) {
            let never = |arm: &usize| {
                arms[*arm].tokens.is_empty() && (*arm > taken || arms[*arm].condition.is_empty())
            };
            group.dead = group.arms.iter().copied().filter(never).collect();
        }
    }
    groups
}

/// How many brackets are open before each token.
fn depths(source: &[u8], live: &[Token]) -> Vec<i32> {
    let mut depth = 0;
    let mut out = Vec::with_capacity(live.len() + 1);
    out.push(0);
    for token in live {
        depth += match token.text(source) {
            b"(" | b"{" | b"[" => 1,
            b")" | b"}" | b"]" => -1,
            _ => 0,
        };
        out.push(depth);
    }
    out
}

/// The first arm that was not seen and those around it: it may exclude arms before it, so the
/// choice starts from it. Nothing for the first combination.
fn wanted(arms: &[Arm], groups: &[Group], seen: &[bool], first: bool) -> Vec<usize> {
    let unseen = (0..arms.len()).find(|arm| !seen[*arm]).filter(|_| !first);
    let parent = |arm: &usize| groups[arms[*arm].group as usize].parent;
    std::iter::successors(unseen, parent).collect()
}

/// One arm of each conditional, wanted and then unseen ones first, that can hold together.
fn pick(arms: &[Arm], groups: &[Group], seen: &[bool], wanted: &[usize]) -> Vec<bool> {
    let mut assumed = Condition::default();
    for arm in wanted {
        assumed.require(&arms[*arm].condition);
    }
    let mut picked = vec![false; arms.len()];
    for group in groups {
        if group.unbalanced || group.parent.is_some_and(|parent| !picked[parent]) {
            continue;
        }
        let possible = |arm: &&usize| {
            !group.dead.contains(*arm)
                && (arms.len() > MANY || assumed.compatible(&arms[**arm].condition))
        };
        let first = group.arms.iter().find(|arm| wanted.contains(arm));
        let first = first.or_else(|| group.arms.iter().filter(possible).find(|arm| !seen[**arm]));
        if let Some(choice) = first.or_else(|| group.arms.iter().find(possible)) {
            if arms.len() <= MANY {
                assumed.require(&arms[*choice].condition);
            }
            picked[*choice] = true;
        }
    }
    picked
}

fn without(live: &[Token], arms: &[Arm], picked: &[bool]) -> Vec<Token> {
    // How many arms that were not picked begin, less those that end, at each token.
    let mut edges = vec![0i32; live.len() + 1];
    for (arm, _) in arms.iter().zip(picked).filter(|(_, picked)| !**picked) {
        edges[arm.tokens.start] += 1;
        edges[arm.tokens.end] -= 1;
    }
    let mut left_out = 0;
    live.iter()
        .zip(edges)
        .filter_map(|(token, edge)| {
            left_out += edge;
            (left_out == 0).then_some(*token)
        })
        .collect()
}
