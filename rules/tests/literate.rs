//! The corpus in `testdata/` against the rules: C, and Rust, beside its expectation on the same line.
//!
//! `x = p->ptr; // error: RCU101` says what is reported on that line; a line that says nothing is
//! silent. A comment line directly below may give the text after the fix: `// fix: x = ...;`.
//! A first line with `known-to-fail: reason` marks a gap; closing it without removing the mark is
//! a failure. Every fix that is proposed anywhere is applied by itself and must converge.

mod corpus;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use corpus::{Report, analyze, analyze_in_memory, collect, testdata};
use rculint_analyzer::files::Disk;
use rculint_analyzer::text::SourceFile;
use rculint_rules::diagnostic::{Diagnostic, Edit, Related, apply};
use rculint_rules::{FixAvailability, registry};

/// What an example in a rule's documentation may take for granted.
const PREAMBLE: &str = "#include <linux/kernel.h>\n#include <linux/rcupdate.h>\n\n";
const RUST_PREAMBLE: &str = "use kernel::{bindings, sync::rcu};\n\n";

/// Levels and codes on a line, in the order of the text: `error: RCU101`.
type Line = Vec<String>;

/// A file of the corpus and what is reported about it.
struct Case {
    /// The path below `testdata`.
    name: String,
    path: PathBuf,
    source: SourceFile,
    report: Report,
}

static CORPUS: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let top = testdata();
    let mut paths = Vec::new();
    for folder in ["rules", "types"] {
        collect(&top.join(folder), &["c", "rs"], &mut paths);
    }
    let texts: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let reports = analyze(Arc::new(Disk), &paths, &texts);
    let cases = paths.into_iter().zip(texts).zip(reports);
    cases
        .map(|((path, text), report)| Case {
            name: path.strip_prefix(&top).unwrap().display().to_string(),
            path,
            source: SourceFile::new(text),
            report,
        })
        .collect()
});

/// The expectation in a line: what follows `// ` or `/* ` if it starts with a level.
fn expectation(line: &str) -> Result<Line, String> {
    let levels = ["error: ", "warning: ", "note: "];
    let comments = line.match_indices("//").chain(line.match_indices("/*"));
    let texts = comments.map(|(at, mark)| line[at + mark.len()..].trim_start());
    let mut stated = texts.filter(|text| levels.iter().any(|level| text.starts_with(level)));
    let Some(text) = stated.next() else { return Ok(Line::new()) };
    let text = text.split("*/").next().unwrap_or(text).trim();
    let mut items = Line::new();
    for item in text.split(", ") {
        let level = levels.iter().find(|level| item.starts_with(**level));
        let code = level.and_then(|level| item.strip_prefix(*level));
        if !code.is_some_and(|code| registry::RULES.iter().any(|rule| rule.code == code)) {
            return Err(format!("'{item}' is not 'LEVEL: CODE'"));
        }
        items.push(item.to_owned());
    }
    items.sort();
    Ok(items)
}

/// The text after the fix, if the line below states it.
fn stated_fix(below: Option<&&str>) -> Option<String> {
    below?.trim_start().strip_prefix("// fix: ").map(folded)
}

/// White space in runs of one, none at the ends.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line with every edit made that the findings on it propose, without its expectation, on one
/// line again if an edit breaks it. Of edits that overlap, the first is made.
fn fixed_line(case: &Case, row: usize, findings: &[&Diagnostic]) -> Option<String> {
    let mut edits: Vec<Edit> = Vec::new();
    for finding in findings {
        let fix = finding.fix.as_ref()?;
        let free = fix.edits.iter().all(|edit| {
            edits
                .iter()
                .all(|other| edit.span.end <= other.span.start || other.span.end <= edit.span.start)
        });
        if free {
            edits.extend(fix.edits.iter().cloned());
        }
    }
    edits.retain(|edit| edit.filename == case.path.display().to_string());
    let after = apply(case.source.bytes(), &edits);
    let after = String::from_utf8(after).ok()?;
    let more = lines(after.as_bytes()).saturating_sub(lines(case.source.bytes()));
    let code = after.lines().skip(row - 1).take(1 + more).map(|line| line.split("//").next());
    Some(folded(&code.flatten().collect::<Vec<_>>().join("\n")))
}

