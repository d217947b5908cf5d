//! What a change of the code did to annotations: two versions of files side by side.

mod declared;
mod names;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use declared::Declared;
pub(crate) use declared::declared;
pub use names::{Declarations, reannotated};

use crate::facts::{Dealing, DealingKind, Declaration};

/// What is known of a version of a file.
#[derive(Clone, Copy, Debug)]
pub struct FileVersion<'a> {
    /// Where it is in this version.
    pub path: &'a Path,
    /// What is done with annotated pointers there.
    pub dealings: &'a [Dealing],
    /// What it declares; only of files that the change touches.
    pub declared: &'a [Declared],
}

/// What a change did.
#[derive(Clone, Debug, Default)]
pub struct ChangeFacts {
    /// Annotations that are gone from declarations that are still there.
    pub lost: Vec<Lost>,
    /// Places that say nothing any more.
    pub silenced: Vec<Silenced>,
}

/// A declaration that has lost an annotation.
#[derive(Clone, Debug)]
pub struct Lost {
    /// As it was.
    pub before: Declaration,
    /// As it is.
    pub after: Declaration,
    /// The accessors that are applied to it still.
    pub still: Vec<Dealing>,
    /// Accessors were applied to it, and none is now: it is not protected by RCU any more, as far as
    /// can be told.
    pub given_up: bool,
}

/// Something that says nothing, added where an accessor or a finding is gone.
#[derive(Clone, Debug)]
pub struct Silenced {
    /// What was added.
    pub dealing: Dealing,
    /// What is gone: `Plain` stands for a finding.
    pub was: DealingKind,
}

impl ChangeFacts {
    /// Compares two versions of the same files. `moved` has the old place of those that were moved.
    pub fn new(
        before: &[FileVersion<'_>],
        after: &[FileVersion<'_>],
        moved: &BTreeMap<PathBuf, PathBuf>,
    ) -> ChangeFacts {
        let mut facts = ChangeFacts { lost: lost(before, after), silenced: Vec::new() };
        for file in after {
            let old = moved.get(file.path).map_or(file.path, PathBuf::as_path);
            let Some(old) = before.iter().find(|before| before.path == old) else { continue };
            facts.silenced.append(&mut silenced(old.dealings, file.dealings));
        }
        facts
    }
}

fn lost(before: &[FileVersion<'_>], after: &[FileVersion<'_>]) -> Vec<Lost> {
    let by_name = |files: &[FileVersion<'_>]| {
        let mut names: BTreeMap<String, Vec<Declared>> = BTreeMap::new();
        for one in files.iter().flat_map(|file| file.declared) {
            names.entry(one.declaration.name.clone()).or_default().push(one.clone());
        }
        names
    };
    let now = by_name(after);
    let mut lost = Vec::new();
    for (name, old) in by_name(before) {
        let Some(new) = now.get(&name) else { continue };
        // Arms of an #if may say different things.
        let annotated = |all: &[Declared]| all.iter().filter(|one| one.is_annotated()).count();
        if annotated(new) >= annotated(&old) {
            continue;
        }
        let pairs =
            new.iter().filter_map(|new| Some((old.iter().find(|old| new.lost_since(old))?, new)));
        for (old, new) in pairs {
            let (was, is) = (&old.declaration, &new.declaration);
            let still = accessors(after, is);
            let given_up = still.is_empty() && !accessors(before, was).is_empty();
            lost.push(Lost { before: was.clone(), after: is.clone(), still, given_up });
        }
    }
    lost
}

/// The accessors that are applied to what a declaration declares.
fn accessors(files: &[FileVersion<'_>], declaration: &Declaration) -> Vec<Dealing> {
    let about = |one: &&Dealing| {
        let of = &one.declaration;
        one.is_accessor() && of.path == declaration.path && of.span == declaration.span
    };
    files.iter().flat_map(|file| file.dealings).filter(about).cloned().collect()
}

/// In each function and for each declaration: as many silent places as are new, where as many
/// accessors or findings are gone.
fn silenced(before: &[Dealing], after: &[Dealing]) -> Vec<Silenced> {
    let grouped = |all: &[Dealing]| {
        let mut groups: BTreeMap<(Option<String>, String), Vec<Dealing>> = BTreeMap::new();
        for one in all.iter().filter(|one| one.annotated) {
            let key = (one.function.clone(), one.declaration.name.clone());
            groups.entry(key).or_default().push(one.clone());
        }
        groups
    };
    let (old, new) = (grouped(before), grouped(after));
    let mut found = Vec::new();
    for (key, new) in new {
        let Some(old) = old.get(&key) else { continue };
        let text = |one: &Dealing| one.place.name.split_whitespace().collect::<String>();
        let mut known: Vec<String> = old.iter().filter(|one| one.is_silent()).map(text).collect();
        let added = new.iter().filter(|one| one.is_silent()).filter(|one| {
            let at = known.iter().position(|known| *known == text(one));
            at.map(|at| known.swap_remove(at)).is_none()
        });
        let gone = [DealingKind::Plain].into_iter().chain(accessor_kinds(old)).flat_map(|kind| {
            let number = |all: &[Dealing]| all.iter().filter(|one| one.kind == kind).count();
            let fewer = number(old).saturating_sub(number(&new));
            std::iter::repeat_n(kind, fewer)
        });
        let pairs = added.cloned().zip(gone);
        found.extend(pairs.map(|(dealing, was)| Silenced { dealing, was }));
    }
    found
}

fn accessor_kinds(all: &[Dealing]) -> Vec<DealingKind> {
    let mut kinds: Vec<DealingKind> = Vec::new();
    for one in all {
        if matches!(one.kind, DealingKind::Accessor(_)) && !kinds.contains(&one.kind) {
            kinds.push(one.kind.clone());
        }
    }
    kinds
}
