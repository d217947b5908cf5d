//! Versions of the kernel.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Deserializer, de};

use crate::files::FileSystem;

/// `VERSION` and `PATCHLEVEL` of the kernel's top Makefile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// What a tree that does not say is taken for: later than every change in the tables.
    pub const LATEST: Version = Version(u32::MAX, u32::MAX);

    /// The version that a kernel's top Makefile states.
    pub fn read(makefile: &[u8]) -> Option<Version> {
        let stated = |name: &str| {
            let values = makefile.split(|byte| *byte == b'\n').filter_map(|line| {
                let line = std::str::from_utf8(line).ok()?;
                let (left, right) = line.split('#').next()?.split_once('=')?;
                // `:=` sets as well; lines of a recipe begin with a tab and set nothing.
                let left = left.trim_end().trim_end_matches(':').trim_end();
                (left == name).then(|| right.trim().parse().ok())
            });
            values.flatten().next()
        };
        Some(Version(stated("VERSION")?, stated("PATCHLEVEL")?))
    }

    /// The version of the kernel tree below a folder; of one that does not say, [`Version::LATEST`].
    pub fn of_tree(files: &dyn FileSystem, root: &Path) -> Version {
        let makefile = files.read(&root.join("Makefile"));
        makefile.ok().and_then(|text| Version::read(&text)).unwrap_or(Version::LATEST)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Version::LATEST => f.write_str("unknown"),
            Version(version, level) => write!(f, "{version}.{level}"),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    #[test]
    fn makefiles_state_it() {
        let read = |text: &str| Version::read(text.as_bytes());
        assert_eq!(read("# x\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\n"), Some(Version(6, 12)));
        assert_eq!(read("VERSION=5\nPATCHLEVEL=4"), Some(Version(5, 4)));
        assert_eq!(read("VERSION\t:=  7 \r\nPATCHLEVEL :=\t0 # first\r\n"), Some(Version(7, 0)));
        // The first counts, and what only begins so does not.
        let odd = "KVERSION = 1\nVERSION = 6\nVERSION_X = 9\nPATCHLEVEL = 1\nVERSION = 2\n";
        assert_eq!(read(odd), Some(Version(6, 1)));
        assert_eq!(read("\tVERSION = 6\nPATCHLEVEL = 1\n"), None);
        assert_eq!(read("VERSION = 6\n"), None);
        assert_eq!(read("VERSION = six\nPATCHLEVEL = 1\n"), None);
        assert_eq!(Version::read(b"\xff\xfe\nVERSION = 6\nPATCHLEVEL = 1\n"), Some(Version(6, 1)));
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_tree_that_does_not_say_is_the_latest() {
        let mut files = Memory::default();
        files.add("/old/Makefile", "VERSION = 5\nPATCHLEVEL = 10\n");
        files.add("/odd/Makefile", "all:\n");
        assert_eq!(Version::of_tree(&files, Path::new("/old")), Version(5, 10));
        assert_eq!(Version::of_tree(&files, Path::new("/odd")), Version::LATEST);
        assert_eq!(Version::of_tree(&files, Path::new("/none")), Version::LATEST);
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!("6.12".parse(), Ok(Version(6, 12)));
        assert!("6".parse::<Version>().is_err());
        assert!("6.x".parse::<Version>().is_err());
        assert!(Version(6, 2) < Version(6, 12) && Version(6, 12) < Version::LATEST);
        assert_eq!(Version(6, 12).to_string(), "6.12");
    }

    #[test]
    fn ranges() {
        let range = |since: Option<u32>, until: Option<u32>| Range {
            since: since.map(|level| Version(6, level)),
            until: until.map(|level| Version(6, level)),
        };
        let middle = range(Some(2), Some(5));
        assert!(middle.has(Version(6, 2)) && !middle.has(Version(6, 5)));
        assert!(!middle.has(Version(6, 1)) && range(None, None).has(Version(6, 1)));
        assert!(middle.overlaps(&range(Some(4), None)) && middle.overlaps(&range(None, None)));
        assert!(!middle.overlaps(&range(Some(5), None)) && !middle.overlaps(&range(None, Some(2))));
    }
}
