//! Words of the configuration that have to mean something: codes of rules, patterns of paths.

use std::path::Path;
use std::str::FromStr;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rculint_analyzer::kernel::extra::word;
use rculint_rules::selection::{Selection, UnknownCode};
use rculint_rules::{Rule, registry};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A code, the start of codes (`RCU1`), a name, or `ALL`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Codes(pub String);

impl FromStr for Codes {
    type Err = UnknownCode;

    fn from_str(word: &str) -> Result<Codes, UnknownCode> {
        let word = word.to_owned();
        Selection::new(std::slice::from_ref(&word), &[]).map(|_| Codes(word))
    }
}

/// The code or name of one rule.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(into = "String")]
pub(crate) struct RuleName(#[schemars(with = "String")] pub &'static Rule);

impl FromStr for RuleName {
    type Err = UnknownCode;

    fn from_str(word: &str) -> Result<RuleName, UnknownCode> {
        let unknown = || UnknownCode { nearest: registry::nearest(word), word: word.to_owned() };
        registry::find(word).map(RuleName).ok_or_else(unknown)
    }
}

impl From<RuleName> for String {
    fn from(name: RuleName) -> String {
        name.0.code.to_owned()
    }
}

impl PartialEq for RuleName {
    fn eq(&self, other: &RuleName) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for RuleName {}

impl PartialOrd for RuleName {
    fn partial_cmp(&self, other: &RuleName) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RuleName {
    fn cmp(&self, other: &RuleName) -> std::cmp::Ordering {
        self.0.code.cmp(other.0.code)
    }
}

/// A pattern of files and folders, from the folder that the configuration lies in: `fs/aio.c`,
/// `drivers/staging` with all below it, `net/**/*_test.c`. `*` stays within one name, `**` does not;
/// a pattern without a slash fits at any depth.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Pattern {
    text: String,
    #[serde(skip)]
    set: GlobSet,
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Pattern, String> {
        let inner = text.trim_end_matches('/').trim_start_matches("./");
        let inner = match inner.trim_start_matches('/') {
            "" => return Err(format!("'{text}' names no file")),
            rooted if rooted != inner => rooted.to_owned(),
            anywhere if !anywhere.contains('/') => format!("**/{anywhere}"),
            inner => inner.to_owned(),
        };
        let mut set = GlobSetBuilder::new();
        for pattern in [inner.clone(), format!("{inner}/**")] {
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(glob.map_err(|error| format!("'{text}' is no pattern: {}", error.kind()))?);
        }
        let set = set.build().map_err(|error| format!("'{text}' is no pattern: {error}"))?;
        Ok(Pattern { text: text.to_owned(), set })
    }
}

impl Pattern {
    /// Whether a path, from the folder of the configuration, fits.
    pub fn fits(&self, path: &Path) -> bool {
        self.set.is_match(path)
    }

    /// Whether it is more than a path.
    pub fn is_pattern(&self) -> bool {
        self.text.contains(['*', '?', '[', '{'])
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

macro_rules! read_as_words {
    ($($name:ident)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                word(from)
            }
        }
    )*};
}

read_as_words!(Codes RuleName Pattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let fits =
            |pattern: &str, path: &str| pattern.parse::<Pattern>().unwrap().fits(Path::new(path));
        for (pattern, path, expected) in [
            ("fs/aio.c", "fs/aio.c", true),
            ("./fs/aio.c", "fs/aio.c", true),
            ("fs/aio.c", "x/fs/aio.c", false),
            ("drivers/staging/", "drivers/staging/a/b.c", true),
            ("drivers/staging", "drivers/staging2/b.c", false),
            ("fs/*.c", "fs/a/b.c", false),
            ("fs/**/*.c", "fs/a/b.c", true),
            ("*_test.c", "net/core/x_test.c", true),
            ("/x.c", "x.c", true),
            ("/x.c", "a/x.c", false),
            ("vendor", "drivers/vendor/x.c", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
        assert!("a[".parse::<Pattern>().unwrap_err().starts_with("'a[' is no pattern"));
        assert!("/".parse::<Pattern>().is_err());
    }
}
