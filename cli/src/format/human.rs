//! `--format human`: the source line, labels, and help with the edit.

use std::fmt::Write as _;
use std::io::{self, Write};

use codespan_reporting::diagnostic as shown;
use codespan_reporting::files::Error;
use codespan_reporting::term::termcolor::{Ansi, NoColor};
use codespan_reporting::term::{self, Chars, Config, Styles, StylesWriter};
use rculint_analyzer::text::Span;
use rculint_rules::diagnostic::{Applicability, Diagnostic, Edit, Fix, Related, Severity, apply};

use super::causes::Folded;
use super::gcc::one;
use super::sources::Sources;

/// Writes findings with the code they are about, which is read again from disk, and counts of
/// those that are folded.
///
/// # Errors
/// Those of the writer.
pub fn human(out: &mut dyn Write, folded: &Folded<'_>, colors: bool) -> io::Result<()> {
    let config = Config { tab_width: 8, chars: Chars::ascii(), ..Config::default() };
    let styles = Styles::default();
    let mut sources = Sources::default();
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
    let (Some(start), Some(end)) = (
        here.iter().map(|edit| edit.span.range().start).min(),
        here.iter().map(|edit| edit.span.range().end).max(),
    ) else {
        return text;
    };
    if end > source.len() {
        return text;
    }
    let newline = |byte: &u8| *byte == b'\n';
    let first = source[..start].iter().rposition(newline).map_or(0, |at| at + 1);
    let last = source[end..].iter().position(newline).map_or(source.len(), |at| end + at);
    let edits: Vec<_> = here
        .into_iter()
        .cloned()
        .map(|mut edit| {
            edit.span = Span::new(edit.span.range().start - first, edit.span.range().end - first);
            edit
        })
        .collect();
    let edited = apply(&source[first..last], &edits);
    let edited = String::from_utf8_lossy(&edited).replace('\t', "        ");
    let indent = edited
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    for line in edited.lines() {
        text.push_str("\n+ ");
        text.push_str(line.get(indent..).unwrap_or("").trim_end());
    }
    text
}
