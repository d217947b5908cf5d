//! What is to be done with findings: which rules run where, at which level, and what is suppressed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rculint_analyzer::files::FileSystem;
use rculint_analyzer::kernel::dotconfig::DotConfig;
use rculint_analyzer::text::{SourceFile, Span};
use rculint_rules::diagnostic::{Diagnostic, Severity};
use rculint_rules::selection::{Selection, UnknownCode};
use rculint_rules::suppression::{
    Allowance, By, Entry, Suppressed, allowances, is_local, settle, unused_suppression,
};
use rculint_rules::{Rule, registry};

use super::file::{PerPath, RuleLevel, Suppress};
use super::settings::{Given, Source};
use super::words::{Codes, Pattern};
use crate::check::Checked;
use crate::engine::Results;
use crate::inputs::TextOnly;

/// What is to be done with findings.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// The folder that patterns start from.
    base: PathBuf,
    /// All rules that run somewhere.
    selection: Selection,
    /// Those that run where nothing else is said.
    rules: Selection,
    /// The command line says which rules run; the file has no say in that.
    fixed: bool,
    levels: BTreeMap<&'static str, RuleLevel>,
    places: Vec<Place>,
    suppress: Vec<(Suppress, Entry)>,
    dotconfig: Option<DotConfig>,
}

/// What is different for some files.
#[derive(Debug)]
struct Place {
    paths: Vec<Pattern>,
    select: Option<Selection>,
    ignore: Option<Selection>,
    levels: BTreeMap<&'static str, RuleLevel>,
}

fn words(codes: &[Codes]) -> Vec<String> {
    codes.iter().map(|codes| codes.0.clone()).collect()
}

impl Policy {
    /// The policy of a file, below what the command line says.
    pub fn new(
        source: Option<&Source>,
        given: Given<'_>,
        dotconfig: Option<DotConfig>,
    ) -> Result<Policy, UnknownCode> {
        let file = source.map(|source| source.file.clone()).unwrap_or_default();
        let base = source.map_or(Path::new(""), |source| source.base.as_path());
        let typed =
            |list: &[String]| list.iter().map(|word| word.trim().to_owned()).collect::<Vec<_>>();
        let fixed = !given.select.is_empty();
        let select =
            if fixed { typed(given.select) } else { words(&file.select.unwrap_or_default()) };
        let levels = by_code(&file.levels);
        let mut ignore = match given.ignore {
            [] => words(&file.ignore.unwrap_or_default()),
            given => typed(given),
        };
        let rules = Selection::new(&select, &ignore)?;
        let mut places = Vec::new();
        for PerPath { paths, select, ignore: not, levels } in file.per_path {
            let select = select.filter(|_| !fixed).map(|select| words(&select));
            let not = words(&not);
            places.push(Place {
                paths,
                select: select.map(|select| Selection::new(&select, &ignore)).transpose()?,
                ignore: (!not.is_empty()).then(|| Selection::new(&not, &[])).transpose()?,
                levels: by_code(&levels),
            });
        }
        // What is off everywhere need not run.
        if !fixed {
            let off = levels.iter().filter(|(code, level)| {
                **level == RuleLevel::Off
                    && !places.iter().any(|one| one.levels.contains_key(*code))
            });
            ignore.extend(off.map(|(code, _)| (*code).to_owned()));
        }
        let also = places.iter().filter_map(|place| place.select.clone()).collect();
        let selection = Selection::new(&select, &ignore)?.with(also);
        let suppress = source.map(entries).unwrap_or_default();
        let base = base.to_owned();
        Ok(Policy { base, selection, rules, fixed, levels, places, suppress, dotconfig })
    }

    /// All rules that run somewhere.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The `.config` that leaves code out.
    pub fn dotconfig(&self) -> Option<&DotConfig> {
        self.dotconfig.as_ref()
    }

    /// Those of the places that a file is one of.
    fn places(&self, path: &Path) -> impl Iterator<Item = &Place> {
        let below = path.strip_prefix(&self.base).ok();
        self.places.iter().filter(move |place| {
            below.is_some_and(|below| place.paths.iter().any(|pattern| pattern.fits(below)))
        })
    }

    /// What a file says of the level of a rule.
    fn said(&self, path: &Path, rule: &Rule) -> Option<RuleLevel> {
        let here = self.places(path).filter_map(|place| place.levels.get(rule.code)).last();
        here.or_else(|| self.levels.get(rule.code)).copied()
    }

    /// Whether a rule runs in a file.
    fn has(&self, path: &Path, rule: &Rule) -> bool {
        let rules = self.places(path).filter_map(|place| place.select.as_ref()).last();
        let mut ignored = self.places(path).filter_map(|place| place.ignore.as_ref());
        let off = self.said(path, rule) == Some(RuleLevel::Off);
        rules.unwrap_or(&self.rules).has(rule)
            && (self.fixed || !off && !ignored.any(|ignored| ignored.has(rule)))
    }

    /// The level of a finding. What the circumstances make less than the rule's own level stays so.
    fn level(&self, found: &Diagnostic, rule: &Rule) -> Severity {
        match self.said(&found.path, rule).and_then(RuleLevel::severity) {
            Some(level) if found.severity == rule.severity => level,
            Some(level) => level.min(found.severity),
            None => found.severity,
        }
    }

