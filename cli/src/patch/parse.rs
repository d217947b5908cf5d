//! Reading patches: what stands before, between and behind the diffs is skipped.

use super::{FilePatch, Hunk, Line, LineKind, Move, Name};

/// Reads every diff of a text, in order.
///
/// # Errors
/// A damaged hunk, or no diff at all: a message with the row.
pub(crate) fn parse(text: &[u8]) -> Result<Vec<FilePatch<'_>>, String> {
    let mut reader = Reader { lines: text.split_inclusive(|byte| *byte == b'\n').collect(), at: 0 };
    let mut found = Vec::new();
    let mut encoded = None;
    while let Some(line) = reader.line() {
        if line.starts_with(b"diff --git ") {
            found.extend(reader.git()?);
        } else if reader.is_plain_head() {
            found.push(reader.plain()?);
        } else {
            encoded = encoded.or_else(|| encoding(line));
            reader.at += 1;
        }
    }
    match encoded {
        _ if !found.is_empty() => Ok(found),
        Some(encoding) => Err(format!("no diff in it: its text is encoded ({encoding})")),
        None => Err("no diff in it".to_owned()),
    }
}

/// The encoding that a mail's header names, where it hides the text.
fn encoding(line: &[u8]) -> Option<&'static str> {
    let line = line.to_ascii_lowercase();
    let named = line.strip_prefix(b"content-transfer-encoding:")?.trim_ascii().to_vec();
    ["base64", "quoted-printable"].into_iter().find(|name| name.as_bytes() == named)
}

struct Reader<'p> {
    lines: Vec<&'p [u8]>,
    at: usize,
}

impl<'p> Reader<'p> {
    /// The line at hand, without its end.
    fn line(&self) -> Option<&'p [u8]> {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> Option<&'p [u8]> {
        self.lines.get(self.at + by).map(|line| without_end(line))
    }

    /// Whether the names of a file and a hunk follow. `--- ` alone may as well be text.
    fn is_plain_head(&self) -> bool {
        let starts = |by, with: &[u8]| self.ahead(by).is_some_and(|line| line.starts_with(with));
        starts(0, b"--- ") && starts(1, b"+++ ") && starts(2, b"@@ -")
    }

