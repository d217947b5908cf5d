//! `rculint check`.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use rculint_analyzer::Workspace;
use rculint_analyzer::change::Declared;
use rculint_analyzer::facts::{Dealing, FileStatistics, InferredFacts};
use rculint_analyzer::files::FileSystem;
use rculint_analyzer::kernel::dotconfig::DotConfig;
use rculint_analyzer::rust::{RustStatistics, is_rust};
use rculint_analyzer::text::Span;
use rculint_rules::diagnostic::{Diagnostic, Severity};
use rculint_rules::suppression::{Allowance, allowances};
use rculint_rules::{Context, check};

use crate::args::{Check, Format, Level};
use crate::baseline::{self, Baseline, Looked};
use crate::cache::Cache;
use crate::config::{Given, Policy, Settings};
use crate::console::{count, say};
use crate::engine::{self, Results};
use crate::fix;
use crate::format::{Folded, Run};
use crate::inputs::Plan;
use crate::output;
use crate::report::{Report, tree_path};
use crate::run::{Failure, Outcome};
use crate::statistics::{Located, Statistics};
use crate::{CLEAN, FOUND, TROUBLE, change};

/// What a check of one file yields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    /// The findings, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// What was read.
    pub statistics: FileStatistics,
    /// The gaps, with positions; only if asked for.
    pub gaps: Vec<Located>,
    /// What was read of it, if it is Rust.
    pub rust: Option<RustStatistics>,
    /// What may be found together with other files.
    pub inferred: InferredFacts,
    /// What is done with annotated pointers, and what is declared; only where versions are compared.
    pub dealings: Vec<Dealing>,
    pub declared: Vec<Declared>,
    /// What its comments allow.
    pub allowances: Vec<Allowance>,
    /// The text, if the file has findings and it was asked for.
    pub text: Option<Vec<u8>>,
    /// It was not looked at: a `.config` has Kbuild leave it out.
    pub left_out: bool,
}

/// What to look for in a file, and what to keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The rules, and what is to be done with their findings.
    pub policy: &'a Arc<Policy>,
    /// Keep the gaps with their positions.
    pub gaps: bool,
    /// Keep the texts of files that have findings.
    pub texts: bool,
}

/// Runs the command.
pub(crate) fn run(options: &Check) -> Outcome {
    let settings = Settings::load(&options.reading, Given::from(options))?;
    let options = &settings.complete(options);
    output::can_be_written(options)?;
    let baseline = options.new.baseline.as_deref().map(Baseline::read).transpose()?;
    let without = |report: Report| match &baseline {
        Some(baseline) => baseline.without(&report),
        None => report,
    };
    if options.new.is_change() {
        return change::run(options, &settings, &without);
    }
    let plan = settings.check_plan()?;
    let fixes = options.fix || options.diff;
    let scope = Scope { policy: &settings.policy, gaps: options.statistics, texts: fixes };
    let files = engine::disk(&plan);
    let to_fix = fixes.then(|| plan.clone());
    let results = check_all(options, plan, &files, &scope)?;
    if let Some(plan) = to_fix {
        return fix::run(options, plan, results, &scope, &|results| without(Report::of(results)));
    }
    let report = Report::of(&results);
    let checked = results.files.iter().map(|(one, _)| one);
    let looked = Looked {
        selection: settings.policy.selection(),
        files: checked.map(|one| tree_path(&one.path, &one.shown, &results.tops)).collect(),
        whole: results.whole,
    };
    if let Some(path) = &options.new.write_baseline {
        results.problems.iter().for_each(|problem| say(problem));
        // What could not be checked would be missing.
        if results.problems.is_empty() {
            let level = options.level.map_or(Severity::Warning, Severity::from);
            baseline::write(path, &report, level, &looked)?;
        }
        return Ok(if results.problems.is_empty() { CLEAN } else { TROUBLE });
    }
    if let Some(baseline) = &baseline {
        baseline.tell_stale(&report, &looked);
    }
    let told = tell(options, &results, &without(report), &files);
    // The process ends here: to take apart what is known of all files is time for nothing.
    std::mem::forget(results);
    told
}

/// Checks all files of a plan.
pub(crate) fn check_all(
    options: &Check,
    plan: Plan,
    files: &Arc<dyn FileSystem>,
    scope: &Scope<'_>,
) -> Result<Results<Checked>, String> {
    let results = match Cache::of(options, &plan, scope) {
        Some(cache) => cache.check(options, plan, files, scope)?,
        None => engine::run(plan, files, &options.reading, |workspace, index| {
            check_file(workspace, files.as_ref(), index, scope)
        })?,
    };
    Ok(Results { policy: Some(scope.policy.clone()), ..results })
}

