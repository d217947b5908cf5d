//! RCU108 inferred-rcu-pointer.

use std::collections::{BTreeMap, BTreeSet};

use rculint_analyzer::facts::{
    Declaration, Grace, GraceKind, InferredFacts, Pointee, PointerLoad, PointerStore, PointerUse,
};
use rculint_analyzer::kernel::context::Kind;

use crate::diagnostic::{Diagnostic, Related, Severity};
use crate::evidence::{Evidence, excludes, reads};
use crate::finding::{in_quotes, related, under};
use crate::rcu107_unannotated_accessor::annotate;
use crate::rule::{Context, Docs, FixAvailability, Precision, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    code: "RCU108",
    name: "inferred-rcu-pointer",
    severity: Severity::Warning,
    fix: FixAvailability::Sometimes,
    precision: Some(Precision { right: 73, read: 78 }),
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
different functions, and readers ask for NULL; or it is set, and several functions ask for the NULL \
that another stores under a lock. Sections in which nothing else is known to want one (no accessor, no \
list of readers, no call that comes to either, also in other files) speak for the pointer: with three \
functions that take such sections, or fewer if it is reset, changed under locks, or points to what is freed \
after a grace period, that is enough. Where no section is seen around any load, one thing is: the pointer is \
set under a lock that others load it without, and what was there is kept for readers who can have found \
it nowhere else. The finding stands at the declaration and lists every \
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
pointer that comes from elsewhere. Loads and stores of several files are put together only if those are checked together. \
Of members of Linux 6.1 whose annotations were taken away (`scripts/strip-annotations`) it names 12 of \
20 (seed 1), 52 of 100 (seed 2) and 46 of 100 (seed 31): most of the others are loaded by functions \
whose callers in other files are the readers, or changed by functions of other files.",
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
    let mut pointers: BTreeMap<Key<'_>, Vec<&PointerUse>> = BTreeMap::new();
    for facts in files {
        let own: BTreeSet<(&str, &str)> =
            facts.own.iter().map(|(tag, file)| (&**tag, &**file)).collect();
        for one in &facts.uses {
            let Some((at, _)) = one.pointer.declarations.first() else { continue };
            let key = (at.path.as_os_str(), at.span.start, one.pointer.direct);
            if !own.contains(&(tag_of(at), at.shown.as_str())) {
                pointers.entry(key).or_default().push(one);
            }
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

impl Evidence<'_> {
    fn finding(&self) -> Option<Diagnostic> {
        let pointer = self.pointer;
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
        Some(Kind::RcuBh) => "in an RCU-bh reader section",
        Some(Kind::RcuSched) => "in an RCU-sched reader section",
        Some(Kind::Srcu) => "in an SRCU reader section",
        Some(_) => "in an RCU reader section",
        None => "without the locks of who changes it",
    };
    format!("{} {does} {place}", in_function(one))
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
