//! Findings with one cause are one finding to people: the first are shown, the rest counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use rculint_rules::diagnostic::{DECLARED_HERE, Diagnostic, Related};

use crate::console::count;

/// So many findings of one cause are shown, and so many related places of one finding.
const SHOWN: usize = 3;

/// Findings in their order, those of one cause folded behind the last one shown.
#[derive(Debug)]
pub struct Folded<'a> {
    pub(super) shown: Vec<Shown<'a>>,
    most: usize,
}

/// A finding that is shown, and those folded behind it.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub finding: &'a Diagnostic,
    folded: Vec<&'a Diagnostic>,
}

/// What was seen of a cause so far.
#[derive(Debug, Default)]
struct Seen {
    findings: usize,
    last_shown: usize,
}

impl<'a> Folded<'a> {
    /// Folds findings that are in the order of printing; if `all` are wanted, none.
    pub fn new(diagnostics: impl Iterator<Item = &'a Diagnostic>, all: bool) -> Folded<'a> {
        let most = if all { usize::MAX } else { SHOWN };
        let mut shown: Vec<Shown<'a>> = Vec::new();
        let mut causes: HashMap<_, Seen> = HashMap::new();
        for finding in diagnostics {
            if let Some(declaration) = declaration(finding) {
                let seen = causes.entry((&declaration.path, declaration.span)).or_default();
                seen.findings += 1;
                if seen.findings > most {
                    shown[seen.last_shown].folded.push(finding);
                    continue;
                }
                seen.last_shown = shown.len();
            }
            shown.push(Shown { finding, folded: Vec::new() });
        }
        Folded { shown, most }
    }

    /// How many findings are not shown.
    pub fn findings(&self) -> usize {
        self.shown.iter().map(|shown| shown.folded.len()).sum()
    }

    /// How many declarations have findings that are not shown.
    pub fn declarations(&self) -> usize {
        self.shown.iter().filter(|shown| !shown.folded.is_empty()).count()
    }

    /// The related places that are shown beside the steps, and what stands for the others.
    pub(super) fn related(&self, finding: &'a Diagnostic) -> (Vec<&'a Related>, Option<String>) {
        let mut places: Vec<_> = finding.beside_steps().collect();
        let rest = places.len().saturating_sub(self.most);
        places.truncate(self.most);
        let more = format!("and {} (--all shows each)", count(rest, "more place"));
        (places, (rest > 0).then_some(more))
    }
}

impl Shown<'_> {
    /// What stands for the findings folded behind this one.
    pub fn rest(&self) -> Option<String> {
        let Related { filename, location, .. } = declaration(self.folded.first()?)?;
        let files: HashSet<_> = self.folded.iter().map(|finding| &finding.filename).collect();
        let mut rules = BTreeMap::new();
        for finding in &self.folded {
            *rules.entry((finding.code, finding.name)).or_insert(0) += 1;
        }
        let rules: Vec<_> = rules
            .into_iter()
            .map(|((code, name), number)| format!("{number} x {code} {name}"))
            .collect();
        Some(format!(
            "    = and {} about what is declared here: {filename}:{}:{} (in {}; --all shows each)\n\
             \x20     {}\n",
            count(self.folded.len(), "more finding"),
            location.row,
            location.column,
            count(files.len(), "file"),
            rules.join(", ")
        ))
    }
}

/// The cause of a finding; one without a declaration elsewhere is its own.
fn declaration(finding: &Diagnostic) -> Option<&Related> {
    finding.related.iter().find(|related| related.message == DECLARED_HERE)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rculint_analyzer::text::Span;
    use rculint_rules::diagnostic::{Location, Severity};

    use super::*;

    fn related(row: u32, message: &str) -> Related {
        Related {
            filename: "a.h".to_owned(),
            location: Location { row, column: 9 },
            message: message.to_owned(),
            path: PathBuf::from("/a.h"),
            span: Span::new(row as usize * 10, row as usize * 10 + 3),
        }
    }

    /// A finding in `file`, about what is declared in a row of the header.
    fn finding(file: &str, code: &'static str, declared: u32) -> Diagnostic {
        let location = Location { row: 1, column: 1 };
        Diagnostic {
            code,
            name: "plain",
            severity: Severity::Error,
            message: String::new(),
            filename: file.to_owned(),
            function: None,
            location,
            end_location: location,
            expression: String::new(),
            related: vec![related(declared, DECLARED_HERE)],
            steps: Vec::new(),
            fix: None,
            path: PathBuf::from(file),
            span: Span::new(0, 1),
        }
    }

    /// What is shown of `found`: the numbers of the findings, and what stands for others.
    fn outline(found: &[Diagnostic], all: bool) -> Vec<String> {
        let number = |wanted| found.iter().position(|one| std::ptr::eq(one, wanted)).unwrap();
        let mut lines = Vec::new();
        for shown in Folded::new(found.iter(), all).shown {
            lines.push(number(shown.finding).to_string());
            lines.extend(shown.rest());
        }
        lines
    }

    #[test]
    fn as_many_as_are_shown_are_not_folded() {
        let found = vec![finding("a.c", "RCU101", 1); SHOWN];
        assert_eq!(outline(&found, false), ["0", "1", "2"]);
    }

    #[test]
    fn more_are_counted_behind_the_last_one_shown() {
        let mut found = vec![finding("a.c", "RCU101", 1); SHOWN];
        found.push(finding("a.c", "RCU104", 2));
        found.push(finding("b.c", "RCU104", 1));
        assert_eq!(
            outline(&found, false),
            [
                "0",
                "1",
                "2",
                "    = and 1 more finding about what is declared here: a.h:1:9 \
                 (in 1 file; --all shows each)\n      1 x RCU104 plain\n",
                "3",
            ]
        );
        found.extend(vec![finding("c.c", "RCU101", 1); 2]);
        found.extend(vec![finding("c.c", "RCU101", 2); SHOWN]);
        assert_eq!(
            outline(&found, false)[3],
            "    = and 3 more findings about what is declared here: a.h:1:9 \
             (in 2 files; --all shows each)\n      2 x RCU101 plain, 1 x RCU104 plain\n"
        );
        let folded = Folded::new(found.iter(), false);
        assert_eq!((folded.findings(), folded.declarations()), (4, 2));
    }

    #[test]
    fn all_are_shown_if_wanted() {
        let found = vec![finding("a.c", "RCU101", 1); SHOWN + 2];
        assert_eq!(outline(&found, true), ["0", "1", "2", "3", "4"]);
        let folded = Folded::new(found.iter(), true);
        assert_eq!((folded.findings(), folded.declarations()), (0, 0));
    }

    #[test]
    fn findings_without_a_declaration_stand_alone() {
        let mut alone = finding("a.h", "RCU107", 1);
        alone.related = vec![related(1, "used here"); SHOWN + 1];
        assert_eq!(outline(&vec![alone; SHOWN + 1], false), ["0", "1", "2", "3"]);
    }

    #[test]
    fn related_places_are_counted() {
        let mut found = finding("a.h", "RCU107", 1);
        for (number, all, expected) in [
            (SHOWN, false, (SHOWN, None)),
            (SHOWN + 1, false, (SHOWN, Some("and 1 more place (--all shows each)"))),
            (SHOWN + 2, false, (SHOWN, Some("and 2 more places (--all shows each)"))),
            (SHOWN + 2, true, (SHOWN + 2, None)),
        ] {
            found.related = vec![related(1, "used here"); number];
            let folded = Folded::new([&found].into_iter(), all);
            let (places, more) = folded.related(&found);
            assert_eq!((places.len(), more.as_deref()), expected, "{number} {all}");
        }
    }
}
