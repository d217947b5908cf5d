//! What speaks for a pointer that nobody annotated being an RCU pointer, and whether it is enough.

use std::collections::BTreeSet;
use std::path::Path;

use rculint_analyzer::facts::{
    By, Context, GraceKind, Held, Pointee, Pointer, PointerLoad, PointerStore, PointerUse,
    PointerUseKind,
};
use rculint_analyzer::kernel::context::Kind;

/// What speaks for one pointer.
pub(crate) struct Evidence<'a> {
    pub pointer: &'a Pointer,
    /// Loads by readers; if no section is seen around any, loads without the locks of who changes it.
    pub loads: Vec<Load<'a>>,
    pub stores: Vec<Store<'a>>,
}

type Load<'a> = (&'a PointerUse, PointerLoad);
type Store<'a> = (&'a PointerUse, &'a PointerStore);
type Function<'a> = (&'a Path, Option<&'a str>);

/// One change in so many has to keep what was there for readers: what fewer do is not how the pointer is
/// changed.
const SELDOM: usize = 8;

/// How much has to come together for a pointer for which sections are taken ([`Changes::alone`]).
const ENOUGH: usize = 5;

impl<'a> Evidence<'a> {
    /// The evidence, if it is enough; `deferred` is what is freed after a grace period anywhere.
    pub fn of(uses: &[&'a PointerUse], deferred: &BTreeSet<&Pointee>) -> Option<Evidence<'a>> {
        let pointer = &uses.first()?.pointer;
        let (mut loads, mut stores) = (Vec::new(), Vec::new());
        for one in uses {
            match &one.what {
                // RCU107 reports it.
                PointerUseKind::Accessed => return None,
                PointerUseKind::Store(store) => stores.push((*one, store)),
                PointerUseKind::Load(load) => loads.push((*one, *load)),
            }
        }
        let ends = pointer.pointee.as_ref().is_some_and(|what| deferred.contains(what));
        let changes = Changes::of(&stores, ends);
        loads.retain(|load| changes.leave_alone(load));
        let in_section =
            |(one, _): &&Load<'_>| one.context.readers().any(|held| reads(held.kind, changes.srcu));
        let readers: Vec<Load<'a>> = loads.iter().filter(in_section).copied().collect();
        let seen = !readers.is_empty()
            && (changes.replaced
                || changes.switched(&readers)
                || changes.led(&readers)
                || changes.asked(&readers)
                || changes.alone(&readers));
        if seen {
            return Some(Evidence { pointer, loads: readers, stores });
        }
        let kept = !loads.is_empty() && changes.kept();
        kept.then_some(Evidence { pointer, loads, stores })
    }
}

/// How a pointer is changed.
struct Changes<'a> {
    /// The functions that change it, those of them that store something, and those that do more than
    /// reset it with a marked store.
    functions: BTreeSet<Function<'a>>,
    setting: BTreeSet<Function<'a>>,
    plainly: BTreeSet<Function<'a>>,
    /// The locks that surround some change, and those that surround each.
    locks: BTreeSet<&'a str>,
    common: BTreeSet<&'a str>,
    /// What it points to is freed after a grace period somewhere.
    ends: bool,
    /// What was there is freed at once somewhere.
    freed: bool,
    /// NULL is stored under a lock by a function that nothing shows to set it: where it is set and reset
    /// in one, nobody may have seen it in between.
    hidden: bool,
    /// NULL is stored.
    reset: bool,
    /// Whatever is stored is stored under a lock; whatever but NULL; something but NULL.
    locked: bool,
    set_locked: bool,
    some_set_locked: bool,
    /// Enough changes keep what was there for readers.
    replaced: bool,
    /// How it is kept, at best.
    strongest: Option<GraceKind>,
    /// It is kept for readers who can have found it nowhere else.
    only: bool,
    /// SRCU's readers are waited for.
    srcu: bool,
}

impl<'a> Changes<'a> {
    fn of(stores: &[Store<'a>], ends: bool) -> Changes<'a> {
        let graces = || stores.iter().filter_map(|(_, store)| store.grace.as_ref());
        let set = || stores.iter().filter(|(_, store)| !store.null);
        let setting: BTreeSet<_> = set().map(|(one, _)| place_of(one)).collect();
        let apart = |(one, store): &Store<'_>| store.marked || !setting.contains(&place_of(one));
        let hides = |it: &Store<'_>| it.1.null && is_locked(&it.0.context) && apart(it);
        let kept = graces().filter(|grace| grace.how >= GraceKind::WaitsNext).count();
        Changes {
            functions: stores.iter().map(|(one, _)| place_of(one)).collect(),
            plainly: stores
                .iter()
                .filter(|(_, store)| !(store.null && (store.marked || store.exchanged)))
                .map(|(one, _)| place_of(one))
                .collect(),
            locks: stores.iter().flat_map(|(one, _)| locks_of(one)).collect(),
            common: in_common(stores),
            ends,
            freed: stores.iter().any(|(_, store)| store.freed),
            hidden: stores.iter().any(hides),
            reset: stores.iter().any(|(_, store)| store.null),
            locked: stores.iter().all(|(one, _)| is_locked(&one.context)),
            set_locked: !setting.is_empty() && set().all(|(one, _)| is_locked(&one.context)),
            some_set_locked: set().any(|(one, _)| is_locked(&one.context)),
            replaced: kept > 0 && kept * SELDOM >= stores.len(),
            strongest: graces().map(|grace| grace.how).max(),
            only: graces().any(|grace| grace.only),
            srcu: graces().any(|grace| grace.place.name.contains("srcu")),
            setting,
        }
    }

    /// Whether a load is by a function that does not change the pointer, and that has none of the locks
    /// of those that do. That callers have one means nothing where the function takes a section; nor
    /// does it that a function with a section for the pointer alone resets it with a marked store.
    fn leave_alone(&self, (one, load): &Load<'_>) -> bool {
        let own = one.context.readers().any(|held| held.by == By::Taken);
        let locked =
            |lock: &Held| self.locks.contains(name_of(lock)) && !(own && lock.by == By::Callers);
        let changing = if load.alone { &self.plainly } else { &self.functions };
        !one.context.locks().any(locked) && !changing.contains(&place_of(one))
    }

    /// One lock around every change, to NULL and back, and none around readers of their own.
    fn switched(&self, readers: &[Load<'_>]) -> bool {
        let own = |(one, load): &Load<'_>| {
            load.followed && load.tested && is_own(one) && !is_locked(&one.context)
        };
        let both = self.hidden && !self.setting.is_empty();
        !self.freed && both && !self.common.is_empty() && readers.iter().any(own)
    }

    /// What it leads to is freed after a grace period elsewhere, and here a reference is dropped, or the
    /// pointer reset.
    fn led(&self, readers: &[Load<'_>]) -> bool {
        let goes = self.strongest == Some(GraceKind::Dropped) || self.hidden;
        let followed = readers.iter().any(|(_, load)| load.followed);
        self.ends && !self.freed && followed && self.locked && goes
    }

    /// It is set, and reset under a lock, and several readers ask for that; or it is reset, and they
    /// follow it as well to what is freed after a grace period.
    fn asked(&self, readers: &[Load<'_>]) -> bool {
        let both = self.hidden && !self.setting.is_empty();
        let ask = both && functions(readers, |_, load| load.tested) > 1;
        let follow = self.ends
            && self.reset
            && functions(readers, |_, load| load.tested && load.followed) > 1;
        !self.freed && (ask || follow)
    }

    /// Sections are taken for it and for nothing else that is known, and it looks like one by how it is
    /// changed.
    fn alone(&self, readers: &[Load<'_>]) -> bool {
        let sections = functions(readers, |_, load| load.alone);
        let tested = functions(readers, |_, load| load.alone && load.tested) > 0;
        let weight = sections.min(3)
            + 2 * usize::from(self.ends)
            + usize::from(tested)
            + usize::from(self.reset)
            + usize::from(self.hidden)
            + usize::from(self.set_locked)
            + usize::from(self.strongest > Some(GraceKind::Waits));
        let many = functions(readers, |_, load| load.alone && load.followed) > 2;
        let keeps = self.set_locked || self.strongest > Some(GraceKind::Waits);
        let enough = weight >= ENOUGH || self.some_set_locked && many || self.ends && keeps;
        sections > 0 && !self.functions.is_empty() && !self.freed && enough
    }

    /// What was there is kept for readers who can have found it nowhere else, and it is set under a
    /// lock: for those who load it without.
    fn kept(&self) -> bool {
        self.only && self.replaced && self.set_locked && !self.freed && !self.srcu
    }
}

/// In how many functions loads of some kind stand.
fn functions(loads: &[Load<'_>], of: impl Fn(&PointerUse, &PointerLoad) -> bool) -> usize {
    let those = loads.iter().filter(|(one, load)| of(one, load));
    those.map(|(one, _)| place_of(one)).collect::<BTreeSet<_>>().len()
}

/// The function that a use stands in.
fn place_of(one: &PointerUse) -> Function<'_> {
    (&one.place.path, one.function.as_deref())
}

/// Whether a section is one of readers for whom plain grace periods, or those of SRCU, are.
pub(crate) fn reads(kind: Kind, srcu: bool) -> bool {
    kind.is_rcu() || srcu && kind == Kind::Srcu
}

/// Whether a load is in a section that the function itself takes.
fn is_own(one: &PointerUse) -> bool {
    one.context.readers().any(|held| reads(held.kind, false) && held.by == By::Taken)
}

/// Whether a lock keeps others from changing what it protects.
pub(crate) fn excludes(lock: &Held) -> bool {
    !matches!(lock.kind, Kind::ReadLock | Kind::RwsemRead | Kind::Local)
}

fn is_locked(context: &Context) -> bool {
    context.locks().any(excludes)
}

/// The last word of a lock: the same lock has other names in other functions.
fn name_of(lock: &Held) -> &str {
    let object = lock.object.as_deref().unwrap_or_default();
    object.rsplit(['>', '.', '&']).next().unwrap_or(object)
}

/// The locks around a store, by their names.
fn locks_of(one: &PointerUse) -> BTreeSet<&str> {
    let locks = one.context.locks().filter(|lock| excludes(lock));
    locks.map(name_of).filter(|name| !matches!(*name, "" | "?")).collect()
}

/// The locks that surround every store.
fn in_common<'a>(stores: &[(&'a PointerUse, &PointerStore)]) -> BTreeSet<&'a str> {
    let mut each = stores.iter().map(|(one, _)| locks_of(one));
    let first = each.next().unwrap_or_default();
    each.fold(first, |common, held| common.intersection(&held).copied().collect())
}
