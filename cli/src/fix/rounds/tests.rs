use std::cell::RefCell;

use rculint_analyzer::facts::{FileStatistics, Gap};
use rculint_analyzer::text::Span;
use rculint_rules::diagnostic::{Applicability, Related, Severity};

use super::*;

/// What is wrong with a text, and what to write instead. The words stand for code.
const WORDS: [(&str, &str); 7] = [
    ("bad", "good"),
    // Meets the one in it.
    ("call(bad)", "CALL(bad)"),
    ("fragile", "broken"),
    ("stubborn", "stubborn again"),
    ("bare", "__rcu fine"),
    ("hidden", "__rcu shown"),
    // Without a fix.
    ("shown", ""),
];

/// Files of words.
struct Words {
    files: BTreeMap<PathBuf, Vec<u8>>,
    asked: RefCell<Vec<String>>,
}

impl Words {
    fn new(files: &[(&str, &str)]) -> Words {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().into()));
        Words { files: files.collect(), asked: RefCell::default() }
    }

    fn check(path: &Path, text: &[u8]) -> (Input, Checked) {
        let source = SourceFile::new(text.to_vec());
        let text = String::from_utf8(text.to_vec()).unwrap();
        let shown = path.display().to_string();
        let mut diagnostics = Vec::new();
        for (word, better) in WORDS {
            for (at, _) in text.match_indices(word) {
                let span = Span::new(at, at + word.len());
                let location = source.position(span.start).into();
                let end_location = source.position(span.end).into();
                let edit = Edit {
                    filename: shown.clone(),
                    content: better.to_owned(),
                    location,
                    end_location,
                    path: path.to_owned(),
                    span,
                };
                diagnostics.push(Diagnostic {
                    code: "RCU101",
                    name: "plain-load",
                    severity: Severity::Error,
                    message: word.to_owned(),
                    filename: shown.clone(),
                    function: None,
                    location,
                    end_location,
                    expression: word.to_owned(),
                    related: vec![Related {
                        filename: shown.clone(),
                        location,
                        message: DECLARED_HERE.to_owned(),
                        path: path.to_owned(),
                        span,
                    }],
                    steps: Vec::new(),
                    fix: (!better.is_empty()).then(|| Fix {
                        applicability: Applicability::Safe,
                        message: String::new(),
                        edits: vec![edit],
                    }),
                    path: path.to_owned(),
                    span,
                });
            }
        }
        let gap = Gap { span: Span::new(0, 1), function: None, reason: "not C".to_owned() };
        let broken = vec![gap; text.matches("broken").count()];
        let statistics = FileStatistics { broken, ..FileStatistics::default() };
        let text = Some(text.into_bytes());
        let checked = Checked { diagnostics, statistics, text, ..Checked::default() };
        (Input { path: path.to_owned(), shown }, checked)
    }

    fn first(&self) -> Results<Checked> {
        let files = self.files.iter().map(|(path, text)| Words::check(path, text)).collect();
        Results {
            files,
            problems: Vec::new(),
            tops: Vec::new(),
            whole: false,
            policy: None,
            timings: Default::default(),
        }
    }

    fn repair(&self) -> Repaired {
        let wanted = Wanted { least: Applicability::Safe, level: Severity::Note };
        repair(self, self.first(), &wanted, &BTreeSet::new()).unwrap()
    }
}

