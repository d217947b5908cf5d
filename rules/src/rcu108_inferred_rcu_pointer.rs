//! RCU108 inferred-rcu-pointer.

use std::collections::{BTreeMap, BTreeSet};

use rculint_analyzer::facts::{
    Context as Held, Declaration, Grace, GraceKind, InferredFacts, Pointee, PointerLoad,
    PointerStore, PointerUse, PointerUseKind,
};

use rculint_analyzer::facts::{By, Held as Lock};
use rculint_analyzer::kernel::context::Kind;

use crate::diagnostic::{Diagnostic, Related, Severity};
use crate::finding::{in_quotes, related, under};
use crate::rcu107_unannotated_accessor::annotate;
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU108",
    name: "inferred-rcu-pointer",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 53, read: 58 }),
    since: "0.1.0",
    summary: "a pointer that nobody annotated is used as an RCU pointer",
    docs: Docs {
        finds: "\
A member or global variable that is not declared `__rcu`, to which no accessor is applied, and which \
is used as an RCU pointer all the same. Two things have to come together. Readers load it in a section \
of `rcu_read_lock()` or its kin, in a function that does not change it, without a lock that surrounds \
every store. And it changes while they can see it: what was there is given to `kfree_rcu()`, \
`call_rcu()` or a function that comes to one; or readers are waited for between the store and the end \
of what was there; or what it points to is freed after a grace period elsewhere, and a reference to it \
is dropped here, or NULL is stored under a lock; or one lock surrounds every change, to NULL and back, in \
different functions, and readers ask for NULL. The finding stands at the declaration and lists every \
such load and every store with what is held there. Pointers that are set before readers can \
see the object and never again are none of these.",
        matters: "\
Without the annotation neither sparse nor this tool sees the accesses that forget the accessor. A plain \
load may be repeated after the test for NULL, and a plain store may publish an object before its \
fields are there (`Documentation/RCU/rcu_dereference.rst`).",
        example: "\
struct cfg {
	int mtu;
	struct rcu_head rcu;
};

struct port {
	struct cfg *cfg;
	spinlock_t lock;
};

static int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu;

	rcu_read_lock();
	cfg = port->cfg;
	mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}

static void port_change(struct port *port, struct cfg *next)
{
	struct cfg *old;

	spin_lock(&port->lock);
	old = port->cfg;
	port->cfg = next;
	spin_unlock(&port->lock);
	kfree_rcu(old, rcu);
}",
        instead: "\
struct cfg {
	int mtu;
	struct rcu_head rcu;
};

struct port {
	struct cfg __rcu *cfg;
	spinlock_t lock;
};

static int port_mtu(struct port *port)
{
	struct cfg *cfg;
	int mtu;

	rcu_read_lock();
	cfg = rcu_dereference(port->cfg);
	mtu = cfg->mtu;
	rcu_read_unlock();
	return mtu;
}

static void port_change(struct port *port, struct cfg *next)
{
	struct cfg *old;

	spin_lock(&port->lock);
	old = rcu_dereference_protected(port->cfg, lockdep_is_held(&port->lock));
	rcu_assign_pointer(port->cfg, next);
	spin_unlock(&port->lock);
	kfree_rcu(old, rcu);
}",
        fix_safety: "\
Unsafe: the word itself changes nothing for the compiler, but the plain accesses that it brings to \
light want accessors of their own, and what looks like an RCU pointer may be kept alive by something \
that cannot be seen. No edit is proposed where the word would annotate more than the one declared name.",
        limits: "\
Sections of readers in callers of other files are not seen, nor updates through a pointer to the \
pointer. Loads and stores of several files are put together only if those are checked together. \
Of twenty members of Linux 6.1 whose annotations were taken away (`scripts/strip-annotations`, seed 1) \
it names 12, of others (seed 3) 7, of a hundred (seed 2) 39: most of the others are loaded by functions \
whose callers in other files are the readers, or changed in a way that shows no grace period.",
    },
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(judge(&[&context.facts.inferred]));
}

/// Which pointer: the file (as bytes: there are many) and place of its declaration, and whether it is
/// itself what is declared.
type Key<'a> = (&'a std::ffi::OsStr, u32, bool);

