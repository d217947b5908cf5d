//! The text around findings, read again when it is shown.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use codespan_reporting::files::{Error, Files, SimpleFile};

/// So many files are kept at once: findings come file by file, declarations from a few headers.
const KEPT: usize = 64;

/// Files by number, under the names that reports give them.
#[derive(Debug, Default)]
pub(super) struct Sources {
    files: Vec<SimpleFile<String, String>>,
    numbers: HashMap<PathBuf, Option<usize>>,
}

impl Sources {
    /// Forgets the files, if they are many. Their numbers are void then.
    pub fn trim(&mut self) {
        if self.files.len() > KEPT {
            *self = Sources::default();
        }
    }

    /// The number of a file; `None` if it cannot be read.
    pub fn load(&mut self, path: &Path, shown: &str) -> Option<usize> {
        if let Some(&known) = self.numbers.get(path) {
            return known;
        }
        let number = std::fs::read(path).ok().map(|bytes| {
            self.files.push(SimpleFile::new(shown.to_owned(), text(&bytes)));
            self.files.len() - 1
        });
        self.numbers.insert(path.to_owned(), number);
        number
    }

    /// A line of a file, from 0.
    pub fn line(&self, number: usize, line: usize) -> Option<&str> {
        let range = self.line_range(number, line).ok()?;
        self.text(number).get(range)
    }

    /// The text of a file.
    pub fn text(&self, number: usize) -> &str {
        self.files.get(number).map_or("", |file| file.source())
    }
}

impl<'a> Files<'a> for Sources {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(self.files.get(id).ok_or(Error::FileMissing)?.name())
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(self.files.get(id).ok_or(Error::FileMissing)?.source())
    }

    fn line_index(&'a self, id: usize, byte: usize) -> Result<usize, Error> {
        self.files.get(id).ok_or(Error::FileMissing)?.line_index((), byte)
    }

    fn line_range(&'a self, id: usize, line: usize) -> Result<Range<usize>, Error> {
        self.files.get(id).ok_or(Error::FileMissing)?.line_range((), line)
    }

    /// Columns count bytes in every format.
    fn column_number(&'a self, id: usize, line: usize, byte: usize) -> Result<usize, Error> {
        Ok(byte.saturating_sub(self.line_range(id, line)?.start) + 1)
    }
}

/// Text of the same length: a byte that is not UTF-8 becomes one `?`, so that offsets hold.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn offsets_hold_in_other_encodings() {
        assert_eq!(super::text(b"a\xe9\xe8b\xc3\xa9"), "a??b\u{e9}");
    }
}
