//! `--format human`: the source line, labels, and help with the edit.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

use codespan_reporting::diagnostic as shown;
use codespan_reporting::files::Error;
use codespan_reporting::term::termcolor::{Ansi, NoColor};
use codespan_reporting::term::{self, Chars, Config, Styles, StylesWriter};
use rculint_analyzer::text::Span;
use rculint_rules::diagnostic::{Applicability, Diagnostic, Edit, Fix, Related, Severity, apply};

use super::causes::Folded;
use super::gcc::one;
use super::sources::Sources;
use crate::console::count;

/// Writes findings with the code they are about, which is read again, and counts of
/// those that are folded.
///
/// # Errors
/// Those of the writer.
pub fn human(out: &mut dyn Write, folded: &Folded<'_>, colors: bool) -> io::Result<()> {
    let config = Config { tab_width: 8, chars: Chars::ascii(), ..Config::default() };
    let styles = Styles::default();
    let mut sources = Sources::new(folded.files.clone());
    for entry in &folded.shown {
        sources.trim();
        let rendered = match picture(&mut sources, entry.finding, folded) {
            Some(picture) => {
                let mut text = Vec::new();
                let done = if colors {
                    let mut writer = StylesWriter::new(Ansi::new(&mut text), &styles);
                    term::emit_to_write_style(&mut writer, &config, &sources, &picture)
                } else {
                    let mut writer = StylesWriter::new(NoColor::new(&mut text), &styles);
                    term::emit_to_write_style(&mut writer, &config, &sources, &picture)
                };
                done.map(|()| text)
            }
            None => Err(Error::FileMissing),
        };
        match rendered {
            Ok(text) => out.write_all(&text)?,
            Err(Error::Io(error)) => return Err(error),
            // The file is gone or changed since it was checked.
            Err(_) => one(out, entry.finding)?,
        }
        if let Some(rest) = entry.rest() {
            writeln!(out, "{rest}")?;
        }
    }
    Ok(())
}

/// The diagnostic in the terms of the renderer; `None` if its file cannot be read any more.
fn picture<'a>(
    sources: &mut Sources,
    diagnostic: &'a Diagnostic,
    folded: &Folded<'a>,
) -> Option<shown::Diagnostic<usize>> {
    let file = sources.load(&diagnostic.path, &diagnostic.filename)?;
    let length = sources.text(file).len();
    if diagnostic.span.range().end > length {
        return None;
    }
    let severity = match diagnostic.severity {
        Severity::Error => shown::Severity::Error,
        Severity::Warning => shown::Severity::Warning,
        Severity::Note => shown::Severity::Note,
    };
    let mut primary = shown::Label::primary(file, diagnostic.span.range());
    let mut labels = Vec::new();
    let mut notes = Vec::new();
    let (places, more) = folded.related(diagnostic);
    let mut told = Vec::new();
    for (number, step) in (1..).zip(&diagnostic.steps) {
        let message = format!("{number}: {}", step.message);
        if *step == diagnostic.here(&step.message) {
            primary = primary.with_message(message);
        } else {
            told.push((step, message));
        }
    }
    told.extend(places.into_iter().map(|place| (place, place.message.clone())));
    for (place, message) in told {
        let file = sources
            .load(&place.path, &place.filename)
            .filter(|&file| place.span.range().end <= sources.text(file).len());
        match file {
            Some(file) => {
                labels.push(shown::Label::secondary(file, place.span.range()).with_message(message))
            }
            None => {
                let Related { filename, location, .. } = place;
                notes.push(format!("{filename}:{}:{}: {message}", location.row, location.column));
            }
        }
    }
    labels.insert(0, primary);
    notes.extend(more);
    if let Some(fix) = &diagnostic.fix {
        notes.push(help(sources.text(file).as_bytes(), &diagnostic.filename, fix));
    }
    Some(
        shown::Diagnostic::new(severity)
            .with_code(diagnostic.code)
            .with_message(&diagnostic.message)
            .with_labels(labels)
            .with_notes(notes),
    )
}

