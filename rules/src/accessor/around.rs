//! What is held around an access, as the choice of an accessor sees it.

use rculint_analyzer::evidence::{AccessorCall, Wrapper};
use rculint_analyzer::facts::{Access, By, Context, Flavour, Protection};
use rculint_analyzer::kernel::context::Kind;

use crate::accessor::arguments::mentions;

/// How much less what is held counts if only the callers tell of it.
pub(crate) const HEARSAY: f64 = 0.25;

/// Reader sections and locks around a place. Empty: nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Around {
    /// Reader sections, the innermost first.
    pub readers: Vec<Flavour>,
    /// The SRCU domains that are read.
    pub domains: Vec<String>,
    /// Locks that can protect the pointer, the innermost first.
    pub locks: Vec<Lock>,
    /// Locks of other objects.
    pub others: Vec<Lock>,
    /// RTNL.
    pub rtnl: bool,
    /// The innermost is a reader section.
    pub reading: bool,
    /// The innermost is a lock of which only the callers tell: it may be there for something else.
    pub hearsay: bool,
    /// Of RTNL only the callers tell.
    pub told: bool,
    /// Nothing else is known but that softirqs are off.
    pub softirq: bool,
}

/// A lock that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    /// Which one: `&dev->lock`, of a socket `sk`.
    pub name: String,
    /// How lockdep is asked for it.
    pub condition: String,
}

impl Lock {
    fn new(name: &str, condition: Option<String>) -> Lock {
        let condition = condition.unwrap_or_else(|| format!("lockdep_is_held({name})"));
        Lock { name: name.to_owned(), condition }
    }
}

impl Around {
    /// Around an access.
    pub fn access(access: &Access) -> Around {
        let local = |name: &str| access.scope.iter().any(|(known, _)| known == name);
        Around::of(&access.context, &access.protection, &access.expression, &local)
    }

    /// Around a call of an accessor.
    pub fn call(call: &AccessorCall, pointer: &str) -> Around {
        let local = |name: &str| call.locals.iter().any(|(known, _)| known == name);
        Around::of(&call.context, &call.protection, pointer, &local)
    }

    /// A lock of another object says less (a global lock protects globals), and a lock that is
    /// reached through the pointer itself cannot protect it.
    fn of(
        context: &Context,
        protection: &Protection,
        pointer: &str,
        local: &dyn Fn(&str) -> bool,
    ) -> Around {
        let mut around = Around::default();
        let root = first_word(pointer);
        for held in context.held.iter().rev() {
            let first = around.unknown();
            match (held.kind, held.object.as_deref()) {
                (Kind::Rcu, _) => around.readers.push(Flavour::Rcu),
                (Kind::RcuBh, _) => around.readers.push(Flavour::Bh),
                (Kind::RcuSched, _) => around.readers.push(Flavour::Sched),
                (Kind::Srcu, Some(domain)) => around.domains.push(domain.to_owned()),
                (_, Some("&rtnl_mutex")) => {
                    around.rtnl = true;
                    around.told = held.by == By::Callers;
                }
                // They keep others from nothing that changes the pointer.
                (Kind::Srcu | Kind::RcuTasksTrace | Kind::SeqWrite | Kind::Local, _) => {}
                (_, Some("?") | None) => {}
                (_, Some(lock)) if !mentions(lock, pointer) => {
                    let reached = lock.contains("->") || lock.contains('.');
                    let fits = first_word(lock) == root || !reached && !local(root);
                    let list = if fits { &mut around.locks } else { &mut around.others };
                    list.push(Lock::new(lock, held.asked()));
                }
                _ => {}
            }
            if first && !around.unknown() {
                around.reading = held.kind.is_rcu();
                around.hearsay = !around.reading
                    && around.domains.is_empty()
                    && !around.rtnl
                    && held.by == By::Callers;
            }
        }
        if around.unknown() {
            match protection {
                Protection::Reader(flavour) => {
                    around.readers.push(*flavour);
                    around.reading = true;
                }
                Protection::Lock(lock) => around.locks.push(Lock::new(lock, None)),
                Protection::Rtnl => around.rtnl = true,
                Protection::Unknown => {}
            }
        }
        let softirq = context.has(Kind::Bh) && !context.has(Kind::Irq);
        around.softirq = softirq && around.unknown() && context.locks().next().is_none();
        around
    }