fn lines(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n').count()
}

/// Every way in which a file differs from what it says, one a line.
fn differences(case: &Case) -> Vec<String> {
    let text = String::from_utf8_lossy(case.source.bytes());
    let lines: Vec<&str> = text.lines().collect();
    let mut on_row: BTreeMap<usize, Vec<&Diagnostic>> = BTreeMap::new();
    let shown = case.path.display().to_string();
    for finding in case.report.findings.iter().filter(|finding| finding.filename == shown) {
        on_row.entry(finding.location.row as usize).or_default().push(finding);
    }
    let mut wrong = Vec::new();
    for (row, line) in (1..).zip(&lines) {
        let here = on_row.remove(&row).unwrap_or_default();
        let mut reported: Line =
            here.iter().map(|finding| format!("{}: {}", finding.severity, finding.code)).collect();
        reported.sort();
        let mut say = |what: String| {
            wrong.push(format!("{}:{row}: {what}\n        {}", case.name, line.trim()));
        };
        match expectation(line) {
            Err(error) => say(error),
            Ok(expected) if expected != reported => {
                let or_nothing = |line: &Line| {
                    if line.is_empty() { "nothing".to_owned() } else { line.join(", ") }
                };
                say(format!(
                    "expected {}, reported {}",
                    or_nothing(&expected),
                    or_nothing(&reported)
                ));
            }
            Ok(_) => {
                if let Some(stated) = stated_fix(lines.get(row)) {
                    match fixed_line(case, row, &here) {
                        Some(proposed) if proposed == stated => {}
                        Some(proposed) => say(format!("the fix gives '{proposed}'")),
                        None => say("a finding proposes no fix".to_owned()),
                    }
                }
            }
        }
    }
    wrong
}

fn fail_with(what: &str, wrong: &[String]) {
    if wrong.is_empty() {
        return;
    }
    let mut listing = format!("{} {what}:\n", wrong.len());
    for line in wrong {
        let _ = writeln!(listing, "  {line}");
    }
    panic!("{listing}");
}

#[test]
fn files_report_what_they_say() {
    let mut wrong = Vec::new();
    for case in CORPUS.iter() {
        let text = String::from_utf8_lossy(case.source.bytes());
        let known = text.lines().next().and_then(|line| line.split_once("known-to-fail:"));
        let differences = differences(case);
        match known {
            None => wrong.extend(differences),
            Some((_, reason)) if reason.trim().is_empty() => {
                wrong.push(format!("{}: known-to-fail gives no reason", case.name));
            }
            Some(_) if differences.is_empty() => {
                wrong.push(format!("{}: passes, though it is known to fail", case.name));
            }
            Some(_) => {}
        }
    }
    fail_with("places differ from their expectation", &wrong);
}

#[test]
fn fixes_are_emitted_as_declared() {
    let mut wrong = Vec::new();
    for case in CORPUS.iter() {
        for finding in &case.report.findings {
            let rule = registry::find(finding.code).expect("a finding's rule is registered");
            let agrees = match rule.fix {
                FixAvailability::Always => finding.fix.is_some(),
                FixAvailability::Sometimes => true,
                FixAvailability::Never => finding.fix.is_none(),
            };
            if !agrees {
                let row = finding.location.row;
                let says = rule.fix.as_str();
                wrong.push(format!("{}:{row}: {} declares fix: {says}", case.name, rule.code));
            }
        }
    }
    for rule in registry::RULES {
        let mut of_rule = CORPUS.iter().flat_map(|case| &case.report.findings);
        let fixed = of_rule.any(|finding| {
            finding.code == rule.code
                && finding.fix.as_ref().is_some_and(|fix| !fix.edits.is_empty())
        });
        if !fixed && rule.fix != FixAvailability::Never {
            wrong.push(format!("no finding of {} in the corpus proposes an edit", rule.code));
        }
    }
    fail_with("fixes are not as their rule declares", &wrong);
}

