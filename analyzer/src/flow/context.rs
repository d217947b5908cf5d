//! In what context a place is reached: reader sections and locks that are held on every way there.

use serde::{Deserialize, Serialize};

use crate::flow::UNNAMED;
use crate::flow::effects::has_object;
use crate::flow::solve::Flow;
use crate::flow::transfer::is_lock;
use crate::flow::world::{Resource, ResourceId, World};
use crate::kernel::context::{Kind, context};

/// What protects a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// What is held on every way there, outer first.
    pub held: Vec<Held>,
    /// Something more is held on some ways there.
    pub varies: bool,
    /// What that is, so far as it is known.
    pub sometimes: Vec<Held>,
    /// The ways there could not be followed.
    pub lost: bool,
    /// What is known of the callers: every call was seen, and `held` has what is held at each.
    pub all_callers: bool,
    /// So it is for the callers' callers, back to where the kernel is known to call.
    pub rooted: bool,
    /// The kernel calls the function itself, by what it is registered for.
    pub(crate) entry: bool,
    /// Some callers hold more than `held`, or do on some ways.
    pub callers_vary: bool,
    /// What the function has released, on some way at least, that its callers held.
    pub(crate) given_back: Vec<Resource>,
}

/// A reader section or lock that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What it is.
    pub kind: Kind,
    /// Which lock or domain (`&dev->lock`), as the argument of the call that took it; `None` where
    /// there is only one of the kind, and `?` where the name means nothing here.
    pub object: Option<String>,
    /// How it is known.
    pub by: By,
}

/// How it is known that something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// The function took it.
    Taken,
    /// An assertion says so.
    Asserted,
    /// The callers hold it.
    Callers,
}

impl Context {
    /// The context that these worlds have in common.
    pub(crate) fn of(flow: &Flow<'_, '_, '_>, worlds: &[World]) -> Context {
        let mut context = Context { lost: flow.lost, ..Context::default() };
        let Some(first) = worlds.first() else { return context };
        let mut ids: Vec<ResourceId> = first.held().iter().map(|(id, _)| *id).collect();
        ids.extend(first.asserted());
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            if worlds.iter().all(|world| world.has(id)) {
                let taken = worlds.iter().all(|world| world.count(id) > 0);
                context.held.push(held(flow, id, taken));
            }
        }
        let mut given_back: Vec<ResourceId> = worlds
            .iter()
            .flat_map(|world| world.held().iter().filter(|(_, count)| *count < 0))
            .map(|(id, _)| *id)
            .collect();
        given_back.sort_unstable();
        given_back.dedup();
        context.given_back = given_back.into_iter().map(|id| flow.resource(id)).collect();
        let everywhere = |id: ResourceId| worlds.iter().all(|world| world.has(id));
        let mut sometimes: Vec<(ResourceId, bool)> = Vec::new();
        for world in worlds {
            let taken = world.held().iter().filter(|(_, count)| *count > 0).map(|(id, _)| *id);
            sometimes.extend(taken.filter(|id| !everywhere(*id)).map(|id| (id, true)));
            let asserted = world.asserted().iter().copied().filter(|id| !everywhere(*id));
            sometimes.extend(asserted.map(|id| (id, false)));
        }
        sometimes.sort_unstable();
        sometimes.dedup_by_key(|(id, _)| *id);
        context.varies = !sometimes.is_empty() || worlds.iter().any(|world| world.unclear);
        context.sometimes =
            sometimes.into_iter().map(|(id, taken)| held(flow, id, taken)).collect();
        context
    }

    /// Adds what the callers hold.
    pub(crate) fn with_callers(mut self, callers: &Context) -> Context {
        for held in &callers.held {
            let back = |resource: &Resource| match (&resource.object, &held.object) {
                (Some(one), Some(other)) => **one == **other || other == UNNAMED,
                _ => resource.kind == held.kind,
            };
            if !self.holds(held) && !self.given_back.iter().any(back) {
                self.held.insert(0, Held { by: By::Callers, ..held.clone() });
            }
        }
        self.all_callers = callers.all_callers;
        self.rooted = callers.rooted;
        self.entry = callers.entry;
        self.callers_vary = callers.callers_vary;
        self
    }

    /// Whether it is known that nothing is held, whoever calls.
    pub fn is_bare(&self) -> bool {
        self.held.is_empty() && !self.varies && !self.lost && self.rooted && !self.callers_vary
    }

    /// Whether the same is held here, however it is known.
    pub(crate) fn holds(&self, held: &Held) -> bool {
        self.held.iter().any(|one| one.kind == held.kind && one.object == held.object)
    }

    /// The reader sections, innermost last.
    pub fn readers(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| !is_lock(held.kind))
    }

    /// The locks, innermost last.
    pub fn locks(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| is_lock(held.kind))
    }

    /// Whether a lock is held on some ways only.
    pub fn locks_vary(&self) -> bool {
        self.sometimes.iter().any(|held| is_lock(held.kind))
    }

    /// Whether a reader section of a kind is held.
    pub fn has(&self, kind: Kind) -> bool {
        self.held.iter().any(|held| held.kind == kind)
    }
}

fn held(flow: &Flow<'_, '_, '_>, id: ResourceId, taken: bool) -> Held {
    let resource = flow.resource(id);
    Held {
        kind: resource.kind,
        object: resource.object.map(|object| object.into_string()),
        by: if taken { By::Taken } else { By::Asserted },
    }
}

impl Held {
    /// How lockdep is asked whether it is held; `None` where that cannot be said here.
    pub fn asked(&self) -> Option<String> {
        asked(self.kind, self.object.as_deref()?)
    }

    /// Whether there are several of the kind.
    pub fn has_object(&self) -> bool {
        has_object(self.kind)
    }
}

/// How lockdep is asked whether a lock is held.
pub(crate) fn asked(kind: Kind, lock: &str) -> Option<String> {
    let named = lock.strip_prefix('&').and_then(|name| context().condition(name));
    match kind {
        _ if named.is_some() => named.map(str::to_owned),
        Kind::Sock => Some(format!("lockdep_sock_is_held({lock})")),
        Kind::Spin
        | Kind::RawSpin
        | Kind::ReadLock
        | Kind::WriteLock
        | Kind::Mutex
        | Kind::RwsemRead
        | Kind::RwsemWrite
            if lock.starts_with('&') =>
        {
            Some(format!("lockdep_is_held({lock})"))
        }
        _ => None,
    }
}
