//! What is known of functions that stand in other files than the one that is looked at: who calls
//! and what calls of them do, from a digest of the tokens of every file ([`digest`]), and from their bodies where
//! the digest says that there is something to learn.
//!
//! There is nothing where one file is checked by itself. What is known here adds to what a file
//! shows; it never replaces it.

mod digest;
mod digests;
mod groups;
mod reads;
mod sleepers;
mod tables;

use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

pub(crate) use digest::Digest;
pub use digests::{Digests, OfCode, OfHeader, Whose, print_of};
pub(crate) use sleepers::Asleep;
pub use tables::Tables;

use crate::evidence::heads::UsedHead;
use crate::flow::bare::Without;
use crate::flow::elsewhere::Net;
use crate::rests::{self, About, Shared};
use crate::text::directives::{Key, key};
use crate::types::Unit;

/// The files that are checked together.
pub(crate) trait Others: Sync {
    /// What is known of their functions.
    fn across(&self) -> &Across;
    /// One of them, to look into it; `None` if it cannot be read.
    fn unit_of(&self, input: u32) -> Option<Unit<'_>>;
}

/// A function of another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Definition {
    /// Which input.
    pub input: u32,
    /// Index of its item.
    pub item: u32,
}

/// Net effects by name and by how many files were passed on the way.
type Nets = FxHashMap<(Key, usize), (Option<Arc<Net>>, Shared)>;

/// Which callers in other files have nothing around their call, by name, by how many files were
/// passed on the way, and by what is not around it.
type Bares = FxHashMap<(Key, usize, Without), (Option<Definition>, Shared)>;

/// What is known of the functions of all inputs.
#[derive(Debug, Default)]
pub(crate) struct Across {
    tables: Arc<Tables>,
    /// What functions that take or release something do, by name and by how many files were passed
    /// on the way.
    nets: Mutex<Nets>,
    bares: Mutex<Bares>,
}

impl From<Arc<Tables>> for Across {
    fn from(tables: Arc<Tables>) -> Across {
        Across { tables, ..Across::default() }
    }
}

impl Across {
    /// What is known from the tokens of all files.
    pub fn tables(&self) -> &Arc<Tables> {
        &self.tables
    }

    /// Whether the inputs are all of the kernel.
    pub fn is_whole(&self) -> bool {
        self.tables.whole
    }

    /// Whether anything is put behind a grace period by this member of a struct.
    pub fn uses_head(&self, head: UsedHead) -> bool {
        rests::on_name(head.key(), About::Head);
        self.tables.uses_head(head)
    }

    /// How a call of a function of another file comes to sleep.
    pub fn sleeps(&self, name: &str) -> Option<Asleep> {
        let name = key(name.as_bytes());
        rests::on_name(name, About::Sleep);
        self.tables.sleepers.of(name)
    }

    /// The definitions of a name that may take or release something for its caller.
    pub fn unbalanced(&self, name: &str) -> &[Definition] {
        let name = key(name.as_bytes());
        rests::on_name(name, About::Balance);
        self.tables.unbalanced.get(&name).map_or(&[], |found| found)
    }

    /// Whether a function of this name wants its callers to be in a reader section.
    pub fn wants_reader(&self, name: &str) -> bool {
        let name = key(name.as_bytes());
        rests::on_name(name, About::Reads);
        self.tables.reads.contains(&name)
    }

    /// The functions of other files that call a function which is not static, in the order of the
    /// inputs; none where several functions have the name.
    pub fn callers(&self, name: &str) -> &[Definition] {
        let name = key(name.as_bytes());
        rests::on_name(name, About::Callers);
        self.tables.callers.get(&name).map_or(&[], |found| found)
    }

    /// The first of the callers in other files that has nothing around its call, found out by `look`
    /// when first asked for. That takes no notice of who asks.
    pub fn bare(
        &self,
        name: &str,
        hops: usize,
        without: Without,
        look: impl FnOnce() -> Option<Definition>,
    ) -> Option<Definition> {
        let at = (key(name.as_bytes()), hops, without);
        let known = self.bares.lock().expect("no panic while locked").get(&at).cloned();
        let (found, rests) = known.unwrap_or_else(|| {
            let found = rests::shared(look);
            self.bares.lock().expect("no panic while locked").insert(at, found.clone());
            found
        });
        rests::again(&rests);
        found
    }

    /// What a function does, found out by `look` when first asked for. That takes no notice of who
    /// asks: whoever does gets the same.
    pub fn net(
        &self,
        name: &str,
        hops: usize,
        look: impl FnOnce() -> Option<Net>,
    ) -> Option<Arc<Net>> {
        let at = (key(name.as_bytes()), hops);
        let known = self.nets.lock().expect("no panic while locked").get(&at).cloned();
        let (found, rests) = known.unwrap_or_else(|| {
            let found = rests::shared(|| look().map(Arc::new));
            self.nets.lock().expect("no panic while locked").insert(at, found.clone());
            found
        });
        rests::again(&rests);
        found
    }
}