/// Steps lead through the finding's own place, and what knows no order misses none of the others.
#[test]
fn steps_are_whole() {
    let mut wrong = Vec::new();
    let findings = || CORPUS.iter().flat_map(|case| &case.report.findings);
    for finding in findings().filter(|finding| !finding.steps.is_empty()) {
        let own = |step: &Related| *step == finding.here(&step.message);
        let whole = finding.steps.len() > 1
            && finding.steps.iter().filter(|step| own(step)).count() == 1
            && finding.steps.iter().all(|step| own(step) || finding.related.contains(step));
        if !whole {
            let Diagnostic { filename, location, code, .. } = finding;
            wrong.push(format!("{filename}:{}: {code}: {:?}", location.row, finding.steps));
        }
    }
    for rule in registry::RULES.iter().filter(|rule| rule.code.starts_with("RCU4")) {
        let mut of_rule = findings().filter(|finding| finding.code == rule.code);
        if !of_rule.any(|finding| !finding.steps.is_empty()) {
            wrong.push(format!("no finding of {} in the corpus tells steps", rule.code));
        }
    }
    fail_with("stories are not whole", &wrong);
}

/// Every fix by itself: its finding is gone, none is new, and no item is broken that was not.
#[test]
fn fixes_converge() {
    let (mut origins, mut paths, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for case in CORPUS.iter() {
        for (number, finding) in case.report.findings.iter().enumerate() {
            let shown = case.path.display().to_string();
            let edits: Vec<Edit> = finding.fix.iter().flat_map(|fix| fix.edits.clone()).collect();
            // Edits of a header are tried in `fixes_span_files`.
            if !edits.is_empty() && edits.iter().all(|edit| edit.filename == shown) {
                origins.push((case, finding));
                let ending = case.path.extension().unwrap_or_default().to_string_lossy();
                paths.push(case.path.with_extension(format!("fix{number}.{ending}")));
                texts.push(apply(case.source.bytes(), &edits));
            }
        }
    }
    // A line that an edit breaks moves those below it, and so do lines that go.
    let count = |findings: &[Diagnostic], broken: u32, more: i64| {
        let mut places: BTreeMap<(u32, &str), usize> = BTreeMap::new();
        for finding in findings {
            let row = finding.location.row;
            let behind = i64::from(row) > i64::from(broken) + more.min(0);
            let row =
                if behind { (i64::from(row) - more).max(i64::from(broken)) as u32 } else { row };
            *places.entry((row, finding.code)).or_default() += 1;
        }
        places
    };
    let mut wrong = Vec::new();
    let reports = analyze_in_memory(&paths, &texts);
    for (((case, finding), after), text) in origins.into_iter().zip(reports).zip(&texts) {
        let row = finding.location.row;
        let mut say = |what: &str| {
            let content: Vec<&str> = finding
                .fix
                .iter()
                .flat_map(|fix| &fix.edits)
                .map(|edit| edit.content.as_str())
                .collect();
            let content = content.join("' and '");
            wrong.push(format!("{}:{row}: {} '{content}' {what}", case.name, finding.code));
        };
        if after.facts.statistics.broken.len() > case.report.facts.statistics.broken.len() {
            say("breaks the item around it");
        }
        let more = lines(text) as i64 - lines(case.source.bytes()) as i64;
        let mut before = count(&case.report.findings, row, 0);
        // An annotation brings to light what was wrong with the declaration's uses all along.
        let annotates = matches!(finding.code, "RCU107" | "RCU108");
        let about_it = |other: &Diagnostic| {
            annotates && other.related.iter().any(|place| place.location.row == row)
        };
        let kept: Vec<_> = after.findings.iter().filter(|f| !about_it(f)).cloned().collect();
        let after = count(&kept, row, more);
        let here = before.get_mut(&(row, finding.code)).expect("the finding is one of them");
        *here -= 1;
        if after.get(&(row, finding.code)).copied().unwrap_or(0) > *here {
            say("does not satisfy the rule");
        } else if after.iter().any(|(place, now)| before.get(place).copied().unwrap_or(0) < *now) {
            say("brings new findings");
        }
    }
    fail_with("fixes do not converge", &wrong);
}

/// A declaration in a header is edited there, together with the definition beside it.
#[test]
fn fixes_span_files() {
    let top = testdata().join("rules/RCU107");
    let header = "#include <linux/rcupdate.h>\nstruct shape { int rate; };\n\
                  extern struct shape *shared_shape;\nint rate(void);\n";
    let source = "#include <linux/kernel.h>\n#include \"spanned.h\"\n\n\
                  struct shape *shared_shape;\n\n\
                  int rate(void)\n{\n\treturn rcu_dereference(shared_shape)->rate;\n}\n";
    let paths = [top.join("spanned.c"), top.join("spanned.h")];
    let run = |source: &str, header: &str| -> Vec<Diagnostic> {
        let texts = [source.as_bytes().to_vec(), header.as_bytes().to_vec()];
        let mut all = Vec::new();
        for report in analyze_in_memory(&paths, &texts) {
            all.extend(report.findings);
        }
        all
    };
    let found = run(source, header);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].filename, paths[1].display().to_string());
    assert_eq!((found[0].expression.as_str(), found[0].location.row), ("shared_shape", 3));
    let edits = &found[0].fix.as_ref().expect("a fix").edits;
    let edited = |path: &Path, text: &str| {
        let name = path.display().to_string();
        let own: Vec<Edit> = edits.iter().filter(|edit| edit.filename == name).cloned().collect();
        assert_eq!(own.len(), 1);
        String::from_utf8(apply(text.as_bytes(), &own)).unwrap()
    };
    let (source, header) = (edited(&paths[0], source), edited(&paths[1], header));
    assert!(header.contains("extern struct shape __rcu *shared_shape;"));
    assert!(source.contains("\nstruct shape __rcu *shared_shape;"));
    assert!(run(&source, &header).is_empty());
}