/// The pointers that there is evidence enough for in the facts of some files.
pub(crate) fn judge(files: &[&InferredFacts]) -> Vec<Diagnostic> {
    let called = files.iter().flat_map(|facts| &facts.deferred).filter(|one| !one.waited);
    let deferred: BTreeSet<&Pointee> = called.map(|one| &one.what).collect();
    let own: BTreeSet<(&str, &str)> =
        files.iter().flat_map(|facts| &facts.own).map(|(tag, file)| (&**tag, &**file)).collect();
    let mut pointers: BTreeMap<Key<'_>, Vec<&PointerUse>> = BTreeMap::new();
    for one in files.iter().flat_map(|facts| &facts.uses) {
        let Some((at, _)) = one.pointer.declarations.first() else { continue };
        let key = (at.path.as_os_str(), at.span.start, one.pointer.direct);
        if !own.contains(&(tag_of(at), at.shown.as_str())) {
            pointers.entry(key).or_default().push(one);
        }
    }
    let uses = pointers.into_values();
    uses.filter_map(|uses| Evidence::of(&uses, &deferred)?.finding()).collect()
}

/// `port` of `struct port.cfg`.
fn tag_of(member: &Declaration) -> &str {
    let (record, _) = member.name.split_once('.').unwrap_or_default();
    record.rsplit(' ').next().unwrap_or_default()
}

/// One change in so many has to keep what was there for readers.
const SELDOM: usize = 8;

/// What speaks for one pointer.
struct Evidence<'a> {
    loads: Vec<(&'a PointerUse, PointerLoad)>,
    stores: Vec<(&'a PointerUse, &'a PointerStore)>,
}

