//! `rculint check --diff-base`, `--staged` and `--patch`: only what a change brings.
//!
//! The files that a change touches, and those that it can have an effect on, are checked as they are
//! and as they were (`versions.rs`, `users.rs`); what was found before is taken out (`compare.rs`).

mod compare;
mod git;
mod users;
mod versions;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rculint_analyzer::change::{ChangeFacts, FileVersion};
use rculint_analyzer::facts::Dealing;
use rculint_analyzer::{Wanted, Workspace};
use rculint_rules::diagnostic::{Diagnostic, Severity};
use rculint_rules::selection::Selection;
use rculint_rules::{check_change, compares};

use crate::args::{Check, Level};
use crate::check::{self, Checked, Scope};
use crate::config::Settings;
use crate::console::{count, say};
use crate::engine::{self, Results};
use crate::fix;
use crate::inputs::{self, Plan, Request, Within};
use crate::report::{Report, merged, together};
use crate::run::Outcome;
use compare::Before;
use versions::{Touched, Versions};

/// Runs the command on what a change brings; `known` takes out what is known otherwise.
pub(crate) fn run(
    options: &Check,
    settings: &Settings,
    known: &dyn Fn(Report) -> Report,
) -> Outcome {
    let reading = &options.reading;
    let request = engine::request(reading);
    let mut versions = versions(options, &request)?;
    let selection = settings.policy.selection();
    let texts = options.fix || options.diff;
    let scope = Scope { policy: &settings.policy, gaps: options.statistics, texts };
    let (plan, candidates) = after(settings, &request, &versions)?;
    versions.after = engine::with_written(versions.after, &plan);
    let pick = |workspace: &Workspace| match candidates {
        true => workspace.seeing(&now(&versions.touched)),
        false => (0..workspace.inputs().len()).collect(),
    };
    let reannotated = compares(selection) && !users::reannotated(&versions).is_empty();
    let touched = now(&versions.touched);
    let work = |workspace: &Workspace, index| {
        let mut checked = check::check_file(workspace, versions.after.as_ref(), index, &scope)?;
        if reannotated && touched.contains(&workspace.inputs()[index].path) {
            checked.declared = workspace.declared(index)?;
        }
        Ok(checked)
    };
    let results = engine::run_some(plan.clone(), &versions.after, reading, pick, work)?;
    let mut results = Results { policy: Some(settings.policy.clone()), ..results };
    if reading.verbose {
        let others = results.files.iter().filter(|(one, _)| !is_touched(&versions, &one.path));
        say(&format!(
            "looking at {} that changed and {} that can be affected",
            count(results.files.len() - others.clone().count(), "file"),
            count(others.count(), "file")
        ));
    }
    let level = check::level(options).min(options.fail_level.unwrap_or(Level::Warning).into());
    let old =
        before((settings, &request), &versions, &plan, &scope, (level, reannotated), &results)?;
    // What went wrong may be the reason for a finding that looks new.
    let known_problems = results.problems.clone();
    let more = old.problems.iter().filter(|problem| !known_problems.contains(problem));
    results.problems.extend(more.cloned());
    let compared = compared(&old, &results, &versions);
    let before = RefCell::new(Before::new(&merged(&old), &versions.touched, &results.tops));
    let fresh = |results: &Results<Checked>| {
        let report = Report::of(&with_compared(results, &compared)).from_level(level);
        known(before.borrow_mut().fresh(&report, &versions))
    };
    if options.fix || options.diff {
        return fix::run(options, plan, results, &scope, &fresh);
    }
    check::tell(options, &results, &fresh(&results), &versions.after)
}

/// Both versions of the tree.
fn versions(options: &Check, request: &Request) -> Result<Versions, String> {
    let folder = folder(&request.paths)?;
    match (&options.new.diff_base, &options.new.patch) {
        (Some(revision), _) => versions::since(&folder, revision),
        (None, Some(file)) => versions::with_patch(options, &folder, file),
        (None, None) => versions::staged(&folder),
    }
}

