//! `rculint audit`: tables for reading, of what no rule can decide alone.

use std::io::{self, BufWriter, Write};

use rculint_analyzer::facts::{PercpuRef, Step};
use rculint_analyzer::text::SourceFile;
use serde::Serialize;

use crate::args::{AuditPercpuRef, ListFormat};
use crate::config::{Given, Settings};
use crate::console::say;
use crate::engine;
use crate::run::Outcome;
use crate::{CLEAN, TROUBLE};

/// A place, as `file:line function()`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Place {
    filename: String,
    row: u32,
    function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<String>,
}

/// One `percpu_ref_init()`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Row {
    init: Place,
    /// `struct kioctx`; null where the type is not known.
    object: Option<String>,
    counter: String,
    release: String,
    /// The functions that the release callback comes to; empty where it is in another file.
    path: Vec<String>,
    /// How the object ends, in a word.
    end: &'static str,
    /// Where that is.
    ends: Option<Place>,
    /// Where readers find such objects by an `__rcu` pointer, in the same file.
    readers: Option<Place>,
    /// Where they are taken from new readers.
    hidden: Option<Place>,
    /// What stands before the end: the call that waits or defers.
    grace_period: Option<Place>,
}

impl Row {
    fn new(one: &PercpuRef, shown: &str, source: &SourceFile) -> Row {
        let row = |span: rculint_analyzer::text::Span| source.position(span.start).row;
        let place = |step: &Step| Place {
            filename: shown.to_owned(),
            row: row(step.span),
            function: Some(step.function.clone()),
            call: Some(step.callee.clone()),
        };
        let (end, ends) = match (&one.frees, &one.tells, &one.waiter) {
            _ if !one.seen => ("not seen", None),
            (Some(frees), ..) => ("frees", Some(frees)),
            (None, Some(_), Some(waiter)) => ("tells who waits", Some(waiter)),
            (None, Some(tells), None) => ("tells", Some(tells)),
            (None, None, _) if one.grace.is_some() => ("defers", one.grace.as_ref()),
            (None, None, _) if one.parts.is_some() => ("frees parts", one.parts.as_ref()),
            _ => ("not known", None),
        };
        Row {
            init: Place {
                filename: shown.to_owned(),
                row: row(one.span),
                function: one.function.clone(),
                call: None,
            },
            object: one.object.clone(),
            counter: one.counter.clone(),
            release: one.release.clone(),
            path: one.path.clone(),
            end,
            ends: ends.map(place),
            readers: one.read.as_ref().map(place),
            hidden: one.hidden.as_ref().map(place),
            grace_period: one.grace.as_ref().map(place),
        }
    }
}

/// Runs the command.
pub(crate) fn run(options: &AuditPercpuRef) -> Outcome {
    let settings = Settings::load(&options.reading, Given::default())?;
    let plan = settings.plan()?;
    let files = engine::disk(&plan);
    let results = engine::run(plan, &files, &settings.reading, |workspace, index| {
        let input = &workspace.inputs()[index];
        let source = engine::source(files.as_ref(), input)?;
        if memchr::memmem::find(source.bytes(), b"percpu_ref_init").is_none() {
            return Ok(Vec::new());
        }
        let facts = workspace.analyze(index)?;
        let refs = facts.lifetime.refs.iter();
        Ok(refs.map(|one| Row::new(one, &input.shown, &source)).collect())
    })?;
    let rows: Vec<Row> =
        results.files.into_iter().flat_map(|(_, rows): (_, Vec<Row>)| rows).collect();
    let mut out = BufWriter::new(io::stdout().lock());
    match options.format {
        ListFormat::Human => human(&mut out, &rows)?,
        ListFormat::Json => json(&mut out, &rows)?,
        ListFormat::Markdown => markdown(&mut out, &rows)?,
    }
    out.flush()?;
    for problem in &results.problems {
        say(problem);
    }
    Ok(if results.problems.is_empty() { CLEAN } else { TROUBLE })
}

/// `function() line 12: call()`, in the file of the row.
fn brief(place: &Place) -> String {
    let function = place.function.as_deref().unwrap_or("?");
    match &place.call {
        Some(call) => format!("{call}() in {function}(), line {}", place.row),
        None => format!("{function}(), line {}", place.row),
    }
}

fn human(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    for row in rows {
        let object = row.object.as_deref().unwrap_or("unknown type");
        let function = row.init.function.as_deref().unwrap_or("?");
        writeln!(
            out,
            "{}:{}: {object}, {} in {function}()",
            row.init.filename, row.init.row, row.counter
        )?;
        let path = row.path.join("() -> ");
        match row.path.is_empty() {
            true => writeln!(out, "  release: {}(), not in this file", row.release)?,
            false => writeln!(out, "  release: {path}()")?,
        }
        match &row.ends {
            Some(place) => writeln!(out, "  end:     {}: {}", row.end, brief(place))?,
            None => writeln!(out, "  end:     {}", row.end)?,
        }
        let line = |place: &Option<Place>| place.as_ref().map_or("none seen".to_owned(), brief);
        writeln!(out, "  readers: {}", line(&row.readers))?;
        writeln!(out, "  hidden:  {}", line(&row.hidden))?;
        writeln!(out, "  grace:   {}", line(&row.grace_period))?;
    }
    Ok(())
}

fn json(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, rows)?;
    writeln!(out)
}

fn markdown(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    writeln!(out, "| Place | Object | Release | End | Readers | Grace period |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    let cell = |place: &Option<Place>| place.as_ref().map_or("none seen".to_owned(), brief);
    for row in rows {
        let end = match &row.ends {
            Some(place) => format!("{}: {}", row.end, brief(place)),
            None => row.end.to_owned(),
        };
        writeln!(
            out,
            "| {}:{} | {} | {}() | {end} | {} | {} |",
            row.init.filename,
            row.init.row,
            row.object.as_deref().unwrap_or("unknown"),
            row.release,
            cell(&row.readers),
            cell(&row.grace_period),
        )?;
    }
    Ok(())
}
