//! `rculint config`: what holds for a run, and where it is said.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use toml::Value;
use toml::de::DeTable;

use super::error::position;
use super::file::schema;
use super::settings::{Given, Settings, Source};
use crate::CLEAN;
use crate::args::{ConfigFormat, ShowConfig};
use crate::run::Outcome;

/// One value.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    /// `null` where nothing is said and there is no fixed default.
    value: Option<Value>,
    /// `default`, `command line`, or `rculint.toml:3`.
    source: String,
}

/// All of them.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    /// The file that counts.
    configuration: Option<&'a str>,
    values: Vec<Row>,
}

/// Runs the command.
pub(crate) fn run(options: &ShowConfig) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    if options.format == ConfigFormat::Schema {
        out.write_all(schema().as_bytes())?;
        out.flush()?;
        return Ok(CLEAN);
    }
    let given = Given {
        select: &options.select,
        ignore: &options.ignore,
        level: options.level,
        fail_level: options.fail_level,
    };
    let settings = Settings::load(&options.reading, given)?;
    let shown = Shown {
        configuration: settings.source.as_ref().map(|source| source.shown.as_str()),
        values: rows(options, &settings),
    };
    match options.format {
        ConfigFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &shown).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        _ => human(&mut out, &shown)?,
    }
    out.flush()?;
    Ok(CLEAN)
}

fn human(out: &mut dyn Write, shown: &Shown<'_>) -> io::Result<()> {
    writeln!(out, "# configuration: {}", shown.configuration.unwrap_or("none"))?;
    for Row { key, value, source } in &shown.values {
        match value {
            Some(value) => writeln!(out, "{key} = {value}  # {source}")?,
            None => writeln!(out, "# {key}: {source}")?,
        }
    }
    Ok(())
}

fn rows(options: &ShowConfig, settings: &Settings) -> Vec<Row> {
    let lines = settings.source.as_ref().map(Lines::new).unwrap_or_default();
    let file = settings.source.as_ref().map(|source| source.file.clone()).unwrap_or_default();
    let reading = &settings.reading;
    let mut rows = Vec::new();
    let mut push = |key: &str, value: Option<Value>, given: bool| {
        let source = match (given, lines.of(key)) {
            (true, _) => "command line".to_owned(),
            (false, Some(line)) => line,
            (false, None) => "default".to_owned(),
        };
        rows.push(Row { key: key.to_owned(), value, source });
    };
    let typed = |typed: &[String]| (!typed.is_empty()).then(|| value(&typed)).flatten();
    push(
        "select",
        typed(&options.select).or_else(|| value(&file.select)),
        !options.select.is_empty(),
    );
    push(
        "ignore",
        typed(&options.ignore).or_else(|| value(&file.ignore.unwrap_or_default())),
        !options.ignore.is_empty(),
    );
    push("level", value(&settings.level), options.level.is_some());
    let fail_level = settings.fail_level.unwrap_or(crate::args::Level::Warning);
    push("fail-level", value(&fail_level), options.fail_level.is_some());
    push("exclude", value(&file.exclude), false);
    push("arch", value(&reading.arch), !options.reading.arch.is_empty());
    let here = &options.reading;
    push("include", value(&reading.include), !here.include.is_empty());
    push("kernel-root", value(&reading.kernel_root), here.kernel_root.is_some());
    push("dotconfig", value(&reading.dotconfig), here.dotconfig.is_some());
    let Some(source) = &settings.source else { return rows };
    let tables = toml::from_str::<toml::Table>(&source.text).unwrap_or_default();
    for (key, said) in tables.iter().filter(|(_, said)| is_table(said)) {
        each(key, said, &mut |key| lines.of(key), &mut rows);
    }
    rows
}

/// A value as the file would have it; `None` for nothing.
fn value(what: &impl Serialize) -> Option<Value> {
    Value::try_from(what).ok()
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Table(_) => true,
        Value::Array(all) => all.iter().any(Value::is_table),
        _ => false,
    }
}

/// A row for each value of a table, for each of an array of tables.
fn each(
    key: &str,
    said: &Value,
    line: &mut impl FnMut(&str) -> Option<String>,
    rows: &mut Vec<Row>,
) {
    match said {
        Value::Table(table) => {
            for (name, said) in table {
                let key = format!("{key}.{name}");
                if is_table(said) {
                    each(&key, said, line, rows);
                } else {
                    let source = line(&key).unwrap_or_default();
                    rows.push(Row { key, value: Some(said.clone()), source });
                }
            }
        }
        Value::Array(all) => {
            for (number, said) in all.iter().enumerate() {
                let key = format!("{key}.{number}");
                let source = line(&key).unwrap_or_default();
                rows.push(Row { key, value: Some(said.clone()), source });
            }
        }
        _ => {}
    }
}

/// Where the keys of a file stand.
#[derive(Debug, Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn new(source: &Source) -> Lines {
        let mut lines = Lines::default();
        if let Ok(table) = DeTable::parse(&source.text) {
            lines.table("", table.get_ref(), source);
        }
        lines
    }

    fn table(&mut self, above: &str, table: &DeTable<'_>, source: &Source) {
        let at = |span| format!("{}:{}", source.shown, position(&source.text, span).0);
        for (name, value) in table.iter() {
            let key = match above {
                "" => name.get_ref().to_string(),
                above => format!("{above}.{}", name.get_ref()),
            };
            self.0.push((key.clone(), at(name.span())));
            match value.get_ref() {
                toml::de::DeValue::Table(inner) => self.table(&key, inner, source),
                toml::de::DeValue::Array(all) => {
                    let each = all.iter().enumerate();
                    self.0.extend(each.map(|(at_, one)| (format!("{key}.{at_}"), at(one.span()))));
                }
                _ => {}
            }
        }
    }

    fn of(&self, key: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, line)| line.clone())
    }
}
