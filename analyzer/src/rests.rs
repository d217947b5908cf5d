//! What the facts of an input rest on beside itself and what it sees through includes, for whoever
//! keeps them: noted where it is asked for, on the thread that asks, while somebody collects.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::text::directives::Key;

/// What something rests on; each sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rests {
    /// The inputs that were looked into: their texts, and what they see.
    pub inputs: Vec<u32>,
    /// What was asked of functions in other files: of these names, cut short. Two names may be one here.
    pub names: Vec<u32>,
    /// Folders, and single files, of which it matters which accessors they call and how.
    pub calls: Vec<PathBuf>,
    /// Folders of which it matters by which members they put something behind a grace period.
    pub heads: Vec<PathBuf>,
    /// Files that were looked at.
    pub files: Vec<PathBuf>,
}

impl Rests {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Rests::default()
    }
}

/// What something that several results share rests on; `None` if on nothing.
pub(crate) type Shared = Option<Arc<Rests>>;

/// What is collected for one result.
#[derive(Default)]
struct Frame {
    inputs: FxHashSet<u32>,
    names: FxHashSet<u32>,
    calls: FxHashSet<PathBuf>,
    heads: FxHashSet<PathBuf>,
    files: FxHashSet<PathBuf>,
    /// What of it is shared, by address, so that nothing is taken in twice.
    taken: FxHashSet<usize>,
    /// Keeps the addresses from being used again.
    kept: Vec<Arc<Rests>>,
}

impl Frame {
    fn take(&mut self, shared: &Arc<Rests>) {
        if self.taken.insert(Arc::as_ptr(shared) as usize) {
            self.inputs.extend(&shared.inputs);
            self.names.extend(&shared.names);
            self.calls.extend(shared.calls.iter().cloned());
            self.heads.extend(shared.heads.iter().cloned());
            self.files.extend(shared.files.iter().cloned());
            self.kept.push(shared.clone());
        }
    }

    fn rests(&mut self) -> Rests {
        Rests {
            inputs: sorted(&mut self.inputs),
            names: sorted(&mut self.names),
            calls: sorted(&mut self.calls),
            heads: sorted(&mut self.heads),
            files: sorted(&mut self.files),
        }
    }
}

fn sorted<T: Ord>(set: &mut FxHashSet<T>) -> Vec<T> {
    let mut all: Vec<T> = std::mem::take(set).into_iter().collect();
    all.sort_unstable();
    all
}

thread_local! {
    static FRAMES: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// Takes its frame away, whatever happens.
struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        FRAMES.with_borrow_mut(|frames| drop(frames.pop()));
    }
}

/// Does `work`, and says what it rested on, as far as that was asked for on this thread.
pub fn collect<T>(work: impl FnOnce() -> T) -> (T, Rests) {
    FRAMES.with_borrow_mut(|frames| frames.push(Frame::default()));
    let open = Open;
    let value = work();
    let rests =
        FRAMES.with_borrow_mut(|frames| frames.last_mut().map(Frame::rests).unwrap_or_default());
    drop(open);
    (value, rests)
}

/// Does work whose value is kept for others: they rest on the same ([`again`]). Whoever asks for it
/// now has to be told like them.
pub(crate) fn shared<T>(work: impl FnOnce() -> T) -> (T, Shared) {
    if !FRAMES.with_borrow(|frames| !frames.is_empty()) {
        return (work(), None);
    }
    let (value, rests) = collect(work);
    (value, (!rests.is_empty()).then(|| Arc::new(rests)))
}

/// Something that was kept is used.
pub(crate) fn again(shared: &Shared) {
    if let Some(shared) = shared {
        with(|frame| frame.take(shared));
    }
}

/// An input is looked into.
pub(crate) fn on_input(input: u32) {
    with(|frame| {
        frame.inputs.insert(input);
    });
}

/// What is asked about a name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    /// Whether functions of the name sleep.
    Sleep,
    /// What they take and release.
    Balance,
    /// Who calls them.
    Callers,
    /// Whether a member is used.
    Head,
    /// Whether they want a reader section.
    Reads,
}

/// Something is asked about a name in all files.
pub(crate) fn on_name(name: Key, about: About) {
    with(|frame| {
        frame.names.insert(short(name, about));
    });
}

/// It matters which accessors a file, or the files of a folder, call.
pub(crate) fn on_calls(path: &Path) {
    with(|frame| note(&mut frame.calls, path));
}

/// It matters by which members the files of a folder put something behind a grace period.
pub(crate) fn on_heads(folder: &Path) {
    with(|frame| note(&mut frame.heads, folder));
}

/// A file is looked at.
pub(crate) fn on_file(file: &Path) {
    with(|frame| note(&mut frame.files, file));
}

fn note(known: &mut FxHashSet<PathBuf>, path: &Path) {
    if !known.contains(path) {
        known.insert(path.to_owned());
    }
}

/// A question, cut short.
pub(crate) fn short(name: Key, about: About) -> u32 {
    (name ^ (name >> 32)) as u32 ^ (about as u32).wrapping_mul(0x9e37_79b9)
}

fn with(note: impl FnOnce(&mut Frame)) {
    FRAMES.with_borrow_mut(|frames| frames.last_mut().map(note));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_for_all_who_use_it() {
        let mut kept = None;
        let ((), first) = collect(|| {
            on_input(1);
            let ((), known) = shared(|| {
                on_name(7, About::Sleep);
                on_calls(Path::new("/a"));
            });
            again(&known);
            kept = known;
        });
        assert_eq!(first.inputs, [1]);
        assert_eq!(first.names, [7]);
        let ((), second) = collect(|| {
            again(&kept);
            again(&kept);
        });
        assert!(second.inputs.is_empty());
        assert_eq!((second.names, second.calls), (first.names, first.calls));
        let ((), third) = collect(|| again(&shared(|| ()).1));
        assert!(third.is_empty());
    }

    #[test]
    fn nobody_collects() {
        on_input(1);
        let (value, known) = shared(|| {
            on_input(2);
            3
        });
        assert_eq!((value, known), (3, None));
    }

    #[test]
    fn a_panic_leaves_no_frame() {
        let work = || collect(|| -> u32 { panic!("dropped") });
        assert!(std::panic::catch_unwind(work).is_err());
        on_input(1);
        assert_eq!(collect(|| on_input(2)).1.inputs, [2]);
        assert!(FRAMES.with_borrow(Vec::is_empty));
    }
}
