//! Where a hunk goes, as `patch` finds it: at its row, moved as the hunk before it was; else at the
//! nearest place that looks the same; else there without the outer lines of its context.

use super::{Hunk, Line, LineKind};

/// So many lines of context may differ at either end, as `patch` lets them.
const FUZZ: usize = 2;

/// Where a hunk went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// How far from the row that it names.
    pub offset: isize,
    /// How many lines of context were not looked at.
    pub fuzz: usize,
}

/// The text with the hunks made, and where each went.
///
/// # Errors
/// The number of the first hunk, from 0, that fits nowhere.
pub(super) fn patched(
    text: &[u8],
    hunks: &[Hunk<'_>],
    returns: bool,
) -> Result<(Vec<u8>, Vec<Placed>), usize> {
    let old: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let same = |line: &[u8], other: &[u8]| match returns {
        true => without_return(line).eq(without_return(other)),
        false => line == other,
    };
    let mut out = Vec::with_capacity(text.len());
    let (mut done, mut offset, mut placed) = (0, 0, Vec::new());
    for (number, hunk) in hunks.iter().enumerate() {
        let Found { at, lines, fuzz, skipped } =
            find(&old, done, hunk, offset, &same).ok_or(number)?;
        offset = at as isize - (start(hunk) + skipped) as isize;
        out.extend(old[done..at].iter().copied().flatten());
        done = at;
        for line in lines {
            match line.kind {
                // What stands there, not what the patch says.
                LineKind::Context => out.extend_from_slice(old[done]),
                LineKind::Added if returns => out.extend(without_return(line.text)),
                LineKind::Added => out.extend_from_slice(line.text),
                LineKind::Removed => {}
            }
            done += usize::from(line.kind != LineKind::Added);
        }
        placed.push(Placed { offset, fuzz });
    }
    out.extend(old[done..].iter().copied().flatten());
    Ok((out, placed))
}

/// A place for a hunk.
struct Found<'h, 'p> {
    /// The row, from 0.
    at: usize,
    /// The lines that were looked at.
    lines: &'h [Line<'p>],
    /// How many at an end may have been left out.
    fuzz: usize,
    /// How many at the start were.
    skipped: usize,
}

/// The place of a hunk at or behind row `from`.
fn find<'h, 'p>(
    old: &[&[u8]],
    from: usize,
    hunk: &'h Hunk<'p>,
    offset: isize,
    same: &impl Fn(&[u8], &[u8]) -> bool,
) -> Option<Found<'h, 'p>> {
    let context = |line: &Line<'_>| line.kind == LineKind::Context;
    let front = hunk.lines.iter().take_while(|line| context(line)).count();
    let back = hunk.lines.iter().rev().take_while(|line| context(line)).count();
    let most = front.max(back);
    let only_adds = hunk.lines.iter().all(|line| line.kind != LineKind::Removed);
    for fuzz in 0..=FUZZ.min(most) {
        let skipped = fuzz.saturating_sub(most - front);
        let cut = fuzz.saturating_sub(most - back);
        if skipped + cut > hunk.lines.len() {
            break;
        }
        let lines = &hunk.lines[skipped..hunk.lines.len() - cut];
        let wanted: Vec<&[u8]> = lines
            .iter()
            .filter(|line| line.kind != LineKind::Added)
            .map(|line| line.text)
            .collect();
        // Nothing left to tell the place by.
        if wanted.is_empty() && fuzz > 0 {
            break;
        }
        let Some(last) = old.len().checked_sub(wanted.len()) else { continue };
        let fits = |at: usize| wanted.iter().zip(&old[at..]).all(|(want, have)| same(want, have));
        let start = (start(hunk) + skipped) as isize + offset;
        let near = start.clamp(0, last as isize) as usize;
        if wanted.is_empty() {
            return (near >= from).then_some(Found { at: near, lines, fuzz, skipped });
        }
        let around = (0..=old.len()).flat_map(|by| {
            let down = near.checked_sub(by).filter(|_| by > 0);
            [near.checked_add(by), down]
        });
        // Less context on one side is an end of the file. What only adds lines there would else fit
        // where its lines are already.
        let first = if only_adds && most - back > fuzz { last.max(from) } else { from };
        let last = if only_adds && most - front > fuzz { 0 } else { last };
        let found = around.flatten().find(|at| (first..=last).contains(at) && fits(*at));
        if let Some(at) = found {
            return Some(Found { at, lines, fuzz, skipped });
        }
    }
    None
}

/// The row, from 0, before which a hunk's lines stand.
fn start(hunk: &Hunk<'_>) -> usize {
    let has_old = hunk.lines.iter().any(|line| line.kind != LineKind::Added);
    hunk.start.saturating_sub(usize::from(has_old))
}

fn without_return(line: &[u8]) -> impl Iterator<Item = &u8> {
    let (text, end) = match line.strip_suffix(b"\n") {
        Some(text) => (text, &b"\n"[..]),
        None => (line, &b""[..]),
    };
    text.strip_suffix(b"\r").unwrap_or(text).iter().chain(end)
}
