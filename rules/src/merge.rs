//! Findings at a declaration or in a macro's definition come from every file that uses it; they are
//! one finding, with all uses as its related places.

use crate::diagnostic::{DECLARED_HERE, Diagnostic};

/// Sorts findings by file, position and code, and makes those of one cause at one place one: the
/// severest, with the related places of all.
pub fn merge(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.location, d.code, d.end_location);
        let text = |d: &Diagnostic| (d.severity, d.message.clone());
        a.filename
            .cmp(&b.filename)
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.expression.cmp(&b.expression))
            .then_with(|| text(b).cmp(&text(a)))
            // One of several stories is told, whatever the order they came in.
            .then_with(|| a.steps.cmp(&b.steps))
    });
    diagnostics.dedup_by(|next, first| {
        let same = (first.code, first.location, first.end_location)
            == (next.code, next.location, next.end_location)
            && first.filename == next.filename
            && first.expression == next.expression;
        if same {
            first.related.append(&mut next.related);
            // Who sees more declarations proposes more edits.
            let edits = |d: &Diagnostic| d.fix.as_ref().map(|fix| fix.edits.len());
            if edits(next) > edits(first) {
                first.fix = next.fix.take();
            }
        }
        same
    });
    for diagnostic in diagnostics {
        // The declaration first: it is the cause.
        diagnostic.related.sort_by(|a, b| {
            let key = |r: &crate::diagnostic::Related| {
                (r.message != DECLARED_HERE, r.filename.clone(), r.location, r.message.clone())
            };
            key(a).cmp(&key(b))
        });
        diagnostic.related.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Location, Related, Severity};

    fn finding(expression: &str, severity: Severity, used: &str) -> Diagnostic {
        let location = Location { row: 3, column: 1 };
        let related = Related {
            filename: used.to_owned(),
            location,
            message: "used here".to_owned(),
            path: used.into(),
            span: Default::default(),
        };
        Diagnostic {
            code: "RCU101",
            name: "plain-load",
            severity,
            message: format!("{severity}"),
            filename: "a.h".to_owned(),
            function: None,
            location,
            end_location: Location { row: 3, column: 9 },
            expression: expression.to_owned(),
            related: vec![related],
            steps: Vec::new(),
            fix: None,
            path: "a.h".into(),
            span: Default::default(),
        }
    }

    #[test]
    fn one_story_is_told_in_its_order() {
        let step = |row| Related {
            location: Location { row, column: 1 },
            span: rculint_analyzer::text::Span::new(row as usize, row as usize + 1),
            ..finding("p->x", Severity::Error, "a.h").related.remove(0)
        };
        let mut first = finding("p->x", Severity::Error, "b.c");
        first.tell(vec![step(9), step(2), first.here("followed here")]);
        let mut other = finding("p->x", Severity::Error, "b.c");
        other.tell(vec![step(10), step(2), other.here("followed here")]);
        for mut all in [[first.clone(), other.clone()], [other, first]].map(Vec::from) {
            merge(&mut all);
            let rows: Vec<_> = all[0].steps.iter().map(|step| step.location.row).collect();
            assert_eq!((all.len(), rows), (1, vec![9, 2, 3]));
            // Its places are related ones, and those of the other story as well.
            let rows: Vec<_> = all[0].related.iter().map(|place| place.location.row).collect();
            assert_eq!(rows, [2, 9, 10, 3]);
            assert_eq!(all[0].beside_steps().count(), 2);
        }
    }

    #[test]
    fn one_cause_is_one_finding_whatever_the_order() {
        let all = [
            finding("p->x", Severity::Note, "c.c"),
            finding("p->x", Severity::Error, "b.c"),
            finding("p->y", Severity::Note, "b.c"),
            finding("p->x", Severity::Note, "b.c"),
        ];
        let mut forward = all.to_vec();
        let mut backward: Vec<_> = all.into_iter().rev().collect();
        merge(&mut forward);
        merge(&mut backward);
        assert_eq!(forward, backward);
        assert_eq!(forward.len(), 2);
        assert_eq!(forward[0].severity, Severity::Error);
        let used: Vec<_> = forward[0].related.iter().map(|r| r.filename.as_str()).collect();
        assert_eq!(used, ["b.c", "c.c"]);
    }
}
