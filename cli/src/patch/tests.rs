//! Patches of all shapes against a tree in memory.

use std::path::{Path, PathBuf};

use rculint_analyzer::files::Memory;

use super::{Applied, apply, parse, take_back};

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n";

fn tree() -> Memory {
    let mut files = Memory::default();
    files.add("/k/fs/a.c", OLD);
    files.add("/k/fs/end.c", "one\ntwo");
    files.add("/k/fs/crlf.c", "one\r\ntwo\r\n");
    files
}

fn applied(patch: &str) -> Result<Applied, String> {
    parse(patch.as_bytes()).and_then(|patches| apply(&patches, &tree(), Path::new("/k")))
}

/// The text of a file after a patch.
fn text(patch: &str, path: &str) -> String {
    let applied = applied(patch).unwrap();
    String::from_utf8(applied.files[Path::new(path)].clone().unwrap()).unwrap()
}

fn new(what: &str, with: &str) -> String {
    assert!(OLD.contains(what));
    OLD.replace(what, with)
}

const HUNK: &str = "@@ -1,4 +1,4 @@\n one\n-two\n+TWO\n three\n four\n";

#[test]
fn as_git_mails_it() {
    let patch = format!(
        "From 0123 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH 1/2] x\n\n\
         Text with --- dashes\n--- a line\n\n diff --git a/no b/no\n---\n fs/a.c | 2 +-\n\n\
         diff --git a/fs/a.c b/fs/a.c\nindex 12..34 100644\n--- a/fs/a.c\n+++ b/fs/a.c\n{HUNK}-- \n\
         2.39.0\n\nFrom 4567 Mon Sep 17 00:00:00 2001\nSubject: [PATCH 2/2] y\n---\n\
         diff --git a/fs/a.c b/fs/b.c\nsimilarity index 90%\nrename from fs/a.c\nrename to fs/b.c\n\
         --- a/fs/a.c\n+++ b/fs/b.c\n@@ -2 +2 @@ f\n-TWO\n+Two\n-- \n2.39.0\n"
    );
    assert_eq!(text(&patch, "/k/fs/b.c"), new("two", "Two"));
    let sides: Vec<_> = applied(&patch).unwrap().sides().into_iter().collect();
    assert_eq!(sides, [(Some(PathBuf::from("/k/fs/a.c")), Some(PathBuf::from("/k/fs/b.c")))]);
}

#[test]
fn names_with_and_without_a_prefix() {
    for (old, with) in [
        ("a/fs/a.c", "b/fs/a.c"),
        ("fs/a.c", "fs/a.c"),
        ("linux-6.1.orig/fs/a.c\t2024-01-01 00:00:00", "linux-6.1/fs/a.c\t2024-01-02 00:00:00"),
        ("\"a/fs/a.\\143\"", "\"b/fs/a.c\""),
    ] {
        let patch = format!("--- {old}\n+++ {with}\n{HUNK}");
        assert_eq!(text(&patch, "/k/fs/a.c"), new("two", "TWO"), "{old}");
    }
    for outside in ["a/../../etc/x.c", "/etc/x.c"] {
        let patch = format!("--- {outside}\n+++ {outside}\n{HUNK}");
        assert!(applied(&patch).is_err(), "{outside}");
    }
}

#[test]
fn files_that_come_and_go() {
    let fresh = "diff --git a/fs/new.h b/fs/new.h\nnew file mode 100644\nindex 0..1\n--- /dev/null\n\
                 +++ b/fs/new.h\n@@ -0,0 +1,2 @@\n+int x;\n+int y;\n";
    assert_eq!(text(fresh, "/k/fs/new.h"), "int x;\nint y;\n");
    assert_eq!(applied(fresh).unwrap().sides().first().unwrap().0, None);
    let gone = "diff --git a/fs/end.c b/fs/end.c\ndeleted file mode 100644\n--- a/fs/end.c\n\
                +++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n\\ No newline at end of file\n";
    assert_eq!(applied(gone).unwrap().files[Path::new("/k/fs/end.c")], None);
    assert_eq!(applied(gone).unwrap().sides().first().unwrap().1, None);
    let twice = format!("{fresh}{fresh}");
    assert!(applied(&twice).unwrap_err().contains("fs/new.h: the patch makes the file"));
    let renamed = "diff --git a/fs/a.c b/fs/z.c\nsimilarity index 100%\nrename from fs/a.c\n\
                   rename to fs/z.c\n";
    assert_eq!(text(renamed, "/k/fs/z.c"), OLD);
    let mode = "diff --git a/fs/a.c b/fs/a.c\nold mode 100644\nnew mode 100755\n";
    let other =
        "diff --git a/doc.rst b/doc.rst\n--- a/doc.rst\n+++ b/doc.rst\n@@ -1 +1 @@\n-a\n+b\n";
    assert!(applied(&format!("{mode}{other}")).unwrap().files.is_empty());
}

#[test]
fn ends_of_lines() {
    let patch = "--- a/fs/end.c\n+++ b/fs/end.c\n@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of \
                 file\n+2\n\\ No newline at end of file\n";
    assert_eq!(text(patch, "/k/fs/end.c"), "one\n2");
    let patch = format!("--- a/fs/a.c\n+++ b/fs/a.c\n{HUNK}").replace('\n', "\r\n");
    assert_eq!(text(&patch, "/k/fs/a.c"), new("two", "TWO"));
    let patch = "--- a/fs/crlf.c\n+++ b/fs/crlf.c\n@@ -1,2 +1,2 @@\n one\r\n-two\r\n+2\r\n";
    assert_eq!(text(patch, "/k/fs/crlf.c"), "one\r\n2\r\n");
}

