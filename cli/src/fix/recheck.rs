//! Checking changed files without writing them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rculint_analyzer::files::{FileSystem, Overlay};
use rculint_analyzer::{Input, Workspace};

use super::changes::Changes;
use super::rounds::{Recheck, Which};
use crate::args::Check;
use crate::check::{self, Checked, Scope};
use crate::console::{count, say};
use crate::engine;
use crate::inputs::Plan;

/// Checks the files of a plan as the options say.
pub(crate) struct Rechecker<'a> {
    options: &'a Check,
    plan: &'a Plan,
    scope: Scope<'a>,
    disk: Arc<dyn FileSystem>,
}

impl<'a> Rechecker<'a> {
    /// Files are read from disk where they are not changed.
    pub fn new(options: &'a Check, plan: &'a Plan, scope: Scope<'a>) -> Rechecker<'a> {
        Rechecker { options, plan, scope, disk: engine::disk(plan) }
    }

    /// The part of the plan that is about some files. Those that are no inputs join the kernel
    /// tree they lie in.
    fn part(&self, changes: &Changes, only: &BTreeSet<PathBuf>) -> Plan {
        let mut rest = only.clone();
        let mut groups = self.plan.groups.clone();
        for (options, inputs) in &mut groups {
            options.whole = false;
            inputs.retain(|input| rest.remove(&input.path));
        }
        for path in rest {
            let holds = |root: &PathBuf| path.starts_with(root);
            let own = groups
                .iter()
                .position(|(options, _)| options.kernel_root.as_ref().is_some_and(holds))
                .unwrap_or(0);
            if let (Some((_, inputs)), Some(change)) = (groups.get_mut(own), changes.get(&path)) {
                inputs.push(Input { path, shown: change.shown.clone() });
            }
        }
        groups.retain(|(_, inputs)| !inputs.is_empty());
        Plan { groups, ..Plan::default() }
    }
}

impl Recheck for Rechecker<'_> {
    fn recheck(
        &self,
        changes: &Changes,
        which: Which<'_>,
    ) -> Result<Vec<(Input, Checked)>, String> {
        let mut changed = std::collections::BTreeMap::new();
        for (path, change) in changes.iter() {
            // Includes may name the file by a symbolic link, or find what the link leads to.
            if let Ok(real) = path.canonicalize() {
                changed.insert(real, change.after.clone());
            }
            changed.insert(path.clone(), change.after.clone());
        }
        let files: Arc<dyn FileSystem> = Arc::new(Overlay::new(self.disk.clone(), changed));
        if self.options.reading.verbose {
            let files = count(changes.iter().count(), "edited file");
            say(&match which {
                Which::All => format!("{files}: checking everything again"),
                Which::Only(only) => format!("{files}: checking {} again", only.len()),
                Which::Seeing(_) => format!("{files}: checking what includes them again"),
            });
        }
        let all = || Plan { groups: self.plan.groups.clone(), ..Plan::default() };
        let (plan, seen) = match which {
            Which::All => (all(), None),
            Which::Only(only) => (self.part(changes, only), None),
            Which::Seeing(touched) => (all(), Some(touched)),
        };
        let pick = |workspace: &Workspace| match seen {
            Some(touched) => workspace.seeing(touched),
            None => (0..workspace.inputs().len()).collect(),
        };
        let work = |workspace: &Workspace, index| {
            check::check_file(workspace, files.as_ref(), index, &self.scope)
        };
        Ok(engine::run_some(plan, &files, &self.options.reading, pick, work)?.files)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }
}