    /// Takes away what is not asked for, marks what is suppressed, and adds what is to be said of the
    /// suppressions themselves.
    pub fn settle(
        &self,
        mut found: Vec<Diagnostic>,
        results: &Results<Checked>,
    ) -> Vec<(Diagnostic, Option<Suppressed>)> {
        let rule = |found: &Diagnostic| registry::find(found.code);
        found.retain(|one| rule(one).is_none_or(|rule| self.has(&one.path, rule)));
        let inputs: HashMap<&Path, &Checked> =
            results.files.iter().map(|(input, one)| (input.path.as_path(), one)).collect();
        let mut allowed: Vec<Allowance> =
            results.files.iter().flat_map(|(_, one)| one.allowances.clone()).collect();
        allowed.extend(elsewhere(&found, &inputs));
        let told = |one: &Allowance| {
            self.tells(one.rule, &one.path, &inputs, results.whole)
            // What is said of a whole file may be about what the `.config` leaves out.
            && (one.rows.is_some() || self.dotconfig.is_none())
        };
        let mut settled = settle(found, &allowed, told);
        let mut used = vec![false; self.suppress.len()];
        for (found, suppressed) in &mut settled {
            for (used, (entry, _)) in used.iter_mut().zip(&self.suppress) {
                if self.covers(entry, found) {
                    *used = true;
                    let reason = entry.reason.clone().unwrap_or_default();
                    suppressed.get_or_insert(Suppressed { by: By::Configuration, reason });
                }
            }
        }
        for (used, (entry, place)) in used.into_iter().zip(&self.suppress) {
            let reason = entry.reason.as_deref().map_or("", str::trim);
            if reason.is_empty() {
                settled.push((place.reasonless(), None));
            }
            if !used && self.is_idle(entry, &inputs, results.whole) {
                settled.push((place.unused(entry.code.0, entry.path.as_str()), None));
            }
        }
        settled.retain(|(one, _)| rule(one).is_none_or(|rule| self.has(&one.path, rule)));
        for (found, _) in &mut settled {
            if let Some(rule) = registry::find(found.code) {
                found.severity = self.level(found, rule);
            }
        }
        settled.sort_by(|(a, _), (b, _)| {
            (&a.filename, a.location, a.code).cmp(&(&b.filename, b.location, b.code))
        });
        settled
    }

    /// Whether no finding of a rule in a file means that there is nothing to be found: the rule ran, the
    /// file was understood, and so was what else the rule may look at.
    fn tells(
        &self,
        rule: &Rule,
        path: &Path,
        inputs: &HashMap<&Path, &Checked>,
        whole: bool,
    ) -> bool {
        let understood =
            |one: &&Checked| one.statistics.broken.is_empty() && one.statistics.untyped.is_empty();
        let is_header = path.extension().is_some_and(|end| end == "h");
        self.has(path, unused_suppression())
            && self.has(path, rule)
            && inputs.get(path).is_some_and(understood)
            && (whole || is_local(rule) && !is_header)
    }

    /// Whether an entry that no finding needed could have been needed by none: all files that it is
    /// about were looked at, or there is no such file.
    fn is_idle(&self, entry: &Suppress, inputs: &HashMap<&Path, &Checked>, whole: bool) -> bool {
        let rule = entry.code.0;
        let path = self.base.join(entry.path.as_str());
        if self.dotconfig.is_some() || !self.selection.has(rule) {
            return false;
        }
        if !whole {
            return self.tells(rule, &path, inputs, false);
        }
        let fits =
            |path: &&Path| path.strip_prefix(&self.base).is_ok_and(|below| entry.path.fits(below));
        let mut about = inputs.keys().copied().filter(fits).peekable();
        match about.peek() {
            Some(_) => about.all(|path| self.tells(rule, path, inputs, true)),
            None => !entry.path.is_pattern() && !path.exists(),
        }
    }

    /// Whether an entry of the file is about a finding.
    fn covers(&self, entry: &Suppress, found: &Diagnostic) -> bool {
        let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        found.code == entry.code.0.code
            && found.path.strip_prefix(&self.base).is_ok_and(|below| entry.path.fits(below))
            && entry.function.as_ref().is_none_or(|name| found.function.as_ref() == Some(name))
            && entry
                .expression
                .as_ref()
                .is_none_or(|said| folded(said) == folded(&found.expression))
    }
}

fn by_code(
    levels: &BTreeMap<super::words::RuleName, RuleLevel>,
) -> BTreeMap<&'static str, RuleLevel> {
    levels.iter().map(|(name, level)| (name.0.code, *level)).collect()
}

/// The suppressions of a file with their places: the line that they begin with.
fn entries(source: &Source) -> Vec<(Suppress, Entry)> {
    let text = SourceFile::new(source.text.clone().into_bytes());
    let entry = |one: &toml::Spanned<Suppress>| {
        let start = one.span().start;
        let line = source.text[start..].lines().next().unwrap_or_default();
        let span = Span::new(start, start + line.trim_end().len());
        let entry = Entry {
            path: source.path.clone(),
            shown: source.shown.clone(),
            span,
            location: text.position(span.start).into(),
            end_location: text.position(span.end).into(),
        };
        (one.get_ref().clone(), entry)
    };
    source.file.suppress.iter().map(entry).collect()
}

/// What the comments allow of the files that have findings and are no inputs.
fn elsewhere(found: &[Diagnostic], inputs: &HashMap<&Path, &Checked>) -> Vec<Allowance> {
    let others: BTreeSet<(&PathBuf, &String)> = found
        .iter()
        .filter(|one| !inputs.contains_key(one.path.as_path()))
        .map(|one| (&one.path, &one.filename))
        .collect();
    let read = others.into_iter().filter_map(|(path, shown)| {
        let source = SourceFile::new(TextOnly.read(path).ok()?);
        Some(allowances(&source, path, shown))
    });
    read.flatten().collect()
}