impl Recheck for Words {
    fn recheck(
        &self,
        changes: &Changes,
        which: Which<'_>,
    ) -> Result<Vec<(Input, Checked)>, String> {
        let (word, only) = match which {
            Which::All => ("all", None),
            Which::Only(only) => ("only", Some(only)),
            // Words include nothing.
            Which::Seeing(touched) => ("seeing", Some(touched)),
        };
        let names = only.into_iter().flatten().map(|path| path.to_str().unwrap());
        self.asked.borrow_mut().push([word].into_iter().chain(names).collect::<Vec<_>>().join(" "));
        let wanted = |path: &Path| only.is_none_or(|only| only.contains(path));
        let files = self.files.iter().filter(|(path, _)| wanted(path));
        Ok(files
            .map(|(path, text)| {
                let now = changes.get(path).map_or(text, |change| &change.after);
                Words::check(path, now)
            })
            .collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn text(repaired: &Repaired, path: &str) -> String {
    String::from_utf8(repaired.changes.get(Path::new(path)).unwrap().after.clone()).unwrap()
}

#[test]
fn edits_that_meet_are_made_in_turns() {
    let words = Words::new(&[("a.c", "call(bad)\nbad bad\n"), ("b.c", "fine\n"), ("c.c", "bad\n")]);
    let repaired = words.repair();
    assert_eq!(text(&repaired, "a.c"), "CALL(good)\ngood good\n");
    assert_eq!(text(&repaired, "c.c"), "good\n");
    assert!(!repaired.changes.has(Path::new("b.c")));
    assert_eq!(repaired.applied.len(), 5);
    assert!(repaired.notes.is_empty());
    // Only changed files are checked again.
    assert_eq!(*words.asked.borrow(), ["only a.c c.c", "only a.c"]);
    assert!(merged(&repaired.results).is_empty());
}

#[test]
fn a_changed_header_has_its_users_checked() {
    let words = Words::new(&[("a.c", "fine\n"), ("b.h", "bad\n")]);
    assert_eq!(text(&words.repair(), "b.h"), "good\n");
    assert_eq!(*words.asked.borrow(), ["seeing b.h", "all"]);
}

#[test]
fn a_fix_that_breaks_code_is_left_out_alone() {
    let words = Words::new(&[("a.c", "bad\nbroken\nfragile\nbad\n")]);
    let repaired = words.repair();
    assert_eq!(text(&repaired, "a.c"), "good\nbroken\nfragile\ngood\n");
    assert_eq!(repaired.applied.len(), 2);
    assert_eq!(
        repaired.notes,
        ["a.c:3: the fix of RCU101 would break the code around it; it was left out, make the \
          change by hand"]
    );
}

#[test]
fn a_fix_that_does_not_help_is_left_out() {
    let words = Words::new(&[("a.c", "bad\nstubborn\n")]);
    let repaired = words.repair();
    assert_eq!(text(&repaired, "a.c"), "good\nstubborn\n");
    assert!(repaired.notes[0].starts_with("a.c:2: the fix of RCU101 would not satisfy the rule"));
}

#[test]
fn annotations_come_first_and_not_where_they_leave_something_open() {
    let words = Words::new(&[("a.c", "bad\nhidden\nbare\n"), ("b.c", "fine\n")]);
    let repaired = words.repair();
    assert_eq!(text(&repaired, "a.c"), "good\nhidden\n__rcu fine\n");
    assert_eq!(
        repaired.notes,
        ["a.c:2: the fix of RCU101 would bring 1 further finding to light that no fix is for; it \
          was left out, make the change by hand"]
    );
    // The annotations with all that sees them; then what remains, in its own file.
    assert_eq!(*words.asked.borrow(), ["seeing a.c", "seeing a.c", "only a.c", "all"]);
}

#[test]
fn rounds_end() {
    let line = "bad ".repeat(ROUNDS + 2);
    let words = Words::new(&[("a.c", &line)]);
    let repaired = words.repair();
    assert_eq!(text(&repaired, "a.c").matches("good").count(), ROUNDS);
    assert_eq!(repaired.notes, ["stopped after 10 rounds with 1 fix left; run again"]);
}

#[test]
fn a_file_that_changed_in_between_is_told() {
    let words = Words::new(&[("a.c", "bad\n"), ("b.c", "bad\n")]);
    let mut first = words.first();
    first.files[0].1.text = Some(b"\n".to_vec());
    let wanted = Wanted { least: Applicability::Safe, level: Severity::Note };
    let repaired = repair(&words, first, &wanted, &BTreeSet::new()).unwrap();
    assert_eq!(
        repaired.results.problems,
        ["rculint: error: a.c: not fixed: changed while it was being checked; run again"]
    );
    assert!(!repaired.changes.has(Path::new("a.c")));
    assert_eq!(text(&repaired, "b.c"), "good\n");
}
