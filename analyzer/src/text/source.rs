//! A file's bytes and where its lines start.

use std::ops::Range;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets in one file.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end` (exclusive), both byte offsets.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// As a range for slicing.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The span moved by `by` bytes towards the end of the file.
    pub fn shifted(self, by: usize) -> Span {
        Span { start: self.start + by as u32, end: self.end + by as u32 }
    }
}

/// A 1-based row and a 1-based column that counts bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Row, from 1.
    pub row: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// The columns that the kernel's style prefers (Documentation/process/coding-style.rst, "Breaking long
/// lines and strings").
pub const COLUMNS: usize = 80;
/// A tab goes to the next column that is a multiple of this.
pub const TAB: usize = 8;

/// The column that a text ends in which starts in column `from`.
pub fn advance(from: usize, text: &str) -> usize {
    text.chars().fold(from, |column, letter| match letter {
        '\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    })
}

/// A file's bytes. C files need not be UTF-8 (a handful of kernel files are Latin-1).
#[derive(Debug)]
pub struct SourceFile {
    bytes: Vec<u8>,
    line_starts: Vec<u32>,
    wide: OnceLock<usize>,
}

impl SourceFile {
    /// Takes the bytes of a file and notes where its lines start.
    pub fn new(bytes: Vec<u8>) -> SourceFile {
        let mut line_starts = vec![0];
        line_starts.extend(memchr::memchr_iter(b'\n', &bytes).map(|at| at as u32 + 1));
        SourceFile { bytes, line_starts, wide: OnceLock::new() }
    }

    /// The bytes as read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a span; empty where the span does not lie in the file.
    pub fn slice(&self, span: Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or(&[])
    }

    /// The text of a span; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self, span: Span) -> String {
        String::from_utf8_lossy(self.slice(span)).into_owned()
    }

    /// Row and column of a byte offset. Offsets past the end give the end's position.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.bytes.len() as u32);
        let row = self.line_starts.partition_point(|&start| start <= offset);
        Position { row: row as u32, column: offset - self.line_starts[row - 1] + 1 }
    }

    /// The lines on which a span lies, without the last line's end; `None` where it does not lie in
    /// the file, or they are longer than `most` bytes.
    pub fn lines(&self, span: Span, most: usize) -> Option<Span> {
        self.bytes.get(span.range())?;
        let row = self.line_starts.partition_point(|&start| start <= span.start);
        let start = self.line_starts[row - 1] as usize;
        let room = self.bytes.len().min(start.saturating_add(most).saturating_add(1));
        let behind = self.bytes.get(span.range().end..room)?;
        let end = match memchr::memchr(b'\n', behind) {
            Some(at) => span.range().end + at,
            None if room == self.bytes.len() => room,
            None => return None,
        };
        (end - start <= most).then(|| Span::new(start, end))
    }

    /// How many lines there are, the one behind the last line break among them.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// How many of them are wider than [`COLUMNS`].
    pub fn wide_lines(&self) -> usize {
        *self.wide.get_or_init(|| {
            // Longer than the columns only through tabs, or not UTF-8: near enough.
            let wide = |line: &&[u8]| {
                let line = String::from_utf8_lossy(line);
                advance(0, line.trim_end_matches('\r')) > COLUMNS
            };
            self.bytes.split(|byte| *byte == b'\n').filter(wide).count()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_around_a_span() {
        let source = SourceFile::new(b"ab\ncde\nfg".to_vec());
        let lines = |start, end, most| source.lines(Span::new(start, end), most);
        assert_eq!(lines(4, 5, 9), Some(Span::new(3, 6)));
        assert_eq!(lines(1, 4, 9), Some(Span::new(0, 6)));
        assert_eq!(lines(8, 9, 2), Some(Span::new(7, 9)));
        assert_eq!(lines(4, 5, 2), None);
        assert_eq!(lines(4, 10, 20), None);
        assert_eq!(lines(3, 6, 3), Some(Span::new(3, 6)));
    }
}
