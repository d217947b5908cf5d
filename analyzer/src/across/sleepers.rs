//! Which functions of other files sleep whenever they are called.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::across::Definition;
use crate::across::digest::Primitive;
use crate::across::groups::{Groups, NONE};
use crate::across::tables::Files;
use crate::text::directives::Key;

/// Functions that sleep, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sleepers {
    entries: Vec<Entry>,
    names: FxHashMap<Key, u32>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Entry {
    /// Where the function is; `None` if in a header.
    place: Option<Definition>,
    next: Next,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Next {
    Entry(u32),
    Primitive(Primitive),
}

/// How a function comes to sleep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asleep {
    /// It and what it calls and so on, those in headers left out.
    pub chain: Vec<Definition>,
    /// The call of the table at the end.
    pub primitive: Primitive,
}

/// Chains longer than this are not followed.
const LONGEST: usize = 16;

impl Sleepers {
    /// The names of which is known that they sleep.
    pub fn names(&self) -> impl Iterator<Item = Key> {
        self.names.keys().copied()
    }

    /// The entries that are in a file may be of a chain that leads nowhere.
    pub fn is_sound(&self) -> bool {
        let within = |at: u32| (at as usize) < self.entries.len();
        let next = |(at, entry): (usize, &Entry)| match entry.next {
            // What an entry leads to is added before it.
            Next::Entry(next) => (next as usize) < at,
            Next::Primitive(_) => true,
        };
        self.names.values().all(|at| within(*at)) && self.entries.iter().enumerate().all(next)
    }

    /// How a call of this name comes to sleep.
    pub fn of(&self, name: Key) -> Option<Asleep> {
        let mut at = *self.names.get(&name)?;
        let mut chain = Vec::new();
        loop {
            let entry = self.entries[at as usize];
            chain.extend(entry.place);
            match entry.next {
                Next::Entry(next) => at = next,
                Next::Primitive(primitive) => return Some(Asleep { chain, primitive }),
            }
        }
    }

    /// Finds them: first what calls a sleeper of the table, then what calls such a function, and so
    /// on; a name sleeps if all its definitions do that do anything.
    pub(super) fn find(files: &Files<'_>, groups: &Groups) -> Sleepers {
        let nodes = groups.nodes();
        let callers = groups.callers(|node| groups.certain(node));
        // By which call of it a node sleeps; whether it does.
        let mut through: Vec<u32> = vec![NONE; nodes.len()];
        let mut sleeps = vec![false; nodes.len()];
        let mut missing = groups.sizes();
        let mut asleep = vec![false; missing.len()];
        let mut fresh: Vec<u32> = Vec::new();
        for node in 0..nodes.len() as u32 {
            if files.function(groups, node).sleeper.is_some() {
                sleeps[node as usize] = true;
                fresh.push(node);
            }
        }
        for _ in 0..LONGEST {
            let mut reached: Vec<u32> = Vec::new();
            for node in fresh.drain(..) {
                for group in groups.of(node).into_iter().filter(|group| *group != NONE) {
                    missing[group as usize] -= 1;
                    if missing[group as usize] == 0 {
                        asleep[group as usize] = true;
                        reached.extend(callers.of(group));
                    }
                }
            }
            reached.sort_unstable();
            reached.dedup();
            for node in reached {
                if std::mem::replace(&mut sleeps[node as usize], true) {
                    continue;
                }
                let first = groups
                    .certain(node)
                    .iter()
                    .find(|group| **group != NONE && asleep[**group as usize]);
                through[node as usize] = first.copied().unwrap_or(NONE);
                fresh.push(node);
            }
            if fresh.is_empty() {
                break;
            }
        }
        let mut found = Sleepers::default();
        let mut places: FxHashMap<u32, u32> = FxHashMap::default();
        for (key, group) in groups.shared() {
            if asleep[group as usize] && groups.is_defined_in_code(group) {
                let at = found.add(files, groups, &through, &mut places, groups.first(group));
                found.names.insert(key, at);
            }
        }
        found.entries.shrink_to_fit();
        found.names.shrink_to_fit();
        found
    }

    fn add(
        &mut self,
        files: &Files<'_>,
        groups: &Groups,
        through: &[u32],
        places: &mut FxHashMap<u32, u32>,
        node: u32,
    ) -> u32 {
        if let Some(known) = places.get(&node) {
            return *known;
        }
        let mut chain = vec![node];
        let mut end = None;
        while end.is_none() {
            let group = through[chain[chain.len() - 1] as usize];
            if group == NONE {
                break;
            }
            let next = groups.first(group);
            end = places.get(&next).copied();
            if end.is_none() {
                chain.push(next);
            }
        }
        for node in chain.iter().rev() {
            let next = match (end, files.function(groups, *node).sleeper) {
                (_, Some(primitive)) => Next::Primitive(primitive),
                (Some(next), None) => Next::Entry(next),
                (None, None) => unreachable!("it sleeps through something"),
            };
            self.entries.push(Entry { place: files.place(groups, *node), next });
            let at = self.entries.len() as u32 - 1;
            places.insert(*node, at);
            end = Some(at);
        }
        end.expect("the chain has a node")
    }
}
