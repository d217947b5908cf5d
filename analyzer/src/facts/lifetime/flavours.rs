//! Which readers see an object, and for which its end waits: every flavour has grace periods of its
//! own (Documentation/RCU/whatisRCU.rst, "Analogy with Reference Counting" and "RCU API list").

use rustc_hash::FxHashMap;

use super::settle::is_read;
use super::story::{self, From, State};
use super::{Deferred, Noted};
use crate::facts::lists::uses::{Use, What};
use crate::facts::pointers::are_different;
use crate::facts::walk::Walk;
use crate::flow::Flows;
use crate::flow::accessors::AccessorKind;
use crate::flow::effects::{arguments, callee};
use crate::flow::ends::Ending;
use crate::flow::spelling::spelling;
use crate::flow::world::World;
use crate::kernel::context::{Kind as Section, Wait, context};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;

/// An object whose end waits for other readers than those that may see it.
#[derive(Clone, Debug)]
pub struct WrongWait {
    /// The function.
    pub function: Option<String>,
    /// The call that frees it, or has it freed.
    pub span: Span,
    /// The object, as written.
    pub expression: String,
    /// What is called to free it, or have it freed; `None` where what becomes of it is not seen, and
    /// the call is the last that waits.
    pub callee: Option<String>,
    /// Where it was taken from new readers.
    pub hidden: Span,
    /// What is waited for behind that; the call that frees is the last, where it waits itself.
    pub waits: Vec<Waited>,
    /// Readers that see it and are not waited for; `None` where none are waited for, whoever they are.
    pub reader: Option<SeenBy>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// Something that waits.
#[derive(Clone, Debug)]
pub struct Waited {
    /// The call.
    pub span: Span,
    /// What is called.
    pub name: String,
    /// What it waits for.
    pub what: Wait,
    /// Of SRCU, the domain as written.
    pub domain: Option<String>,
}

/// A place where readers load a pointer or walk a list.
#[derive(Clone, Debug)]
pub struct SeenBy {
    /// The load, or the loop.
    pub span: Span,
    /// The section it stands in.
    pub section: Section,
    /// Of SRCU, the domain as written.
    pub domain: Option<String>,
}

/// Where readers look at a member.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Read {
    member: String,
    span: Span,
    /// The sections around it, each with its domain.
    sections: Vec<(Section, Option<String>)>,
}

/// The end of an object that was hidden before, and for what it waits.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Ended {
    key: String,
    object: Option<String>,
    /// The member by which readers found it, or the call that took it out of a list.
    member: Result<String, Span>,
    /// Somebody reckons with readers.
    reckoned: bool,
    /// It ends there.
    freed: bool,
    wrong: WrongWait,
}

/// What concerns the flavours of readers in a file.
#[derive(Debug, Default)]
pub(in crate::facts) struct Flavours {
    reads: Vec<Read>,
    pub(super) ended: Vec<Ended>,
    /// The member that each accessor of a function is applied to.
    members: FxHashMap<NodeId, String>,
    /// Something in the file may wait for other readers than there are.
    pub several: bool,
}

impl Flavours {
    /// For a file with this text.
    pub fn of_file(text: &[u8]) -> Flavours {
        let several = OTHERS.iter().any(|word| memchr::memmem::find(text, word).is_some());
        Flavours { several, ..Flavours::default() }
    }

    /// Adds what was found in another item.
    pub fn append(&mut self, more: &mut Flavours) {
        self.reads.append(&mut more.reads);
        self.ended.append(&mut more.ended);
    }
}

/// Words of files in which something may wait for other readers than there are.
const OTHERS: [&[u8]; 4] = [b"srcu", b"_trace(", b"rcu_tasks", b"rcu_barrier("];

/// What a call waits for itself, if the tables know it.
pub(super) fn waited(tree: &Tree, flows: &Flows<'_, '_>, call: NodeId) -> Option<Waited> {
    let name = callee(tree, call)?;
    let (what, domain) = match context().deferral(name.as_bytes(), flows.version) {
        Some(row) => (row.waits, row.domain),
        None => {
            let row = context().sleeper(name.as_bytes(), flows.version)?;
            (row.waits?, row.domain)
        }
    };
    let given = arguments(tree, call);
    let domain = domain.and_then(|at| given.get(at)).map(|at| spelling(tree, *at));
    Some(Waited { span: tree.file_span(call), name: name.to_owned(), what, domain })
}