#[test]
fn hunks_that_moved() {
    let patch = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -2,3 +2,3 @@\n six\n-seven\n+7\n eight\n";
    assert_eq!(text(patch, "/k/fs/a.c"), new("seven", "7"));
    assert_eq!(
        applied(patch).unwrap().notes,
        ["fs/a.c: hunk 1 went 4 lines further down than line 2"]
    );
    let patch = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,4 +1,4 @@\n zero\n-two\n+TWO\n three\n more\n";
    assert_eq!(text(patch, "/k/fs/a.c"), new("two", "TWO"));
    assert_eq!(applied(patch).unwrap().notes, ["fs/a.c: hunk 1 went with fuzz 2"]);
}

#[test]
fn lines_at_an_end_of_the_file() {
    let end = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -7,3 +7,4 @@\n seven\n eight\n nine\n+ten\n";
    assert!(text(end, "/k/fs/a.c").ends_with("nine\nten\n"));
    let start = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,3 +1,4 @@\n+zero\n one\n two\n three\n";
    assert!(text(start, "/k/fs/a.c").starts_with("zero\none\n"));
    // As if both were there already.
    let middle = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -5,3 +5,4 @@\n five\n six\n seven\n+eight\n";
    assert!(applied(middle).unwrap_err().ends_with("does not apply; it seems to be there already"));
    let middle = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,3 +1,4 @@\n+one\n two\n three\n four\n";
    assert!(applied(middle).unwrap_err().ends_with("does not apply; it seems to be there already"));
}

#[test]
fn patches_are_taken_back() {
    let patch = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,4 +1,4 @@\n one\n-zwei\n+two\n three\n four\n\
         @@ -5,3 +5,4 @@\n five\n six\n seven\n+eight\n\
         diff --git a/fs/b.c b/fs/a.c\nrename from fs/b.c\nrename to fs/a.c\n";
    let patches = parse(patch.as_bytes()).unwrap();
    let applied = take_back(&patches[..1], &tree(), Path::new("/k")).unwrap();
    let expected = OLD.replace("two", "zwei").replace("eight\n", "");
    assert_eq!(applied.files[Path::new("/k/fs/a.c")], Some(expected.clone().into_bytes()));
    let moved = take_back(&patches[1..], &tree(), Path::new("/k")).unwrap();
    let (a, b) = (PathBuf::from("/k/fs/a.c"), PathBuf::from("/k/fs/b.c"));
    assert_eq!(moved.sides().into_iter().next().unwrap(), (Some(a), Some(b)));
    // A line of context is another one: that is not what the patch left.
    let patch = patch.replace(" four", " vier");
    let patches = parse(patch.as_bytes()).unwrap();
    assert!(take_back(&patches[..1], &tree(), Path::new("/k")).is_err());
}

#[test]
fn context_that_is_another() {
    let patch = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,4 +1,4 @@\n one\n-two\n+TWO\n three\n more\n";
    assert_eq!(applied(patch).unwrap().notes, ["fs/a.c: hunk 1 went with fuzz 1"]);
}

#[test]
fn what_does_not_apply_is_named() {
    let patch = format!("--- a/fs/a.c\n+++ b/fs/a.c\n{HUNK}@@ -6 +6 @@\n-sechs\n+6\n");
    assert_eq!(applied(&patch).unwrap_err(), "fs/a.c: hunk 2 (line 9 of the patch) does not apply");
    let patch = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,2 +1,2 @@\n one\n-zwei\n+two\n";
    assert!(applied(patch).unwrap_err().ends_with("does not apply; it seems to be there already"));
    let patch = format!("--- a/fs/none.c\n+++ b/fs/none.c\n{HUNK}");
    assert!(applied(&patch).unwrap_err().starts_with("fs/none.c: there is no such file"));
    assert_eq!(applied("just text\n").unwrap_err(), "no diff in it");
    let encoded = "Content-Transfer-Encoding: base64\n\nZGlmZg==\n";
    assert_eq!(applied(encoded).unwrap_err(), "no diff in it: its text is encoded (base64)");
    let cut = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,4 +1,4 @@\n one\n-two\n";
    assert_eq!(applied(cut).unwrap_err(), "line 6: the patch ends within a hunk");
    let broken = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,4 +1,4 @@\n one\nwrapped\n";
    assert!(applied(broken).unwrap_err().starts_with("line 5: a hunk that ends too early"));
}

/// Bytes taken out, put in and turned: whatever comes of it, an answer comes.
#[test]
fn any_bytes_are_survived() {
    let whole = format!(
        "From: x\n\ndiff --git \"a/fs/a.c\" b/fs/a.c\nindex 1..2\n--- \"a/fs/\\141.c\"\n+++ b/fs/a.c\n\
         {HUNK}@@ -7,2 +7,3 @@ f\n seven\n+7\n eight\n\\ No newline at end of file\n\
         diff --git a/x b/y\nrename from fs/end.c\nrename to fs/y.c\n@@ -0,0 +1 @@\n+x\n"
    );
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    const PIECES: [&[u8]; 8] =
        [b"\n", b"\"", b"\\", b"@@ -", b"999999999999999999999", b"--- ", b"\xff", b"diff --git "];
    let files = tree();
    for _ in 0..20_000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes.truncate(at.max(1)),
                1 => {
                    bytes.remove(at);
                    bytes.push(b'\n');
                }
                2 => bytes[at] = random(256) as u8,
                _ => {
                    let piece = PIECES[random(PIECES.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        if let Ok(patches) = parse(&bytes) {
            let _ = apply(&patches, &files, Path::new("/k"));
        }
    }
}
