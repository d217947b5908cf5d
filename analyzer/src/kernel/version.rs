//! Versions of the kernel.

/// `VERSION` and `PATCHLEVEL` of the kernel's top Makefile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// What a tree that does not say is taken for: later than every change in the tables.
    pub const LATEST: Version = Version(u32::MAX, u32::MAX);
}

/// In which versions something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Range {
    /// The first.
    pub since: Option<Version>,
    /// The first in which it no longer does.
    pub until: Option<Version>,
}

impl Range {
    /// Whether a version is in it.
    pub fn has(&self, version: Version) -> bool {
        self.since.is_none_or(|since| version >= since)
            && self.until.is_none_or(|until| version < until)
    }
}