impl Walk<'_, '_, '_> {
    /// Notes which member an accessor is applied to, with the variables that it sees in scope.
    pub(super) fn flavour(&mut self, call: NodeId) {
        let tree = self.tree;
        if !self.flavours.several {
            return;
        }
        let Some(accessor) = callee(tree, call).and_then(|name| self.flows.accessor(name)) else {
            return;
        };
        let given = arguments(tree, call);
        let Some(lvalue) = accessor.pointer.and_then(|at| given.get(at)) else { return };
        let Ok(typed) = self.uses.typer(&self.scopes).typed(tree, *lvalue) else { return };
        let Some(site) = typed.site else { return };
        self.flavours.members.insert(call, site.name.clone());
        let (AccessorKind::Reader(kind) | AccessorKind::Either(kind)) = accessor.kind else {
            return;
        };
        let around = self.context(call);
        if around.locks().next().is_some() || around.locks_vary() {
            return;
        }
        let mut sections: Vec<_> =
            around.readers().map(|held| (held.kind, held.object.clone())).collect();
        if sections.is_empty() && accessor.kind == AccessorKind::Reader(Section::Srcu) {
            sections.push((kind, given.get(1).map(|domain| spelling(tree, *domain))));
        }
        if !sections.is_empty() {
            let span = tree.file_span(call);
            self.flavours.reads.push(Read { member: site.name.clone(), span, sections });
        }
    }

    /// What was hidden before a call that waits, whatever becomes of it.
    pub(super) fn only_waited(&self, call: NodeId, state: &State) -> Vec<Ended> {
        let Some(own) = waited(self.tree, self.flows, call) else { return Vec::new() };
        let deferred = callee(self.tree, call)
            .and_then(|name| context().deferral(name.as_bytes(), self.flows.version));
        // What was posted may be what the barrier is for.
        if deferred.is_some() || own.what == Wait::Callbacks && state.posts {
            return Vec::new();
        }
        let fresh = state.hidden.iter().map(|(key, hides)| (key, *hides, &[][..]));
        let passed = state.passed.iter().map(|(key, (hides, calls))| (key, *hides, &calls[..]));
        fresh
            .chain(passed)
            .filter(|(_, (_, from), _)| *from != From::Table)
            .map(|(key, (hides, from), calls)| {
                let earlier = calls.iter().filter_map(|at| waited(self.tree, self.flows, *at));
                Ended {
                    key: key.clone(),
                    object: None,
                    member: self.member_of(hides),
                    reckoned: from == From::Pointer,
                    freed: false,
                    wrong: WrongWait {
                        waits: earlier.chain([own.clone()]).collect(),
                        ..self.wrong(own.span, key.trim_start_matches('=').to_owned(), hides)
                    },
                }
            })
            .collect()
    }

    /// An end at a place, of something that a call has hidden.
    fn wrong(&self, span: Span, expression: String, hides: NodeId) -> WrongWait {
        WrongWait {
            function: self.function.clone(),
            span,
            expression,
            callee: None,
            hidden: self.tree.file_span(hides),
            waits: Vec::new(),
            reader: None,
            condition: self.condition_at(span),
        }
    }

    /// The member by which readers found what a call hides, or the name that is called.
    fn member_of(&self, hides: NodeId) -> Result<String, Span> {
        let function = self.tree.child(hides, Field::Function);
        let name = function.map_or(hides, |function| self.tree.bare(function));
        self.flavours.members.get(&hides).cloned().ok_or_else(|| self.tree.file_span(name))
    }

    /// Notes an object that ends at a call, after it was hidden and something was waited for.
    pub(super) fn ended(&self, one: &Noted, worlds: &[World], state: &State) -> Option<Ended> {
        let (tree, flow) = (self.tree, self.flow()?);
        let key = story::object(tree, one.argument)?;
        let own = waited(tree, self.flows, one.call).filter(|_| one.how == Ending::Deferred);
        let sure = match one.how {
            Ending::Deferred => own.is_some() && !self.goes_on(one.call),
            _ => one.frees(),
        };
        if !sure || story::is_fresh(flow, one.argument, worlds) {
            return None;
        }
        let passed = state.passed.get(&key).map(|(hides, waits)| (*hides, &waits[..]));
        let hidden = state.hidden.get(&key).filter(|_| own.is_some());
        let ((hides, from), calls) = passed.or_else(|| hidden.map(|one| (*one, &[][..])))?;
        if from == From::Table {
            return None;
        }
        let waits = calls.iter().filter_map(|call| waited(tree, self.flows, *call));
        let waits: Vec<Waited> = waits.chain(own).collect();
        let member = self.member_of(hides);
        let span = tree.file_span(one.call);
        let expression = String::from_utf8_lossy(tree.text(one.argument)).into_owned();
        let callee = callee(tree, one.call).map(str::to_owned);
        let wrong = WrongWait { callee, waits, ..self.wrong(span, expression, hides) };
        let reckoned = from == From::Pointer || one.head.is_some();
        let object = one.object.clone();
        Some(Ended { key, object, member, reckoned, freed: true, wrong })
    }

    /// Whether what a call puts behind a grace period puts it behind another one then.
    fn goes_on(&self, call: NodeId) -> bool {
        let tree = self.tree;
        let row = callee(tree, call)
            .and_then(|name| context().deferral(name.as_bytes(), self.flows.version));
        let Some(at) = row.and_then(|row| row.callback) else { return false };
        let callback = arguments(tree, call).get(at).map(|at| tree.bare(*at));
        let named = callback.filter(|at| tree.kind(*at) == Kind::Identifier);
        // Of a callback that is not named, nothing is known.
        named.is_none_or(|at| {
            let name = String::from_utf8_lossy(tree.text(at));
            self.flows.comes_to_defer(&name) || self.flows.may_wait_for_readers(&name)
        })
    }
}