    /// The diff at `---`, `+++`.
    fn plain(&mut self) -> Result<FilePatch<'p>, String> {
        let returns = self.lines[self.at].ends_with(b"\r\n");
        let (old, new) = self.names();
        let hunks = self.hunks()?;
        Ok(FilePatch { old, new, moves: None, hunks, returns })
    }

    /// The names of `---` and `+++`, which follow.
    fn names(&mut self) -> (Option<Name>, Option<Name>) {
        let mut name = || {
            let name = named(&self.line().unwrap_or_default()[4..]);
            self.at += 1;
            Some(Name { path: name, prefixed: true }).filter(|name| name.path != b"/dev/null")
        };
        (name(), name())
    }

    /// The diff at `diff --git` (git-diff, "Generating patch text with -p"); `None` where it only
    /// changes a mode, or is no text.
    fn git(&mut self) -> Result<Option<FilePatch<'p>>, String> {
        let returns = self.lines[self.at].ends_with(b"\r\n");
        let head = self.line().unwrap_or_default();
        let (mut old, mut new) = both(&head[b"diff --git ".len()..]);
        let mut moves = None;
        let mut known = None;
        let mut changes = false;
        self.at += 1;
        while let Some(line) = self.line() {
            let bare = |name: &[u8]| Some(Name { path: named(name), prefixed: false });
            if let Some(name) = line.strip_prefix(b"rename from ") {
                (old, moves) = (bare(name), Some(Move::Rename));
            } else if let Some(name) = line.strip_prefix(b"copy from ") {
                (old, moves) = (bare(name), Some(Move::Copy));
            } else if let Some(name) = line.strip_prefix(b"rename to ") {
                new = bare(name);
            } else if let Some(name) = line.strip_prefix(b"copy to ") {
                new = bare(name);
            } else if line.starts_with(b"new file mode ") {
                (old, changes) = (None, true);
            } else if line.starts_with(b"deleted file mode ") {
                (new, changes) = (None, true);
            } else if self.is_plain_head() {
                known = Some(self.names());
                break;
            } else if !is_extended(line) {
                break;
            }
            self.at += 1;
        }
        let hunks = if known.is_some() { self.hunks()? } else { Vec::new() };
        if let (Some(names), None) = (known, moves) {
            (old, new) = names;
        }
        changes |= moves.is_some() || !hunks.is_empty();
        Ok(changes.then_some(FilePatch { old, new, moves, hunks, returns }))
    }

    fn hunks(&mut self) -> Result<Vec<Hunk<'p>>, String> {
        let mut hunks = Vec::new();
        while self.line().is_some_and(|line| line.starts_with(b"@@ -")) {
            hunks.push(self.hunk()?);
        }
        Ok(hunks)
    }

    fn hunk(&mut self) -> Result<Hunk<'p>, String> {
        let row = self.at + 1;
        let broken = |what: &str, at: usize| format!("line {}: {what}", at + 1);
        let Some((start, mut old, mut new)) = self.line().and_then(ranges) else {
            return Err(broken("not the head of a hunk", self.at));
        };
        self.at += 1;
        let mut lines: Vec<Line<'p>> = Vec::new();
        while old > 0 || new > 0 {
            let Some(line) = self.lines.get(self.at).copied() else {
                return Err(broken("the patch ends within a hunk", self.at));
            };
            let (kind, text) = match line.first() {
                Some(b' ') => (LineKind::Context, &line[1..]),
                // Mail programs take the blank at the end of an empty line.
                Some(b'\n' | b'\r') => (LineKind::Context, line),
                Some(b'-') => (LineKind::Removed, &line[1..]),
                Some(b'+') => (LineKind::Added, &line[1..]),
                Some(b'\\') => {
                    self.no_newline(&mut lines);
                    continue;
                }
                _ => return Err(broken("a hunk that ends too early, or a broken line", self.at)),
            };
            for (counts, left) in
                [(kind != LineKind::Added, &mut old), (kind != LineKind::Removed, &mut new)]
            {
                if counts {
                    let fewer = left.checked_sub(1);
                    *left =
                        fewer.ok_or_else(|| broken("more lines than the hunk says", self.at))?;
                }
            }
            lines.push(Line { kind, text });
            self.at += 1;
        }
        if self.line().is_some_and(|line| line.starts_with(b"\\ ")) {
            self.no_newline(&mut lines);
        }
        Ok(Hunk { start, row, lines })
    }

    /// `\ No newline at end of file`: it is about the line before.
    fn no_newline(&mut self, lines: &mut [Line<'p>]) {
        if let Some(last) = lines.last_mut() {
            last.text = last.text.strip_suffix(b"\n").unwrap_or(last.text);
        }
        self.at += 1;
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The lines that may stand between `diff --git` and `---`.
fn is_extended(line: &[u8]) -> bool {
    const STARTS: [&str; 5] =
        ["index ", "old mode ", "new mode ", "similarity index ", "dissimilarity index "];
    STARTS.iter().any(|start| line.starts_with(start.as_bytes()))
}

/// `@@ -start,length +start,length @@`: the first start, and both lengths.
fn ranges(line: &[u8]) -> Option<(usize, usize, usize)> {
    let line = std::str::from_utf8(line.split(|byte| *byte == b'@').nth(2)?).ok()?;
    let (old, new) = line.trim().split_once(' ')?;
    let number = |text: &str| text.parse::<u32>().ok().map(|number| number as usize);
    let range = |text: &str| match text.split_once(',') {
        Some((start, length)) => Some((number(start)?, number(length)?)),
        None => Some((number(text)?, 1)),
    };
    let (start, length) = range(old.strip_prefix('-')?)?;
    let (_, new) = range(new.strip_prefix('+')?)?;
    Some((start, length, new))
}

/// A name up to the tab before a date; or in quotes, as C spells strings.
fn named(text: &[u8]) -> Vec<u8> {
    match quoted(text) {
        Some((name, _)) => name,
        None => text.split(|byte| *byte == b'\t').next().unwrap_or(text).trim_ascii_end().to_vec(),
    }
}

/// What stands in quotes, and what follows them.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut name = Vec::new();
    loop {
        let (&first, after) = rest.split_first()?;
        rest = after;
        match first {
            b'"' => return Some((name, rest)),
            b'\\' => {
                let digits = rest.iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
                if digits > 0 {
                    let octal = |value: u8, digit: &u8| (value << 3) | (digit - b'0');
                    name.push(rest[..digits].iter().fold(0, octal));
                    rest = &rest[digits..];
                    continue;
                }
                let (&escaped, after) = rest.split_first()?;
                rest = after;
                name.push(match escaped {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'a' => 7,
                    b'b' => 8,
                    b'v' => 11,
                    b'f' => 12,
                    other => other,
                });
            }
            other => name.push(other),
        }
    }
}

/// The names of `diff --git`, which count where no others follow: they are then alike but for what
/// stands before the first slash.
fn both(text: &[u8]) -> (Option<Name>, Option<Name>) {
    let name = |path: &[u8]| Some(Name { path: path.to_vec(), prefixed: true });
    if let Some((old, rest)) = quoted(text) {
        return (name(&old), name(&named(rest.trim_ascii_start())));
    }
    let below =
        |path: &[u8]| path.iter().position(|byte| *byte == b'/').map(|at| path[at..].to_vec());
    let blanks = text.iter().enumerate().filter(|(_, byte)| **byte == b' ').map(|(at, _)| at);
    for at in blanks {
        let (old, new) = (&text[..at], &text[at + 1..]);
        if old == new || below(old).is_some() && below(old) == below(new) {
            return (name(old), name(new));
        }
    }
    (None, None)
}