/// The folder of the first path: git is asked there. Not in a hook, which git tells by names that are
/// relative to the current folder where to look.
fn folder(paths: &[PathBuf]) -> Result<PathBuf, String> {
    if ["GIT_DIR", "GIT_INDEX_FILE"].iter().any(|name| std::env::var_os(name).is_some()) {
        return std::env::current_dir().map_err(|error| format!("the current folder: {error}"));
    }
    let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
    let found = first.canonicalize().map_err(|error| format!("{}: {error}", first.display()))?;
    match found.parent() {
        Some(parent) if !found.is_dir() => Ok(parent.to_owned()),
        _ => Ok(found),
    }
}

/// What to check as it is now, and whether files are among it that the change may have no effect on.
fn after(
    settings: &Settings,
    request: &Request,
    versions: &Versions,
) -> Result<(Plan, bool), String> {
    let within = Within::new(&request.paths)?;
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for path in versions.touched.iter().filter_map(|one| one.new.as_ref()) {
        files.extend(within.shown(path).map(|shown| (path.clone(), shown)));
    }
    let mut problems = Vec::new();
    let names = users::names(versions);
    if !names.is_empty() {
        let all = inputs::plan(request)?;
        problems = all.problems;
        let rest: BTreeMap<PathBuf, String> = all
            .groups
            .into_iter()
            .flat_map(|(_, inputs)| inputs)
            .filter(|input| !files.contains_key(&input.path))
            .map(|input| (input.path, input.shown))
            .collect();
        let paths = rest.keys().cloned().collect();
        let found = engine::pool((&settings.reading).into())?
            .install(|| users::mentioning(versions.after.as_ref(), paths, &names));
        if settings.reading.verbose {
            let list: Vec<&str> = names.iter().map(String::as_str).collect();
            let files = count(found.len(), "file");
            say(&format!("what is said of __rcu changed for {}: in {files} more", list.join(", ")));
        }
        files.extend(
            found
                .into_iter()
                .filter_map(|path| rest.get_key_value(&path))
                .map(|(path, shown)| (path.clone(), shown.clone())),
        );
    }
    let plan = planned(files, settings, request)?;
    Ok((Plan { problems, ..plan }, !names.is_empty()))
}

/// What only both versions together show.
fn compared(
    before: &Results<Checked>,
    after: &Results<Checked>,
    versions: &Versions,
) -> Vec<Diagnostic> {
    fn sides(results: &Results<Checked>) -> Vec<FileVersion<'_>> {
        let mut sides = Vec::new();
        for (input, Checked { dealings, declared, .. }) in &results.files {
            sides.push(FileVersion { path: &input.path, dealings, declared });
        }
        sides
    }
    let moved =
        versions.touched.iter().filter_map(|one| Some((one.new.clone()?, one.old.clone()?)));
    check_change(&ChangeFacts::new(&sides(before), &sides(after), &moved.collect()))
}

/// The results with what only both versions show in its files, where suppressions and levels of a
/// configuration are about it as well.
fn with_compared(results: &Results<Checked>, compared: &[Diagnostic]) -> Results<Checked> {
    let mut all = results.clone();
    for found in compared {
        if let Some((_, checked)) = all.files.iter_mut().find(|(one, _)| one.path == found.path) {
            checked.diagnostics.push(found.clone());
        }
    }
    all
}