/// What the fix does, and the lines it changes as they would be.
fn help(source: &[u8], filename: &str, fix: &Fix) -> String {
    let sure = match fix.applicability {
        Applicability::Safe => "",
        Applicability::Unsafe => " (to be reviewed)",
        Applicability::DisplayOnly if fix.edits.is_empty() => "",
        Applicability::DisplayOnly => " (a proposal)",
    };
    let mut text = format!("help: {}{sure}", fix.message);
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        fix.edits.iter().partition(|edit| edit.filename == filename);
    for Edit { filename, location, .. } in elsewhere {
        let _ = write!(text, "; also at {filename}:{}:{}", location.row, location.column);
    }
    if here.iter().any(|edit| edit.span.range().end > source.len()) {
        return text;
    }
    for (number, run) in runs(source, here).iter().enumerate() {
        if number > 0 {
            text.push_str("\n  ...");
        }
        changed(&mut text, source, run);
    }
    text
}

/// Edits of one place, and the lines that they change.
struct Run<'a> {
    lines: Range<usize>,
    edits: Vec<&'a Edit>,
}

/// The edits by the places that they change; those whose lines meet are one.
fn runs<'a>(source: &[u8], mut edits: Vec<&'a Edit>) -> Vec<Run<'a>> {
    edits.sort_by_key(|edit| edit.span);
    let newline = |byte: &u8| *byte == b'\n';
    let mut runs: Vec<Run<'a>> = Vec::new();
    for edit in edits {
        let Range { start, end } = edit.span.range();
        let first = source[..start].iter().rposition(newline).map_or(0, |at| at + 1);
        // Where whole lines are replaced or go, the next one is left as it is.
        let whole = edit.content.ends_with('\n') || edit.content.is_empty() && start == first;
        let within = if whole && source[start..end].ends_with(b"\n") { end - 1 } else { end };
        let last = source[within..].iter().position(newline);
        let last = last.map_or(source.len(), |at| within + at);
        match runs.last_mut().filter(|run| first <= run.lines.end + 1) {
            Some(run) => {
                run.lines.end = run.lines.end.max(last);
                run.edits.push(edit);
            }
            None => runs.push(Run { lines: first..last, edits: vec![edit] }),
        }
    }
    runs
}

/// Adds the lines of a place as they would be, or where nothing is left, the first that goes.
fn changed(text: &mut String, source: &[u8], run: &Run<'_>) {
    let Range { start: first, end: last } = run.lines;
    let last = run.edits.iter().map(|edit| edit.span.range().end).fold(last, usize::max);
    let mut edits: Vec<Edit> = run.edits.iter().copied().cloned().collect();
    for edit in &mut edits {
        edit.span = Span::new(edit.span.range().start - first, edit.span.range().end - first);
    }
    let readable = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\t', "        ");
    let edited = readable(&apply(&source[first..last], &edits));
    let before = readable(&source[first..last]);
    let (mark, shown) = match edited.trim().is_empty() {
        true => ('-', before.trim_start_matches('\n').lines().take(1).collect::<Vec<_>>()),
        false => ('+', edited.lines().collect()),
    };
    let indent = shown
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    for line in &shown {
        let _ = write!(text, "\n{mark} {}", line.get(indent..).unwrap_or("").trim_end());
    }
    let gone = before.trim().lines().count();
    if mark == '-' && gone > 1 {
        let _ = write!(text, "\n- ({} more)", count(gone - 1, "line"));
    }
}

#[cfg(test)]
mod tests {
    use rculint_rules::diagnostic::Location;

    use super::*;

    const SOURCE: &str = "static void f(void)\n{\n}\n\nint x;\n\n\tcall(&p->rcu,\n\t     f);\n";

    fn edit(from: &str, to: &str) -> Edit {
        let start = SOURCE.find(from).unwrap();
        let location = Location { row: 1, column: 1 };
        Edit {
            filename: "a.c".to_owned(),
            content: to.to_owned(),
            location,
            end_location: location,
            path: "/a.c".into(),
            span: Span::new(start, start + from.len()),
        }
    }

    fn told(edits: Vec<Edit>) -> String {
        let applicability = Applicability::Unsafe;
        help(SOURCE.as_bytes(), "a.c", &Fix { applicability, message: "m".to_owned(), edits })
    }

    #[test]
    fn places_far_apart_are_told_apart() {
        let gone = edit("static void f(void)\n{\n}\n\n", "");
        let edits = vec![edit("call(&p->rcu,\n\t     f)", "free(p)"), gone];
        assert_eq!(
            told(edits),
            "help: m (to be reviewed)\n- static void f(void)\n- (2 lines more)\n  ...\n+ free(p);"
        );
    }

    #[test]
    fn lines_that_meet_are_one_place() {
        let edits = vec![edit("{\n", "{ "), edit("void)", "int)")];
        assert_eq!(told(edits), "help: m (to be reviewed)\n+ static void f(int)\n+ { }");
    }
}
