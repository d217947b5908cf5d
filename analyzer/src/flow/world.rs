//! What is known at a place of a function. Several *worlds* can have led there; in each, every
//! count is exact. What holds in all worlds holds for sure.

use serde::{Deserialize, Serialize};

use crate::flow::cfg::VarId;
use crate::kernel::context::Kind;
use crate::syntax::NodeId;

/// An index into the resources of a flow.
pub(crate) type ResourceId = u16;

/// An index into the conditions that a function tests more than once.
pub(crate) type FlagId = u16;

/// Something that is held: a reader section, a lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub kind: Kind,
    /// Which lock or domain, as the canonical text of the argument; `None` where there is only one.
    pub object: Option<Box<str>>,
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Value {
    /// Zero, NULL, false.
    Zero,
    /// Anything else.
    Nonzero,
    /// What a call returned whose effects depend on it.
    Result(NodeId),
    /// An object that came from this allocation, and that nobody else has seen.
    Fresh(NodeId),
    /// An object that came from this allocation, and was passed to functions since.
    New(NodeId),
    /// A pointer that was loaded there for as long as the reader section lasts.
    Loaded(NodeId),
    /// A pointer loaded there, whose reader section has ended here.
    Stale(NodeId, NodeId),
    /// The value of a pointer that was loaded there by `rcu_access_pointer()`.
    Looked(NodeId),
    /// A pointer loaded there under the protection of a lock.
    Guarded(NodeId),
}

/// One way to get to a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct World {
    /// How often each is held; less than zero if the caller held it and it was released. Sorted.
    held: Vec<(ResourceId, i8)>,
    /// What an assertion says is held. Sorted.
    asserted: Vec<ResourceId>,
    vars: Vec<(VarId, Value)>,
    flags: Vec<(FlagId, bool)>,
    /// Something was taken or released in a way that is not followed.
    pub unclear: bool,
    /// There were too many worlds to follow each; this one forgot which conditions hold in it.
    pub coarse: bool,
}

/// The ways to get to a place; none if there is none.
pub(crate) type Worlds = Vec<World>;

/// More than these are folded.
const MOST_WORLDS: usize = 24;

fn set<K: Ord + Copy, V>(list: &mut Vec<(K, V)>, key: K, value: Option<V>) {
    match (list.binary_search_by_key(&key, |(key, _)| *key), value) {
        (Ok(at), Some(value)) => list[at].1 = value,
        (Ok(at), None) => {
            list.remove(at);
        }
        (Err(at), Some(value)) => list.insert(at, (key, value)),
        (Err(_), None) => {}
    }
}

impl World {
    /// How often something is held.
    pub fn count(&self, resource: ResourceId) -> i8 {
        let at = self.held.binary_search_by_key(&resource, |(id, _)| *id);
        at.map_or(0, |at| self.held[at].1)
    }

    /// Takes (+1) or releases (-1) something.
    pub fn add(&mut self, resource: ResourceId, by: i8) {
        // A loop that takes and does not release must come to an end.
        let count = self.count(resource).saturating_add(by).clamp(-4, 4);
        set(&mut self.held, resource, (count != 0).then_some(count));
    }

    /// Everything that is taken or released, and how often.
    pub fn held(&self) -> &[(ResourceId, i8)] {
        &self.held
    }

    /// Notes that something is held.
    pub fn assert(&mut self, resource: ResourceId) {
        if let Err(at) = self.asserted.binary_search(&resource) {
            self.asserted.insert(at, resource);
        }
    }

    /// No longer asserted.
    pub fn retract(&mut self, resource: ResourceId) {
        self.asserted.retain(|known| *known != resource);
    }

    /// Everything that is said to be held.
    pub fn asserted(&self) -> &[ResourceId] {
        &self.asserted
    }

    /// Whether something is held here, whoever took it.
    pub fn has(&self, resource: ResourceId) -> bool {
        self.count(resource) > 0 || self.asserted.binary_search(&resource).is_ok()
    }

    /// What a variable holds.
    pub fn value(&self, var: VarId) -> Option<Value> {
        let at = self.vars.binary_search_by_key(&var, |(id, _)| *id).ok()?;
        Some(self.vars[at].1)
    }

    /// Sets what a variable holds.
    pub fn set_value(&mut self, var: VarId, value: Option<Value>) {
        set(&mut self.vars, var, value);
    }

    /// Every variable of which something is known.
    pub fn values_mut(&mut self) -> impl Iterator<Item = (VarId, &mut Value)> {
        self.vars.iter_mut().map(|(id, value)| (*id, value))
    }

    /// Whether a condition is known to hold.
    pub fn flag(&self, flag: FlagId) -> Option<bool> {
        let at = self.flags.binary_search_by_key(&flag, |(id, _)| *id).ok()?;
        Some(self.flags[at].1)
    }

    /// Sets whether a condition holds.
    pub fn set_flag(&mut self, flag: FlagId, holds: Option<bool>) {
        set(&mut self.flags, flag, holds);
    }
}

/// Adds worlds to others; whether any is new.
pub(crate) fn join(into: &mut Worlds, more: &[World]) -> bool {
    // Most rounds through a loop bring nothing new.
    if more.iter().all(|world| into.binary_search(world).is_ok()) {
        return false;
    }
    let before = into.clone();
    into.extend_from_slice(more);
    fold(into);
    *into != before
}

/// Sorts worlds, and folds those that differ in what matters least until there are not too many.
pub(crate) fn fold(worlds: &mut Worlds) {
    // Most steps change nothing that the order depends on.
    if !worlds.windows(2).all(|pair| pair[0] < pair[1]) {
        worlds.sort_unstable();
        worlds.dedup();
    }
    if worlds.len() <= MOST_WORLDS {
        return;
    }
    for world in worlds.iter_mut() {
        world.flags.clear();
        world.coarse = true;
    }
    worlds.sort_unstable();
    worlds.dedup();
    if worlds.len() <= MOST_WORLDS {
        return;
    }
    // Of worlds that hold the same, only what they agree on.
    let mut folded: Worlds = Vec::new();
    for world in worlds.drain(..) {
        match folded.iter_mut().find(|one| one.held == world.held && one.unclear == world.unclear) {
            Some(one) => {
                one.vars.retain(|known| world.vars.contains(known));
                one.asserted.retain(|known| world.asserted.contains(known));
            }
            None => folded.push(world),
        }
    }
    folded.truncate(MOST_WORLDS);
    folded.sort_unstable();
    *worlds = folded;
}
