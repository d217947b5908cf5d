//! Every format, from findings made by hand over real files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rculint::format::{self, Folded, Run};
use rculint::report::Report;
use rculint::statistics::Counts;
use rculint_analyzer::facts::{
    Access, Declaration, Fate, FileFacts, Flavour, Load, Protection, Storage, Store, StoreKind,
    Usage,
};
use rculint_analyzer::text::{SourceFile, Span};
use rculint_rules::diagnostic::{Diagnostic, Related, Severity};
use rculint_rules::selection::Selection;
use rculint_rules::{Context, check};

const CODE: &str = "\
static int port_set(struct port *p, struct cfg *new)
{
	int mtu;

	if (!p->cfg)
		return -1;
	rcu_read_lock();
	mtu = p->cfg->mtu;
	rcu_read_unlock();
	p->cfg =
		new;
	WRITE_ONCE(p->cfg, NULL);
	return mtu;
}
";

const HEADER: &str = "struct port {\n\tstruct cfg __rcu *cfg;\n};\n";

/// The byte where the `nth` (from 0) occurrence of `text` starts.
fn nth(text: &str, nth: usize) -> usize {
    CODE.match_indices(text).nth(nth).expect("an occurrence").0
}

fn span(text: &str, count: usize) -> Span {
    Span::new(nth(text, count), nth(text, count) + text.len())
}

/// The findings in CODE, whose files are in `folder`.
fn findings(folder: &Path) -> Vec<Diagnostic> {
    let header = SourceFile::new(HEADER.into());
    let at = HEADER.find("cfg;").unwrap();
    let name = Span::new(at, at + 3);
    let declaration = Declaration {
        name: "struct port.cfg".to_owned(),
        path: folder.join("port.h"),
        shown: "include/linux/port.h".to_owned(),
        span: name,
        start: header.position(name.start),
        end: header.position(name.end),
    };
    let access = |count, usage, protection| Access {
        function: Some("port_set".to_owned()),
        span: span("p->cfg", count),
        expression: "p->cfg".to_owned(),
        definition: None,
        usage,
        storage: Storage::Shared,
        declaration: declaration.clone(),
        protection,
        context: Default::default(),
        fate: Fate::Followed,
        dying: false,
        against_annotated: false,
        scope: Vec::new(),
        through_macro: None,
        call: None,
        condition: None,
        owner: None,
    };
    let store = |whole: &str, value: &str, how| {
        let start = nth(whole, 0) + whole.find(value).expect("the value");
        let value = Some(Span::new(start, start + value.len()));
        Store { whole: span(whole, 0), value, how }
    };
    let facts = FileFacts {
        accesses: vec![
            access(0, Usage::Test, Protection::Unknown),
            access(1, Usage::Load(Load::Followed), Protection::Reader(Flavour::Rcu)),
            access(
                2,
                Usage::Store(store("p->cfg =\n\t\tnew", "new", StoreKind::Statement)),
                Protection::Unknown,
            ),
            access(
                3,
                Usage::NullStore(store("WRITE_ONCE(p->cfg, NULL)", "NULL", StoreKind::WriteOnce)),
                Protection::Unknown,
            ),
        ],
        ..FileFacts::default()
    };
    let source = SourceFile::new(CODE.into());
    let path = folder.join("port.c");
    let context = Context { path: &path, shown: "net/port.c", source: &source, facts: &facts };
    check(&context, &Selection::default())
}

/// The files on disk, and the findings in them.
fn on_disk() -> (tempfile::TempDir, Vec<Diagnostic>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("port.c"), CODE).unwrap();
    std::fs::write(folder.path().join("port.h"), HEADER).unwrap();
    let found = findings(folder.path());
    (folder, found)
}

/// Findings of all levels; one has steps.
fn all_kinds() -> (tempfile::TempDir, Vec<Diagnostic>) {
    let (folder, mut found) = on_disk();
    found[2].severity = Severity::Note;
    let mut told = found[1].clone();
    told.code = "RCU302";
    told.name = "use-after-unlock";
    let begin = Related { message: "the section begins [here]".to_owned(), ..found[0].here("") };
    told.related.push(begin.clone());
    told.steps = vec![begin, told.here("followed here")];
    found.push(told);
    (folder, found)
}

/// A run of two files, and a third that could not be read.
fn run() -> Run {
    Run {
        counts: Counts {
            files: 2,
            skipped: 1,
            items: 3,
            parsed: 1,
            broken: 0,
            untyped: 0,
            rust: None,
        },
        problems: vec!["rculint: error: net/<gone>.c: permission denied".to_owned()],
        fail: Severity::Warning,
        files: std::sync::Arc::new(rculint_analyzer::files::Disk),
    }
}

/// A run of two files that could be read.
fn clean() -> Run {
    Run { problems: Vec::new(), ..run() }
}

fn report(found: &[Diagnostic]) -> Report {
    Report::new(found.to_vec(), &[])
}

/// All of the findings, none folded.
fn each(found: &[Diagnostic]) -> Folded<'_> {
    Folded::new(found.iter(), true)
}