/// What was found before in the files that have findings now, from a level on, and in those where a
/// comparison can show something.
fn before(
    (settings, request): (&Settings, &Request),
    versions: &Versions,
    plan: &Plan,
    scope: &Scope<'_>,
    (level, reannotated): (Severity, bool),
    results: &Results<Checked>,
) -> Result<Results<Checked>, String> {
    let moved: BTreeMap<&PathBuf, Option<&PathBuf>> = versions
        .touched
        .iter()
        .filter_map(|one| Some((one.new.as_ref()?, one.old.as_ref())))
        .collect();
    let old = |path: &PathBuf| match moved.get(path) {
        Some(old) => old.cloned(),
        None => Some(path.clone()),
    };
    // What files of a change do not see of each other any more, they did see before.
    let within = Within::new(&request.paths)?;
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for path in versions.touched.iter().filter_map(|one| one.old.as_ref()) {
        files.extend(within.shown(path).map(|shown| (path.clone(), shown)));
    }
    for input in plan.groups.iter().flat_map(|(_, inputs)| inputs) {
        files.extend(old(&input.path).map(|path| (path, input.shown.clone())));
    }
    let counts = |one: &Diagnostic| one.severity >= level;
    // What is found in files together needs all of them again.
    let common = together(results);
    let in_common = common.iter().any(counts);
    let compares =
        |checked: &Checked| reannotated || checked.dealings.iter().any(Dealing::is_silent);
    let allows = |checked: &Checked| !checked.allowances.is_empty();
    let asked = |checked: &Checked| {
        compares(checked)
            || allows(checked)
            || checked.diagnostics.iter().any(counts)
            || in_common && checked.inferred.any()
    };
    let with_findings = results.files.iter().filter(|(_, checked)| asked(checked));
    let wanted: BTreeSet<PathBuf> =
        with_findings.filter_map(|(input, _)| old(&input.path)).collect();
    if wanted.is_empty() {
        let (files, problems) = (Vec::new(), Vec::new());
        return Ok(Results { files, problems, ..results.clone() });
    }
    let mut plan = planned(files, settings, request)?;
    let any = |is: &dyn Fn(&Checked) -> bool| results.files.iter().any(|(_, checked)| is(checked));
    // What is allowed for nothing depends on all rules.
    if !any(&allows) {
        let found = results.files.iter().flat_map(|(_, checked)| &checked.diagnostics);
        let wanted = wanted_for(found.chain(&common).filter(|one| counts(one)));
        let wanted = Wanted { dealings: any(&compares), ..wanted };
        plan.groups.iter_mut().for_each(|(options, _)| options.wanted = wanted);
    }
    let files = engine::with_written(versions.before.clone(), &plan);
    let pick = |workspace: &Workspace| {
        let inputs = workspace.inputs().iter().enumerate();
        inputs.filter(|(_, input)| wanted.contains(&input.path)).map(|(index, _)| index).collect()
    };
    let work = |workspace: &Workspace, index| {
        let scope = Scope { gaps: false, texts: false, ..*scope };
        let mut checked = check::check_file(workspace, files.as_ref(), index, &scope)?;
        let path = &workspace.inputs()[index].path;
        if reannotated && versions.touched.iter().any(|one| one.old.as_ref() == Some(path)) {
            checked.declared = workspace.declared(index)?;
        }
        Ok(checked)
    };
    let old = engine::run_some(plan, &files, &settings.reading, pick, work)?;
    Ok(Results { policy: results.policy.clone(), ..old })
}

/// What rules look at that can find the like of these findings.
fn wanted_for<'d>(found: impl Iterator<Item = &'d Diagnostic>) -> Wanted {
    let codes: BTreeSet<&str> = found.map(|one| one.code).collect();
    // A selection of nothing is that of the default rules.
    if codes.is_empty() {
        return Wanted::NOTHING;
    }
    let codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
    Selection::new(&codes, &[]).expect("findings have codes of rules").wanted()
}

/// The plan of a check of these files, for what the rules and a comparison need.
fn planned(
    files: BTreeMap<PathBuf, String>,
    settings: &Settings,
    request: &Request,
) -> Result<Plan, String> {
    let mut plan =
        Plan { groups: inputs::groups(files.into_iter().collect(), request)?, ..Plan::default() };
    settings.restrict(&mut plan)?;
    engine::built(&mut plan, &settings.reading)?;
    let selection = settings.policy.selection();
    let wanted = Wanted { dealings: compares(selection), ..selection.wanted() };
    plan.groups.iter_mut().for_each(|(options, _)| options.wanted = wanted);
    Ok(plan)
}

/// Where the files of a change are now.
fn now(touched: &[Touched]) -> BTreeSet<PathBuf> {
    touched.iter().filter_map(|one| one.new.clone()).collect()
}

fn is_touched(versions: &Versions, path: &PathBuf) -> bool {
    versions.touched.iter().any(|one| one.new.as_ref() == Some(path))
}
