//! Patches as they are mailed, applied in memory.
//!
//! The crates for it that are looked after (diffy 0.5) stop at the text of a mail, take a series of
//! them for one, and do not say where a hunk went; what is here is what `patch` and `git am` take.

mod apply;
mod hunks;
mod parse;
#[cfg(test)]
mod tests;

#[cfg(test)]
use apply::Applied;
pub(crate) use apply::{apply, take_back};
pub(crate) use parse::parse;

/// What a patch does to one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilePatch<'p> {
    /// The old name as the patch has it; `None` for a file that is new.
    pub old: Option<Name>,
    /// The new name; `None` for a file that is removed.
    pub new: Option<Name>,
    /// The old file goes on under the new name, or stays beside it.
    pub moves: Option<Move>,
    /// In order.
    pub hunks: Vec<Hunk<'p>>,
    /// Its lines came with carriage returns that are not the file's.
    pub returns: bool,
}

/// How a file with two names becomes the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Rename,
    Copy,
}

/// A file's name in a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// As bytes, unquoted.
    pub path: Vec<u8>,
    /// Whether something may stand before it (`a/`).
    pub prefixed: bool,
}

/// A piece of a file and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hunk<'p> {
    /// The row where it starts in the old file, from 1; the row before it, if it has no old lines.
    pub start: usize,
    /// The row of the patch that it starts on.
    pub row: usize,
    /// Its lines.
    pub lines: Vec<Line<'p>>,
}

/// A line of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'p> {
    pub kind: LineKind,
    /// Its bytes with the newline, if it has one.
    pub text: &'p [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    Context,
    Removed,
    Added,
}

impl FilePatch<'_> {
    /// The patch that takes back what this one does.
    fn reversed(&self) -> Self {
        if self.moves == Some(Move::Copy) {
            return FilePatch { old: self.new.clone(), ..FilePatch::default() };
        }
        let mut longer = 0;
        let mut hunks = Vec::new();
        for hunk in &self.hunks {
            let mut back = hunk.reversed();
            back.start = hunk.start.saturating_add_signed(longer);
            longer += hunk.growth();
            hunks.push(back);
        }
        FilePatch { old: self.new.clone(), new: self.old.clone(), hunks, ..*self }
    }
}

impl Hunk<'_> {
    /// The hunk that takes back what this one does, at the same row.
    fn reversed(&self) -> Self {
        let mut back = self.clone();
        for line in &mut back.lines {
            line.kind = match line.kind {
                LineKind::Added => LineKind::Removed,
                LineKind::Removed => LineKind::Added,
                LineKind::Context => LineKind::Context,
            };
        }
        back
    }

    /// How many lines a file gets by it.
    fn growth(&self) -> isize {
        let growth = |line: &Line<'_>| match line.kind {
            LineKind::Added => 1,
            LineKind::Removed => -1,
            LineKind::Context => 0,
        };
        self.lines.iter().map(growth).sum()
    }
}
