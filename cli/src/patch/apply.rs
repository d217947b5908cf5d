//! Applying patches to a tree, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rculint_analyzer::files::FileSystem;

use super::hunks::patched;
use super::{FilePatch, Move, Name};
use crate::console::count;
use crate::inputs::is_source;

/// What patches make of a tree.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// The files that differ, by absolute path; `None` for those that are gone.
    pub files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// For each file that was moved or is new, where it was.
    pub origins: BTreeMap<PathBuf, Option<PathBuf>>,
    /// Hunks that did not go where they said, for people.
    pub notes: Vec<String>,
}

/// Applies patches one after the other to the tree at `top`. Only .c, .h and .rs files count.
///
/// # Errors
/// A hunk that does not apply, or a file that is not as the patch says: a message that names it.
pub(crate) fn apply(
    patches: &[FilePatch<'_>],
    files: &dyn FileSystem,
    top: &Path,
) -> Result<Applied, String> {
    let mut state = State { files, top, exact: false, applied: Applied::default() };
    patches.iter().try_for_each(|patch| state.apply(patch))?;
    Ok(state.applied)
}

/// Takes patches back that the tree at `top` has already, the last one first.
///
/// # Errors
/// As [`apply`]; a hunk also has to fit as it is, since what a tree lacks is no reason to look at it
/// as if it were there.
pub(crate) fn take_back(
    patches: &[FilePatch<'_>],
    files: &dyn FileSystem,
    top: &Path,
) -> Result<Applied, String> {
    let mut state = State { files, top, exact: true, applied: Applied::default() };
    patches.iter().rev().try_for_each(|patch| state.apply(&patch.reversed()))?;
    Ok(state.applied)
}

struct State<'a> {
    files: &'a dyn FileSystem,
    top: &'a Path,
    /// Whether every line of a hunk has to be there.
    exact: bool,
    applied: Applied,
}

impl State<'_> {
    fn apply(&mut self, patch: &FilePatch<'_>) -> Result<(), String> {
        let places = self.places(patch);
        let old = patch.old.as_ref().map(|name| self.path(name, places)).transpose()?;
        let new = patch.new.as_ref().map(|name| self.path(name, places)).transpose()?;
        if !old.iter().chain(&new).any(|path| is_source(path)) {
            return Ok(());
        }
        let Some(path) = new.as_ref().or(old.as_ref()) else { return Ok(()) };
        let name = path.strip_prefix(self.top).unwrap_or(path).display().to_string();
        let before = match &old {
            Some(old) => self.read(old).ok_or_else(|| {
                let old = old.strip_prefix(self.top).unwrap_or(old);
                format!("{}: there is no such file to patch", old.display())
            })?,
            None if new.as_ref().is_some_and(|new| self.read(new).is_some()) => {
                return Err(format!("{name}: the patch makes the file, which is there already"));
            }
            None => Vec::new(),
        };
        let (after, placed) = patched(&before, &patch.hunks, patch.returns).map_err(|number| {
            let row = patch.hunks[number].row;
            let hint = match patched(&before, &[patch.hunks[number].reversed()], patch.returns) {
                Ok((_, placed)) if placed[0].fuzz == 0 => "; it seems to be there already",
                _ => "",
            };
            format!("{name}: hunk {} (line {row} of the patch) does not apply{hint}", number + 1)
        })?;
        if self.exact && placed.iter().any(|placed| placed.fuzz > 0) {
            return Err(format!("{name}: not as the patch leaves it"));
        }
        for (number, (hunk, placed)) in patch.hunks.iter().zip(&placed).enumerate() {
            let mut how = Vec::new();
            if placed.offset != 0 {
                let lines = count(placed.offset.unsigned_abs(), "line");
                let way = if placed.offset > 0 { "down" } else { "up" };
                how.push(format!("{lines} further {way} than line {}", hunk.start));
            }
            if placed.fuzz > 0 {
                how.push(format!("with fuzz {}", placed.fuzz));
            }
            if !how.is_empty() {
                let how = how.join(", ");
                self.applied.notes.push(format!("{name}: hunk {} went {how}", number + 1));
            }
        }
        self.put(old, new, patch.moves, after);
        Ok(())
    }

    /// Puts the new text in the place of the old one.
    fn put(
        &mut self,
        old: Option<PathBuf>,
        new: Option<PathBuf>,
        moves: Option<Move>,
        text: Vec<u8>,
    ) {
        let Applied { files, origins, .. } = &mut self.applied;
        let stays = moves != Some(Move::Rename) && new.is_some();
        if let (Some(old), false) = (&old, stays) {
            files.insert(old.clone(), None);
        }
        let Some(new) = new else {
            old.map(|old| origins.remove(&old));
            return;
        };
        match (old, moves) {
            (None, _) | (_, Some(Move::Copy)) => {
                origins.insert(new.clone(), None);
            }
            (Some(old), Some(Move::Rename)) => {
                let origin = origins.remove(&old).unwrap_or(Some(old));
                origins.insert(new.clone(), origin);
            }
            (Some(_), None) => {}
        }
        files.insert(new, Some(text));
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        match self.applied.files.get(path) {
            Some(known) => known.clone(),
            None => self.files.read(path).ok(),
        }
    }

    fn is_there(&self, path: &Path) -> bool {
        match self.applied.files.get(path) {
            Some(known) => known.is_some(),
            None => self.files.is_file(path),
        }
    }

    /// How many folders to leave out before a patch's names: one, as git and most people have it,
    /// unless only the names as they are lead to something.
    fn places(&self, patch: &FilePatch<'_>) -> usize {
        let names: Vec<&Name> =
            [&patch.old, &patch.new].into_iter().flatten().filter(|name| name.prefixed).collect();
        let folder =
            |path: &Path| path.parent().is_some_and(|parent| !self.files.list(parent).is_empty());
        let lead = |left_out: usize, there: &dyn Fn(&Path) -> bool| {
            let mut paths = names.iter().filter_map(|name| self.below(name, left_out));
            paths.any(|path| there(&path))
        };
        let is_there = |path: &Path| self.is_there(path);
        let found =
            [(1, &is_there as &dyn Fn(&Path) -> bool), (0, &is_there), (1, &folder), (0, &folder)]
                .into_iter()
                .find(|(left_out, there)| lead(*left_out, *there));
        found.map_or(1, |(left_out, _)| left_out)
    }

    fn path(&self, name: &Name, left_out: usize) -> Result<PathBuf, String> {
        let left_out = if name.prefixed { left_out } else { 0 };
        self.below(name, left_out).ok_or_else(|| {
            let name = String::from_utf8_lossy(&name.path);
            format!("the patch names '{name}', which is no file below {}", self.top.display())
        })
    }

    /// The path of a name; none where it would lead out of the tree.
    fn below(&self, name: &Name, left_out: usize) -> Option<PathBuf> {
        let path = Path::new(OsStr::from_bytes(&name.path));
        let parts: Vec<Component<'_>> = path.components().collect();
        let plain = parts.iter().all(|part| matches!(part, Component::Normal(_)));
        let rest = parts.get(left_out..).filter(|rest| plain && !rest.is_empty())?;
        Some(self.top.join(rest.iter().collect::<PathBuf>()))
    }
}

impl Applied {
    /// The files that differ, as where they were and where they are.
    pub fn sides(&self) -> BTreeSet<(Option<PathBuf>, Option<PathBuf>)> {
        let moved: BTreeSet<&PathBuf> = self.origins.values().flatten().collect();
        let sides = self.files.iter().filter_map(|(path, text)| match text {
            Some(_) => {
                let origin = self.origins.get(path).cloned();
                Some((origin.unwrap_or_else(|| Some(path.clone())), Some(path.clone())))
            }
            None if moved.contains(path) => None,
            None => Some((Some(path.clone()), None)),
        });
        sides.collect()
    }
}