    /// Whether nothing is known.
    pub fn unknown(&self) -> bool {
        self.readers.is_empty()
            && self.domains.is_empty()
            && self.locks.is_empty()
            && self.others.is_empty()
            && !self.rtnl
    }

    /// The accessor of the innermost reader section.
    fn reader(&self) -> Option<(&'static str, Purpose, Option<String>)> {
        let flavour = *self.readers.first()?;
        let name = match flavour {
            Flavour::Rcu => "rcu_dereference",
            Flavour::Bh => "rcu_dereference_bh",
            Flavour::Sched => "rcu_dereference_sched",
        };
        Some((name, Purpose::Read(flavour), None))
    }

    /// Whether the arguments of an accessor name a lock that is held.
    pub fn named(&self, arguments: &[Option<String>]) -> bool {
        let mut held = self.locks.iter().chain(&self.others);
        held.any(|lock| arguments.iter().flatten().any(|text| mentions(text, &lock.name)))
    }

    /// Whether a call of an accessor with these arguments asks for a lock that is held.
    pub fn asked(&self, accessor: &Wrapper, arguments: &[Option<String>]) -> bool {
        let mut held = self.locks.iter().chain(&self.others);
        self.named(arguments)
            || accessor
                .asks(arguments)
                .is_some_and(|asked| held.any(|lock| lock.condition == asked))
    }

    /// The accessor that this calls for by itself, and its condition.
    pub fn accessor(&self) -> Option<(&'static str, Purpose, Option<String>)> {
        // Whoever enters a reader section with a lock held does not rely on the lock.
        if self.reading {
            return self.reader();
        }
        if let Some(lock) = self.locks.first() {
            let condition = Some(lock.condition.clone());
            return Some(("rcu_dereference_protected", Purpose::Update, condition));
        }
        if self.rtnl {
            return Some(("rtnl_dereference", Purpose::Update, None));
        }
        if let (Some(domain), true) = (self.domains.first(), self.readers.is_empty()) {
            return Some(("srcu_dereference", Purpose::ReadSleepable, Some(domain.clone())));
        }
        if let (Some(lock), true) = (self.others.first(), self.readers.is_empty()) {
            let condition = Some(lock.condition.clone());
            return Some(("rcu_dereference_protected", Purpose::Update, condition));
        }
        self.reader()
    }

    /// How well an accessor of the core fits that no other call uses.
    pub fn fit_of(&self, name: &str, purpose: Purpose) -> f64 {
        let fit = match self.accessor() {
            _ if purpose == Purpose::Look => 0.0,
            Some((called_for, ..)) if called_for == name => 1.0,
            Some(_) => -1.0,
            None => 0.0,
        };
        if self.hearsay { fit * HEARSAY } else { fit }
    }

    /// How well an accessor fits, from 1, just what is held, to -1, what is held contradicts it.
    pub fn fit(&self, accessor: &Wrapper, purpose: Purpose) -> f64 {
        if self.unknown() {
            return 0.0;
        }
        let fit = self.fit_at_all(accessor, purpose);
        if self.hearsay { fit * HEARSAY } else { fit }
    }

    fn fit_at_all(&self, accessor: &Wrapper, purpose: Purpose) -> f64 {
        match purpose {
            Purpose::Read(flavour) => {
                let checked = accessor.accessor.ends_with("_check");
                match (self.readers.contains(&flavour), checked) {
                    (true, false) if self.reading => 1.0,
                    (_, true) if self.reading => -1.0,
                    (true, false) | (_, true) => 0.3,
                    (false, false) => -1.0,
                }
            }
            Purpose::ReadSleepable if self.domains.is_empty() => -1.0,
            Purpose::ReadSleepable => 1.0,
            Purpose::Update if self.reading => -1.5,
            Purpose::Update => {
                let rtnl = accessor.condition.as_ref().is_some_and(|text| text.contains("rtnl"));
                match (rtnl, self.rtnl, self.locks.is_empty()) {
                    (true, true, _) | (false, _, false) => 1.0,
                    (true, false, false) => 0.0,
                    (false, true, true) => -0.3,
                    (_, false, true) if self.others.is_empty() => -1.0,
                    (_, false, true) => 0.5,
                }
            }
            Purpose::Unshared => -0.5,
            Purpose::Look | Purpose::Publish | Purpose::Initialise => 0.0,
        }
    }