/// A rule's example fires that rule and no other, and what is to be used instead is silent.
#[test]
fn documentation_examples() {
    let (mut paths, mut texts) = (Vec::new(), Vec::new());
    // What compares versions is tried in `change.rs`.
    let rules: Vec<_> = registry::RULES.iter().filter(|rule| !rule.is_of_change()).collect();
    for rule in &rules {
        for (kind, text) in [("example", rule.docs.example), ("instead", rule.docs.instead)] {
            let (ending, preamble) = match rule.is_of_rust() {
                true => ("rs", RUST_PREAMBLE),
                false => ("c", PREAMBLE),
            };
            paths.push(testdata().join(format!("{}-{kind}.{ending}", rule.code)));
            texts.push(format!("{preamble}{text}\n").into_bytes());
        }
    }
    let mut reports = analyze_in_memory(&paths, &texts).into_iter();
    let mut wrong = Vec::new();
    for rule in rules {
        let codes = |report: Option<Report>| -> Vec<&str> {
            report.unwrap().findings.iter().map(|finding| finding.code).collect()
        };
        let (example, instead) = (codes(reports.next()), codes(reports.next()));
        if example.is_empty() || example.iter().any(|code| *code != rule.code) {
            wrong.push(format!("the example of {} reports {example:?}", rule.code));
        }
        if !instead.is_empty() {
            wrong.push(format!("what {} says to use instead reports {instead:?}", rule.code));
        }
    }
    fail_with("examples of the documentation do not hold", &wrong);
}

#[test]
fn expectations_are_read_from_comments() {
    let line = |text: &str| expectation(text).unwrap();
    assert_eq!(line("x = p->a; // error: RCU101"), ["error: RCU101"]);
    assert_eq!(
        line("f(); // warning: RCU104, error: RCU101"),
        ["error: RCU101", "warning: RCU104"]
    );
    assert_eq!(line("/* note: RCU102 */ x = \\"), ["note: RCU102"]);
    assert!(line("x = y; // an error: nothing").is_empty());
    assert!(line("s = \"//\"; /* p->shape */").is_empty());
    assert!(expectation("x = y; // error: RCU999").is_err());
    assert!(expectation("x = y; // error: RCU101 and more").is_err());
}