/// Prints what is reported of the results, which were read from `files`, and says how it went.
pub(crate) fn tell(
    options: &Check,
    results: &Results<Checked>,
    report: &Report,
    files: &Arc<dyn FileSystem>,
) -> Outcome {
    let mut statistics = Statistics::new(results.problems.len());
    for (_, checked) in &results.files {
        statistics.add(checked);
    }
    statistics.count(report.diagnostics());
    let level = level(options);
    let shown = report.from_level(level);
    let all = options.all || options.format != Format::Human;
    let folded = Folded::new(shown.diagnostics(), all).of(files.clone());
    let fail = Severity::from(options.fail_level.unwrap_or(Level::Warning));
    let run = Run {
        counts: statistics.counts,
        problems: results.problems.clone(),
        fail,
        files: files.clone(),
    };
    let printed = output::write(options, &shown, &folded, &run);
    for problem in &results.problems {
        say(problem);
    }
    match printed {
        // The reader has seen enough; the exit status still tells what was found.
        Err(Failure::Pipe) => {}
        other => other?,
    }
    let left_out = results.files.iter().filter(|(_, checked)| checked.left_out).count();
    if options.reading.verbose && left_out > 0 {
        say(&format!("the configuration leaves {} out of the kernel", count(left_out, "file")));
    }
    if options.reading.verbose {
        for (input, checked) in &results.files {
            for gap in checked.statistics.broken.iter().filter(|_| checked.rust.is_some()) {
                say(&format!("{}: {}", input.shown, gap.reason));
            }
        }
    }
    if options.statistics {
        say(statistics.render(options.reading.verbose).trim_end());
    }
    if options.timings {
        say(results.timings.render().trim_end());
    }
    if options.format.is_for_people() && !options.reading.quiet {
        say(&summary(report, level, statistics.counts.files, &folded));
        if let Some(line) = fix::fixable(options, report) {
            say(&line);
        }
    }
    Ok(if !results.problems.is_empty() {
        TROUBLE
    } else if report.diagnostics().any(|diagnostic| diagnostic.severity >= fail) {
        FOUND
    } else {
        CLEAN
    })
}

/// Checks one file.
///
/// # Errors
/// It could not be read.
pub(crate) fn check_file(
    workspace: &Workspace,
    files: &dyn FileSystem,
    index: usize,
    scope: &Scope<'_>,
) -> io::Result<Checked> {
    let input = &workspace.inputs()[index];
    if scope.policy.dotconfig().is_some_and(|config| workspace.is_left_out(index, config)) {
        return Ok(Checked { left_out: true, ..Checked::default() });
    }
    let facts = workspace.analyze(index)?;
    let has_gaps = !facts.statistics.broken.is_empty() || !facts.statistics.untyped.is_empty();
    let mut checked = Checked::default();
    if facts.any() || (scope.gaps && has_gaps) {
        let source = engine::source(files, input)?;
        let context =
            Context { path: &input.path, shown: &input.shown, source: &source, facts: &facts };
        checked.diagnostics = check(&context, scope.policy.selection());
        checked.allowances = allowances(&source, &input.path, &input.shown);
        if let Some(config) = scope.policy.dotconfig() {
            leave_out(config, files, &context, &mut checked);
        }
        if scope.gaps {
            let gaps = facts.statistics.broken.iter().chain(&facts.statistics.untyped);
            checked.gaps = gaps.map(|gap| Located::new(&input.shown, &source, gap)).collect();
        }
        if scope.texts && !checked.diagnostics.is_empty() {
            checked.text = Some(source.bytes().to_vec());
        }
    }
    checked.statistics = facts.statistics;
    checked.rust = facts.rust.statistics;
    checked.inferred = facts.inferred;
    checked.dealings = facts.dealings;
    Ok(checked)
}

/// Takes away what a `.config` leaves out, wherever it stands.
fn leave_out(
    config: &DotConfig,
    files: &dyn FileSystem,
    context: &Context<'_>,
    checked: &mut Checked,
) {
    let within = |out: &[Span], span: Span| out.iter().any(|out| out.contains(span));
    // Conditions of Rust are attributes, which are not looked at.
    let out = match is_rust(context.path) {
        true => Vec::new(),
        false => config.left_out(context.source.bytes()),
    };
    let mut known = BTreeMap::from([(context.path.to_owned(), out)]);
    checked.allowances.retain(|one| !within(&known[&one.path], one.span));
    checked.diagnostics.retain(|found| {
        let out = known.entry(found.path.clone()).or_insert_with(|| {
            files.read(&found.path).map(|bytes| config.left_out(&bytes)).unwrap_or_default()
        });
        !within(out, found.span)
    });
}

/// The lowest level printed: people see notes only if they ask.
pub(crate) fn level(options: &Check) -> Severity {
    match (options.level, options.format) {
        (Some(level), _) => level.into(),
        (None, format) if format.has_all_levels() => Severity::Note,
        (None, _) => Severity::Warning,
    }
}

/// The last line for people.
fn summary(report: &Report, level: Severity, files: usize, folded: &Folded<'_>) -> String {
    let number = |severity| report.diagnostics().filter(|d| d.severity == severity).count();
    let (errors, warnings, notes) =
        (number(Severity::Error), number(Severity::Warning), number(Severity::Note));
    let hidden = |severity: Severity| if severity < level { " (not shown)" } else { "" };
    let mut parts = Vec::new();
    for (number, severity) in
        [(errors, Severity::Error), (warnings, Severity::Warning), (notes, Severity::Note)]
    {
        if number > 0 {
            parts.push(format!("{}{}", count(number, severity.as_str()), hidden(severity)));
        }
    }
    let files = count(files, "file");
    let suppressed = report.suppressed.len();
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    if parts.is_empty() {
        return format!("no findings in {files}");
    }
    let mut line = format!("{} in {files}", parts.join(", "));
    if folded.findings() > 0 {
        let findings = count(folded.findings(), "finding");
        let declarations = count(folded.declarations(), "declaration");
        line += &format!(" ({findings} folded into {declarations}; --all shows each)");
    }
    line
}
