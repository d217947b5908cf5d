//! Unified diffs that `git apply` and `patch -p1` take.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// Lines around a change.
const CONTEXT: usize = 3;

/// Writes the change of a file; nothing if there is none. Lines end in `\n` alone: what stands
/// before it, be it `\r` or not UTF-8, is part of the line.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write(
    out: &mut dyn Write,
    name: &Path,
    before: &[u8],
    after: &[u8],
) -> io::Result<()> {
    let old: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
    let new: Vec<&[u8]> = after.split_inclusive(|byte| *byte == b'\n').collect();
    let hunks = group_diff_ops(capture_diff_slices(Algorithm::Myers, &old, &new), CONTEXT);
    if before == after {
        return Ok(());
    }
    for (mark, side) in [("---", "a"), ("+++", "b")] {
        out.write_all(format!("{mark} ").as_bytes())?;
        out.write_all(&quoted(side, name))?;
        out.write_all(b"\n")?;
    }
    for hunk in &hunks {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let range = |start: usize, end: usize| {
            // An empty range names the line before it.
            let row = if end > start { start + 1 } else { start };
            match end - start {
                1 => row.to_string(),
                length => format!("{row},{length}"),
            }
        };
        writeln!(
            out,
            "@@ -{} +{} @@",
            range(first.old_range().start, last.old_range().end),
            range(first.new_range().start, last.new_range().end)
        )?;
        for operation in hunk {
            if let DiffOp::Equal { .. } = operation {
                lines(out, b" ", &old[operation.old_range()])?;
            } else {
                lines(out, b"-", &old[operation.old_range()])?;
                lines(out, b"+", &new[operation.new_range()])?;
            }
        }
    }
    Ok(())
}

fn lines(out: &mut dyn Write, mark: &[u8], lines: &[&[u8]]) -> io::Result<()> {
    for line in lines {
        out.write_all(mark)?;
        out.write_all(line)?;
        if !line.ends_with(b"\n") {
            out.write_all(b"\n\\ No newline at end of file\n")?;
        }
    }
    Ok(())
}

/// `a/name`, as git writes it: quoted if a letter in it would end it, and with a tab behind it if
/// it has blanks.
fn quoted(side: &str, name: &Path) -> Vec<u8> {
    let bytes = [side.as_bytes(), b"/", name.as_os_str().as_bytes()].concat();
    if bytes.iter().any(|byte| byte.is_ascii_control() || matches!(byte, b'"' | b'\\')) {
        let mut text = b"\"".to_vec();
        for byte in bytes {
            match byte {
                b'"' | b'\\' => text.extend([b'\\', byte]),
                _ if byte.is_ascii_control() => text.extend(format!("\\{byte:03o}").bytes()),
                _ => text.push(byte),
            }
        }
        text.push(b'"');
        text
    } else if bytes.contains(&b' ') {
        [&bytes[..], b"\t"].concat()
    } else {
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(name: &str, before: &[u8], after: &[u8]) -> String {
        let mut out = Vec::new();
        write(&mut out, Path::new(name), before, after).unwrap();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn hunks() {
        let before: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let after = before.replace("\n2\n", "\ntwo\n").replace("\n18\n", "\n18\n18a\n");
        assert_eq!(
            diff("fs/aio.c", before.as_bytes(), after.as_bytes()),
            "--- a/fs/aio.c\n+++ b/fs/aio.c\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n\
             @@ -16,5 +16,6 @@\n 16\n 17\n 18\n+18a\n 19\n 20\n"
        );
        assert_eq!(diff("a.c", b"x\n", b"x\n"), "");
        assert_eq!(diff("a.c", b"x\n", b"y\n"), "--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-x\n+y\n");
    }

    #[test]
    fn ends_of_lines() {
        assert_eq!(
            diff("a.c", b"x\r\ny", b"x\r\nz"),
            "--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n x\r\n-y\n\\ No newline at end of file\n\
             +z\n\\ No newline at end of file\n"
        );
        let lone = diff("a.c", b"a\rb\nx\n", b"a\rb\ny\n");
        assert!(lone.contains(" a\rb\n-x\n+y\n"), "{lone:?}");
    }

    #[test]
    fn other_encodings_stay() {
        let mut out = Vec::new();
        write(&mut out, Path::new("a.c"), b"\xe9\nx\n", b"\xe9\ny\n").unwrap();
        assert!(out.windows(3).any(|bytes| bytes == b" \xe9\n"));
    }

    #[test]
    fn names() {
        for (name, line) in [
            ("a b.c", "--- a/a b.c\t\n"),
            ("a\"b.c", "--- \"a/a\\\"b.c\"\n"),
            ("a\tb.c", "--- \"a/a\\011b.c\"\n"),
        ] {
            assert!(diff(name, b"x\n", b"y\n").starts_with(line), "{name}");
        }
    }
}
