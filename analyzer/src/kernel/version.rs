//! Versions of the kernel.

use serde::{Deserialize, Deserializer, de};

/// `VERSION` and `PATCHLEVEL` of the kernel's top Makefile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// What a tree that does not say is taken for: later than every change in the tables.
    pub const LATEST: Version = Version(u32::MAX, u32::MAX);
}

/// `6.12`, as the tables have it.
impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Version, String> {
        let number = |text: &str| text.parse().ok();
        let parts = text.split_once('.');
        parts
            .and_then(|(version, level)| Some(Version(number(version)?, number(level)?)))
            .ok_or_else(|| format!("`{text}` is no version"))
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
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
    /// Whether some version is in both.
    pub fn overlaps(&self, other: &Range) -> bool {
        let before = |one: &Range, two: &Range| match (one.until, two.since) {
            (Some(until), Some(since)) => until <= since,
            _ => false,
        };
        !before(self, other) && !before(other, self)
    }

    /// Whether a version is in it.
    pub fn has(&self, version: Version) -> bool {
        self.since.is_none_or(|since| version >= since)
            && self.until.is_none_or(|until| version < until)
    }
}