fn printed(print: impl Fn(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    print(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn human() {
    let (_folder, found) = on_disk();
    insta::assert_snapshot!(printed(|out| format::human(out, &each(&found), false)));
}

#[test]
fn human_folded() {
    let (_folder, mut found) = on_disk();
    let mut elsewhere = found.clone();
    for diagnostic in &mut elsewhere {
        diagnostic.filename = "net/port_more.c".to_owned();
    }
    let mut used = found[1].clone();
    used.related = found
        .iter()
        .map(|place| Related {
            filename: place.filename.clone(),
            location: place.location,
            message: "used here".to_owned(),
            path: place.path.clone(),
            span: place.span,
        })
        .collect();
    found.extend(elsewhere);
    found.push(used);
    let folded = Folded::new(found.iter(), false);
    insta::assert_snapshot!(printed(|out| format::human(out, &folded, false)));
}

#[test]
fn human_tells_steps_in_their_order() {
    let (_folder, mut found) = all_kinds();
    found.drain(..4);
    insta::assert_snapshot!(printed(|out| format::human(out, &each(&found), false)));
}

#[test]
fn human_in_color() {
    let (_folder, found) = on_disk();
    let text = printed(|out| format::human(out, &each(&found[..1]), true));
    assert!(text.contains("\u{1b}["));
}

#[test]
fn human_without_files_falls_back_to_lines() {
    let found = findings(&PathBuf::from("/nowhere"));
    let lines = printed(|out| format::human(out, &each(&found), false));
    assert_eq!(lines, printed(|out| format::gcc(out, &report(&found))));
}

#[test]
fn human_with_changed_files_does_not_panic() {
    let (folder, found) = on_disk();
    std::fs::write(folder.path().join("port.c"), "int x;\n").unwrap();
    std::fs::write(folder.path().join("port.h"), b"\xe9").unwrap();
    let lines = printed(|out| format::human(out, &each(&found), false));
    assert!(lines.starts_with("net/port.c:5:7: warning: "), "{lines}");
}

#[test]
fn gcc() {
    let (_folder, found) = on_disk();
    insta::assert_snapshot!(printed(|out| format::gcc(out, &report(&found))));
}

#[test]
fn kbuild() {
    let (_folder, found) = on_disk();
    insta::assert_snapshot!(printed(|out| format::kbuild(out, &report(&found), "rculint: ")));
}

#[test]
fn json() {
    let (_folder, found) = on_disk();
    let text = printed(|out| format::json(out, &report(&found)));
    let array: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(array.as_array().map(Vec::len), Some(4));
    insta::assert_snapshot!(text);
    assert_eq!(printed(|out| format::json(out, &report(&[]))), "[]\n");
}

#[test]
fn json_lines() {
    let (_folder, found) = on_disk();
    let text = printed(|out| format::json_lines(out, &report(&found)));
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let array = printed(|out| format::json(out, &report(&found)));
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&array).unwrap(), lines);
    assert_eq!(printed(|out| format::json_lines(out, &report(&[]))), "");
}

#[test]
fn concise() {
    let (_folder, found) = all_kinds();
    insta::assert_snapshot!(printed(|out| format::concise(out, &report(&found), false)));
    let text = printed(|out| format::concise(out, &report(&found[..1]), true));
    assert!(text.starts_with("\u{1b}[1mnet/port.c\u{1b}[0m:5:7: \u{1b}["), "{text:?}");
}

#[test]
fn checkpatch() {
    let (_folder, found) = all_kinds();
    insta::assert_snapshot!(printed(|out| format::checkpatch(out, &report(&found))));
    assert_eq!(printed(|out| format::checkpatch(out, &report(&[]))), "");
}

#[test]
fn github() {
    let (_folder, found) = all_kinds();
    insta::assert_snapshot!(printed(|out| format::github(out, &report(&found))));
}

#[test]
fn gitlab() {
    let (_folder, found) = all_kinds();
    insta::assert_snapshot!(printed(|out| format::gitlab(out, &report(&found))));
    assert_eq!(printed(|out| format::gitlab(out, &report(&[]))), "[]\n");
}

#[test]
fn rdjson() {
    let (_folder, found) = all_kinds();
    insta::assert_snapshot!(printed(|out| format::rdjson(out, &report(&found))));
}

#[test]
fn junit() {
    let (_folder, found) = all_kinds();
    insta::assert_snapshot!(printed(|out| format::junit(out, &report(&found), &run())));
    insta::assert_snapshot!(printed(|out| format::junit(out, &report(&[]), &clean())));
}

#[test]
fn markdown() {
    let (_folder, found) = all_kinds();
    insta::assert_snapshot!(printed(|out| format::markdown(out, &report(&found), &run())));
    insta::assert_snapshot!(printed(|out| format::markdown(out, &report(&[]), &clean())));
}

#[test]
fn sarif() {
    let (_folder, found) = all_kinds();
    let text = printed(|out| format::sarif(out, &report(&found), &run()));
    let mut log: serde_json::Value = serde_json::from_str(&text).unwrap();
    // What the rules say of themselves has tests of its own.
    let driver = &mut log["runs"][0]["tool"]["driver"];
    for version in ["version", "semanticVersion"] {
        driver[version] = "VERSION".into();
    }
    for rule in driver["rules"].as_array_mut().unwrap() {
        for text in ["shortDescription", "fullDescription", "help"] {
            rule[text] = "TEXT".into();
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn sarif_counts_letters() {
    let (folder, mut found) = on_disk();
    let text = CODE.replacen("mtu;", "m\u{fc};", 1).replace("if (!p", "/* \u{fc} */ if (!p");
    std::fs::write(folder.path().join("port.c"), text).unwrap();
    found.truncate(1);
    found[0].location.column += 9;
    found[0].end_location.column += 9;
    let text = printed(|out| format::sarif(out, &report(&found), &clean()));
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startColumn"], 7 + 9 - 1);
}