impl<'a> Evidence<'a> {
    /// The evidence, if it is enough.
    fn of(uses: &[&'a PointerUse], deferred: &BTreeSet<&Pointee>) -> Option<Evidence<'a>> {
        let mut stores = Vec::new();
        for one in uses {
            match &one.what {
                // RCU107 reports it.
                PointerUseKind::Accessed => return None,
                PointerUseKind::Store(store) => stores.push((*one, store)),
                PointerUseKind::Load(_) => {}
            }
        }
        let changing: BTreeSet<_> = stores.iter().map(|(one, _)| place_of(one)).collect();
        let common = in_common(&stores);
        let any: BTreeSet<&str> = stores.iter().flat_map(|(one, _)| locks_of(one)).collect();
        let srcu = stores.iter().any(|(_, store)| {
            store.grace.as_ref().is_some_and(|grace| grace.place.name.contains("srcu"))
        });
        let is_reader = |one: &PointerUse| {
            let section = one.context.readers().any(|held| reads(held.kind, srcu));
            let locked = one.context.locks().any(|lock| any.contains(name_of(lock)));
            let changes = changing.contains(&place_of(one));
            section && !locked && !changes
        };
        let loads: Vec<_> = uses
            .iter()
            .filter_map(|one| match &one.what {
                PointerUseKind::Load(load) if is_reader(one) => Some((*one, *load)),
                _ => None,
            })
            .collect();
        let keeps = |(_, store): &&(&PointerUse, &PointerStore)| {
            store.grace.as_ref().is_some_and(|grace| grace.how >= GraceKind::WaitsNext)
        };
        let strongest =
            stores.iter().filter_map(|(_, store)| Some(store.grace.as_ref()?.how)).max();
        let led_to = uses.first().and_then(|one| one.pointer.pointee.as_ref());
        let typed = led_to.is_some_and(|what| deferred.contains(what));
        let followed = loads.iter().any(|(_, load)| load.followed);
        // Where it is set and reset in one function, nobody may have seen it in between.
        let setting: BTreeSet<_> =
            stores.iter().filter(|(_, store)| !store.null).map(|(one, _)| place_of(one)).collect();
        let hidden = stores.iter().any(|(one, store)| {
            let apart = store.marked || !setting.contains(&place_of(one));
            store.null && is_locked(&one.context) && apart
        });
        // One lock around every change, and none around readers of their own.
        let taken = |held: &Lock| reads(held.kind, false) && held.by == By::Taken;
        let own = loads.iter().any(|(one, load)| {
            load.followed
                && load.tested
                && one.context.readers().any(taken)
                && !is_locked(&one.context)
        });
        let freed = stores.iter().any(|(_, store)| store.freed);
        let switched = !freed && hidden && own && !setting.is_empty() && !common.is_empty();
        // What one change in many does is not how the pointer is changed.
        let kept = stores.iter().filter(keeps).count();
        let replaced = kept > 0 && kept * SELDOM >= stores.len();
        let dropped = strongest == Some(GraceKind::Dropped);
        let locked = stores.iter().all(|(one, _)| is_locked(&one.context));
        let led = typed && !freed && followed && locked && (dropped || hidden);
        let enough = !loads.is_empty() && (replaced || switched || led);
        enough.then_some(Evidence { loads, stores })
    }

    fn finding(&self) -> Option<Diagnostic> {
        let pointer = &self.loads.first()?.0.pointer;
        let (declaration, _) = pointer.declarations.first()?;
        let name = declaration.name.split_once(' ').map_or(&*declaration.name, |(_, name)| name);
        let (quoted, annotated) = (in_quotes(&declaration.name), in_quotes(&pointer.annotated));
        let arm = under(pointer.under.as_deref());
        let message = if pointer.direct {
            format!(
                "{quoted} is used as an RCU pointer but is not declared __rcu{arm}; declare it with \
                 the type {annotated}, and use accessors"
            )
        } else {
            format!(
                "the pointers that {quoted} leads to are used as RCU pointers but not declared \
                 __rcu{arm}; declare them with the type {annotated}, and use accessors"
            )
        };
        let mut places: Vec<Related> = Vec::new();
        for (one, load) in &self.loads {
            places.push(related(&one.place, &told_of_load(one, *load)));
        }
        for (one, store) in &self.stores {
            places.push(related(&one.place, &told_of_store(one, store)));
            let grace = store.grace.as_ref();
            places.extend(grace.map(|grace| related(&grace.place, &told_of_grace(grace))));
        }
        let others = pointer.declarations.iter().skip(1);
        places.extend(others.map(|(other, _)| related(other, "also declared here")));
        Some(Diagnostic {
            code: RULE.code,
            name: RULE.name,
            severity: RULE.severity,
            message,
            filename: declaration.shown.clone(),
            function: None,
            location: declaration.start.into(),
            end_location: declaration.end.into(),
            expression: name.to_owned(),
            related: places,
            steps: Vec::new(),
            fix: annotate(&pointer.declarations),
            path: declaration.path.clone(),
            span: declaration.span,
        })
    }
}

/// The function that a use stands in.
fn place_of(one: &PointerUse) -> (&std::path::Path, Option<&str>) {
    (&one.place.path, one.function.as_deref())
}

/// Whether a section is one of readers for whom plain grace periods, or those of SRCU, are.
fn reads(kind: Kind, srcu: bool) -> bool {
    kind.is_rcu() || srcu && kind == Kind::Srcu
}

/// Whether a lock keeps others from changing what it protects.
fn excludes(lock: &Lock) -> bool {
    !matches!(lock.kind, Kind::ReadLock | Kind::RwsemRead | Kind::Local)
}

fn is_locked(context: &Held) -> bool {
    context.locks().any(excludes)
}

/// The last word of a lock: the same lock has other names in other functions.
fn name_of(lock: &Lock) -> &str {
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

fn in_function(one: &PointerUse) -> String {
    match &one.function {
        Some(function) => format!("{function}()"),
        None => "this".to_owned(),
    }
}

fn told_of_load(one: &PointerUse, load: PointerLoad) -> String {
    let does = if load.followed { "loads it and follows it" } else { "loads it and hands it on" };
    let section = one.context.readers().map(|held| held.kind).find(|kind| reads(*kind, true));
    let place = match section {
        Some(Kind::RcuBh) => "an RCU-bh reader section",
        Some(Kind::RcuSched) => "an RCU-sched reader section",
        Some(Kind::Srcu) => "an SRCU reader section",
        _ => "an RCU reader section",
    };
    format!("{} {does} in {place}", in_function(one))
}

fn told_of_store(one: &PointerUse, store: &PointerStore) -> String {
    let does = match (store.null, store.exchanged) {
        (_, true) => "exchanges it",
        (true, _) => "stores NULL to it",
        (false, _) => "stores to it",
    };
    let named = one.context.locks().filter(|lock| excludes(lock));
    let locks: Vec<_> =
        named.filter_map(|lock| lock.object.as_deref()).filter(|name| *name != "?").collect();
    match locks.last() {
        Some(lock) => format!("{} {does} under {}", in_function(one), in_quotes(lock)),
        None => format!("{} {does}", in_function(one)),
    }
}

fn told_of_grace(grace: &Grace) -> String {
    let Declaration { name, .. } = &grace.place;
    match grace.how {
        GraceKind::Waits | GraceKind::WaitsNext => format!("{name}() waits for its readers"),
        GraceKind::WaitsFor => {
            format!("{name}() waits for its readers before what was there is done with")
        }
        GraceKind::Dropped => {
            format!("{name}() drops what was there, which is freed after a grace period")
        }
        GraceKind::Defers => format!("{name}() frees what was there after a grace period"),
    }
}
