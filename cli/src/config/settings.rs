//! What holds for a run: the command line, and below it the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rculint_analyzer::kernel::dotconfig::DotConfig;
use rculint_analyzer::kernel::extra;

use super::file::File;
use super::policy::Policy;
use super::{error, find};
use crate::args::{Check, Language, Level, Reading};
use crate::console::{count, say};
use crate::engine;
use crate::inputs::{self, Plan};

/// What the command line says beside what is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Given<'a> {
    pub select: &'a [String],
    pub ignore: &'a [String],
    pub level: Option<Level>,
    pub fail_level: Option<Level>,
}

impl<'a> From<&'a Check> for Given<'a> {
    fn from(check: &'a Check) -> Given<'a> {
        let Check { select, ignore, level, fail_level, .. } = check;
        Given { select, ignore, level: *level, fail_level: *fail_level }
    }
}

/// The file that counts.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Absolute.
    pub path: PathBuf,
    /// The folder that paths and patterns in it start from.
    pub base: PathBuf,
    /// As messages name it.
    pub shown: String,
    pub text: String,
    pub file: File,
}

/// What holds for a run.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The file, if there is one.
    pub source: Option<Source>,
    /// What to read, and with which headers.
    pub reading: Reading,
    /// The lowest level to print.
    pub level: Option<Level>,
    /// The lowest level that makes the exit status 1.
    pub fail_level: Option<Level>,
    /// What to do with findings.
    pub policy: Arc<Policy>,
}

impl Settings {
    /// Finds and reads the file, and makes the tables of the analyzer those that it wants.
    ///
    /// # Errors
    /// The file cannot be read, or says something that means nothing: a message with the place.
    pub fn load(reading: &Reading, given: Given<'_>) -> Result<Settings, String> {
        let mut reading = reading.clone();
        if let Some(list) = reading.files_from.take() {
            reading.paths.extend(inputs::listed(&list, reading.null)?);
        }
        let source = source(&reading)?;
        let file = source.as_ref().map(|source| source.file.clone()).unwrap_or_default();
        let base = source.as_ref().map(|source| source.base.clone());
        let based = |path: &PathBuf| base.as_ref().map_or(path.clone(), |base| base.join(path));
        reading.include.extend(file.include.iter().map(based));
        reading.kernel_root = reading.kernel_root.or(file.kernel_root.as_ref().map(based));
        if reading.arch.is_empty() {
            reading.arch = file.arch.clone().unwrap_or_default();
        }
        reading.dotconfig = reading.dotconfig.or(file.dotconfig.as_ref().map(based));
        let dotconfig = reading.dotconfig.as_deref().map(dotconfig).transpose()?;
        extra::extend(file.kernel.clone()).map_err(|_| {
            "internal error: the tables were read before the configuration".to_owned()
        })?;
        let policy = Policy::new(source.as_ref(), given, dotconfig).map_err(|e| e.to_string())?;
        Ok(Settings {
            reading,
            level: given.level.or(file.level),
            fail_level: given.fail_level.or(file.fail_level),
            policy: Arc::new(policy),
            source,
        })
    }

    /// The options of a check as the file completes them.
    pub fn complete(&self, options: &Check) -> Check {
        Check {
            reading: self.reading.clone(),
            level: self.level,
            fail_level: self.fail_level,
            ..options.clone()
        }
    }

    /// Finds the files that are to be read.
    ///
    /// # Errors
    /// A path is not there, or there is no such architecture.
    pub fn plan(&self) -> Result<Plan, String> {
        let mut plan = engine::plan(&self.reading)?;
        self.restrict(&mut plan)?;
        Ok(plan)
    }

    /// The same for a check, which asks for no more than its rules look at.
    ///
    /// # Errors
    /// As [`Settings::plan`].
    pub fn check_plan(&self) -> Result<Plan, String> {
        let mut plan = self.plan()?;
        for (options, _) in &mut plan.groups {
            options.wanted = self.policy.selection().wanted();
        }
        Ok(plan)
    }

    /// Leaves out what is excluded, and other architectures.
    ///
    /// # Errors
    /// There is no such architecture.
    pub fn restrict(&self, plan: &mut Plan) -> Result<(), String> {
        let arches = &self.reading.arch;
        let mut excluded = 0;
        for (options, inputs) in &mut plan.groups {
            if let Some(root) = options.kernel_root.as_ref().filter(|_| !arches.is_empty()) {
                let all = root.join("arch");
                known(arches, &all)?;
                inputs.retain(|input| {
                    let below = input.path.strip_prefix(&all).ok();
                    let arch = below.filter(|below| below.components().count() > 1);
                    let arch = arch.and_then(|below| below.components().next());
                    arch.is_none_or(|arch| {
                        arches.iter().any(|one| arch.as_os_str() == one.as_str())
                    })
                });
                options.arches = arches.clone();
            }
            if let Some(language) = self.reading.lang {
                inputs.retain(|input| language.has(&input.path));
                // Rust does nothing that C is asked about.
                options.whole &= language == Language::C;
            }
            let before = inputs.len();
            inputs.retain(|input| !self.excludes(&input.path));
            excluded += before - inputs.len();
            // Who is not looked at may do what nobody else does.
            options.whole &= inputs.len() == before;
        }
        plan.groups.retain(|(_, inputs)| !inputs.is_empty());
        if let Some(source) = self.source.as_ref().filter(|_| excluded > 0 && self.reading.verbose)
        {
            say(&format!("{} excluded by {}", count(excluded, "file"), source.shown));
        }
        Ok(())
    }

    fn excludes(&self, path: &Path) -> bool {
        let Some(source) = &self.source else { return false };
        let below = path.strip_prefix(&source.base);
        below.is_ok_and(|below| source.file.exclude.iter().any(|pattern| pattern.fits(below)))
    }
}

/// The file that counts, read.
fn source(reading: &Reading) -> Result<Option<Source>, String> {
    let path = match &reading.config {
        _ if reading.no_config => None,
        Some(path) => {
            let found = path.canonicalize();
            Some(found.map_err(|error| format!("{}: {error}", path.display()))?)
        }
        None => find::nearest(&reading.paths),
    };
    let Some(path) = path else { return Ok(None) };
    let shown = find::shown(&path);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
    let file = error::read(&shown, &text)?;
    // One that is named may lie anywhere: its patterns are about the files at hand.
    let base = match &reading.config {
        Some(_) => std::env::current_dir().and_then(|here| here.canonicalize()),
        None => Ok(path.parent().unwrap_or(&path).to_owned()),
    };
    let base = base.map_err(|error| format!("current folder: {error}"))?;
    Ok(Some(Source { path, base, shown, text, file }))
}

fn dotconfig(path: &Path) -> Result<DotConfig, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let config = DotConfig::read(&text);
    if config.is_empty() {
        // All code under any option would be left out.
        return Err(format!("{}: sets no CONFIG_ option", path.display()));
    }
    Ok(config)
}

/// Whether the architectures are some that a kernel tree has, if it says which it has.
fn known(arches: &[String], folder: &Path) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let entries = entries.flatten().filter(|entry| entry.path().is_dir());
    let mut there: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    there.sort();
    let Some(missing) = arches.iter().find(|arch| !there.contains(arch)) else { return Ok(()) };
    let likeness = |known: &&String| strsim::jaro_winkler(known, missing);
    let near = there.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = near.filter(|near| likeness(near) > 0.7);
    let near = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
    Err(format!("{} has no architecture '{missing}'{near}", folder.display()))
}