    /// How much two places have in common: 1 nothing that tells them apart, less otherwise.
    pub fn likeness(&self, other: &Around) -> f64 {
        let reads = |around: &Around| !around.readers.is_empty() || !around.domains.is_empty();
        let updates =
            |around: &Around| around.rtnl || !around.locks.is_empty() || !around.others.is_empty();
        if self.unknown() || other.unknown() {
            return 0.7;
        }
        if reads(self) == reads(other) && updates(self) == updates(other) { 1.0 } else { 0.15 }
    }
}

/// Which side an accessor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A reader.
    Read(Flavour),
    /// A reader of an SRCU domain.
    ReadSleepable,
    /// Whoever may change the pointer.
    Update,
    /// Nobody else can reach it: a constant condition.
    Unshared,
    /// The value is not followed.
    Look,
    /// A store that readers may come upon at once.
    Publish,
    /// A store that needs no order.
    Initialise,
}

/// The sides of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Readers, of whatever flavour.
    Reader,
    /// Updaters, under whatever lock.
    Updater,
    /// Whoever has the object alone.
    Owner,
    /// Whoever only looks at the value.
    Onlooker,
    /// Whoever stores.
    Publisher,
}

impl Purpose {
    /// Its side.
    pub fn side(self) -> Side {
        match self {
            Purpose::Read(_) | Purpose::ReadSleepable => Side::Reader,
            Purpose::Update => Side::Updater,
            Purpose::Unshared => Side::Owner,
            Purpose::Look => Side::Onlooker,
            Purpose::Publish | Purpose::Initialise => Side::Publisher,
        }
    }

    /// Of a call with these arguments; `None` for what is no proposal: stores of NULL, accessors
    /// that check nothing.
    pub fn of(accessor: &Wrapper, arguments: &[String]) -> Option<Purpose> {
        let name = accessor.accessor.as_str();
        if name == "rcu_dereference_protected" {
            let given = (0..arguments.len()).find(|at| *at != accessor.pointer);
            let condition = accessor.condition.as_deref();
            let condition = condition.or_else(|| Some(arguments.get(given?)?.as_str()));
            return Some(if condition.is_some_and(constant) {
                Purpose::Unshared
            } else {
                Purpose::Update
            });
        }
        let stores = arguments.last().is_some_and(|value| !matches!(value.as_str(), "NULL" | "0"));
        match name {
            "rcu_assign_pointer" => return stores.then_some(Purpose::Publish),
            "RCU_INIT_POINTER" => return stores.then_some(Purpose::Initialise),
            _ => {}
        }
        let base = name.strip_suffix("_check").unwrap_or(name);
        if base != name && arguments.iter().any(|argument| constant(argument)) {
            return None;
        }
        match base {
            "rcu_dereference" | "rcu_dereference_all" => Some(Purpose::Read(Flavour::Rcu)),
            "rcu_dereference_bh" => Some(Purpose::Read(Flavour::Bh)),
            "rcu_dereference_sched" => Some(Purpose::Read(Flavour::Sched)),
            "srcu_dereference" => Some(Purpose::ReadSleepable),
            "rcu_access_pointer" => Some(Purpose::Look),
            _ => None,
        }
    }
}

/// Whether a condition always holds.
pub(crate) fn constant(condition: &str) -> bool {
    matches!(condition.trim_matches(['(', ')', ' ']), "1" | "true")
}

/// The variable that an expression starts from.
fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(['&', '(', '*']);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