/// Whether a wait is one for readers in such a section.
fn covers(wait: &Waited, (section, domain): &(Section, Option<String>)) -> bool {
    match (wait.what, section) {
        (Wait::Callbacks, _) => false,
        (Wait::Srcu, Section::Srcu) => match (&wait.domain, domain) {
            (Some(one), Some(other)) => !are_different(one, other),
            _ => true,
        },
        (Wait::Srcu, _) | (_, Section::Srcu) => false,
        (Wait::Rcu, section) => *section != Section::RcuTasksTrace,
        // rcu_trace_implies_rcu_gp(), include/linux/rcupdate_trace.h; those of tasks wait for all
        // that do not sleep.
        (Wait::RcuTasksTrace, _) => true,
        (Wait::RcuTasks, section) => *section != Section::RcuTasksTrace,
    }
}

/// The ends that wait for other readers than those that see the object.
pub(super) fn wrong_waits(
    found: &Flavours,
    walked: &[&Use],
    deferred: &[Deferred],
) -> Vec<WrongWait> {
    let judged: Vec<Judged> = found.ended.iter().map(|one| judged(one, found, walked)).collect();
    let all = || found.ended.iter().zip(&judged);
    let mut wrong = Vec::new();
    for (one, verdict) in all() {
        let Judged::Wrong(reader) = verdict else { continue };
        // Who does both knows when there are which readers.
        let either = deferred.iter().any(|other| {
            other.call != one.wrong.span
                && other.function == one.wrong.function
                && other.key.as_ref() == Some(&one.key)
        });
        let hides = |other: &Ended| other.wrong.hidden == one.wrong.hidden;
        // Where it only waits, all that it can wait for is this, and nothing else follows.
        let only = || {
            all().all(|(other, verdict)| match hides(other) {
                true => !other.freed && matches!(verdict, Judged::Wrong(_)),
                false => other.wrong.span != one.wrong.span || matches!(verdict, Judged::Wrong(_)),
            })
        };
        if !either && (one.freed || only()) {
            wrong.push(WrongWait { reader: reader.clone(), ..one.wrong.clone() });
        }
    }
    wrong.sort_by_key(|one| one.span);
    wrong.dedup_by_key(|one| one.span);
    wrong
}

/// What is known of an end.
enum Judged {
    /// It may be right.
    Unknown,
    /// It does not wait for these; or for nobody at all.
    Wrong(Option<SeenBy>),
}

fn judged(one: &Ended, found: &Flavours, walked: &[&Use]) -> Judged {
    let waits = &one.wrong.waits;
    let (reads, owner) = match &one.member {
        Ok(member) => {
            let reads = found.reads.iter().filter(|read| read.member == *member);
            (reads.map(|read| (read.span, read.sections.clone())).collect(), None)
        }
        Err(call) => walks_of(*call, walked),
    };
    let barrier = waits.iter().all(|wait| wait.what == Wait::Callbacks);
    if barrier && one.freed {
        let reckoned = one.reckoned || is_read(one.object.as_deref().or(owner), walked);
        return if reckoned { Judged::Wrong(None) } else { Judged::Unknown };
    }
    let missed = |sections: &[(Section, Option<String>)]| {
        !sections.is_empty()
            && !sections.iter().any(|section| waits.iter().any(|wait| covers(wait, section)))
    };
    let seen = reads.into_iter().find(|(_, sections)| missed(sections));
    let seen = seen.and_then(|(span, sections)| Some((span, sections.into_iter().next_back()?)));
    match seen {
        Some((span, (section, domain))) => Judged::Wrong(Some(SeenBy { span, section, domain })),
        None => Judged::Unknown,
    }
}

type Places = Vec<(Span, Vec<(Section, Option<String>)>)>;

/// The loops of readers over the list that a call takes something out of, and their sections; and
/// what it takes out.
fn walks_of<'u>(call: Span, walked: &[&'u Use]) -> (Places, Option<&'u str>) {
    let changed =
        walked.iter().find(|one| matches!(one.what, What::Change(..)) && one.place.span == call);
    let Some(changed) = changed else { return (Vec::new(), None) };
    let same = walked.iter().filter(|one| one.links_as(changed));
    let places = same.filter_map(|one| {
        let What::Walk(walking, _) = &one.what else { return None };
        let context = &one.context;
        if !walking.rcu || context.locks().next().is_some() || context.locks_vary() {
            return None;
        }
        let sections = context.readers().map(|held| (held.kind, held.object.clone())).collect();
        Some((one.place.span, sections))
    });
    (places.collect(), changed.owner())
}
