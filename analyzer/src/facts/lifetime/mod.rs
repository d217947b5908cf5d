//! How objects end that readers may still see: freed with no grace period behind the last reader's
//! chance to find them.

mod callbacks;
mod heads;
mod story;
mod unused;

use self::callbacks::lone_callbacks;
pub use self::callbacks::{CallbackDoes, GivenCallback, LoneCallback};
use self::unused::Unused;
use crate::evidence::Neighbours;
use crate::facts::Declaration;
use crate::facts::walk::Walk;
use crate::flow::Flows;
use crate::flow::effects::{arguments, callee};
use crate::flow::ends::Ending;
use crate::flow::spelling::{canonical, spelling};
use crate::kernel::context::{Wait, context};
use crate::modules::{Exit, Modules};
use crate::syntax::{Field, Kind, NodeId};
use crate::text::Span;
use crate::types::{Type, Unit};

/// What is wrong with the ends of objects, each by position.
#[derive(Debug, Default)]
pub struct LifetimeFacts {
    /// Objects that are freed at once.
    pub freed: Vec<FreedNow>,
    /// Functions that are called behind a grace period and do little there.
    pub callbacks: Vec<LoneCallback>,
    /// Ends of the module that leave functions of it to be called afterwards.
    pub exits: Vec<Exit>,
}

/// An object that is freed, though readers may still see it.
#[derive(Clone, Debug)]
pub struct FreedNow {
    /// The function.
    pub function: Option<String>,
    /// The call that frees it.
    pub span: Span,
    /// The object, as written.
    pub expression: String,
    /// The object, as text that compares equal where the code means the same.
    pub(crate) key: Option<String>,
    /// What is called.
    pub callee: String,
    /// What that comes to, where it is another: `kfree`.
    pub comes_to: Option<String>,
    /// The type of the object: `struct port`.
    pub object: Option<String>,
    /// The member by which its free is put behind a grace period elsewhere.
    pub head: Option<Declaration>,
    /// Nothing uses that member any more.
    pub unused: bool,
    /// What is called is made to be called behind a grace period (it takes a `struct rcu_head`).
    pub is_callback: bool,
    /// And nothing has that done.
    pub uncalled: bool,
    /// The work of a `struct rcu_work`, which is queued as if it were none.
    pub queued: bool,
    /// Where it was taken out of what readers walk, and by what.
    pub hidden: Option<(Span, String)>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// A call that frees or hides an object.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub call: NodeId,
    pub argument: NodeId,
    pub how: Ending,
    pub object: Option<String>,
    pub head: Option<Declaration>,
}

impl Walk<'_, '_, '_> {
    /// Looks at an expression, with the variables that it sees in scope.
    pub(super) fn lifetime(&mut self, node: NodeId) {
        if self.tree.kind(node) != Kind::CallExpression || self.body.is_some() {
            return;
        }
        let given = arguments(self.tree, node);
        self.deferral(node, &given);
        self.queued(node, &given);
        for end in self.flows.ends(self.tree, node) {
            let Some(argument) = given.get(end.argument).copied() else { continue };
            let (object, head) = match end.how {
                Ending::Hidden(..) => (None, None),
                _ => self.object_of(argument),
            };
            self.ends.push(Noted { call: node, argument, how: end.how, object, head });
        }
    }
}

/// Something that is put behind a grace period.
#[derive(Clone, Debug)]
pub(super) struct Deferred {
    /// The function that does it.
    pub function: Option<String>,
    /// The object, as text.
    pub key: Option<String>,
    /// The type of the object, where it is known.
    pub object: Option<String>,
    /// The member for it.
    pub member: String,
    /// The call.
    pub call: Span,
    /// What is waited for, if the table knows the call.
    pub waits: Option<Wait>,
    /// The function that is called then, and where it is named.
    pub callback: Option<(String, Span)>,
    /// `port` and `a.rcu` of `&port->a.rcu`.
    pub pointer: Option<String>,
    pub path: Option<String>,
    /// The call is a statement of its own.
    pub statement: bool,
}

impl Walk<'_, '_, '_> {
    fn deferral(&mut self, call: NodeId, given: &[NodeId]) {
        let tree = self.tree;
        let row = callee(tree, call)
            .and_then(|name| context().deferral(name.as_bytes(), self.flows.version));
        let named = row.is_some_and(|row| row.object.is_some());
        let callback = row.and_then(|row| given.get(row.callback?)).map(|at| tree.bare(*at));
        let callback = callback
            .filter(|at| tree.kind(*at) == Kind::Identifier)
            .map(|at| (String::from_utf8_lossy(tree.text(at)).into_owned(), tree.file_span(at)));
        for at in self.flows.deferred(tree, call) {
            let Some(argument) = given.get(at) else { continue };
            // `kfree_rcu(x, rcu)`, `call_rcu(&x->rcu, done)`
            let member = if named { given.get(1) } else { Some(argument) };
            let member = member.map(|at| spelling(tree, *at)).unwrap_or_default();
            let member = member.rsplit(['.', '>']).next().unwrap_or_default();
            let around = tree.parent(call).map(|around| tree.kind(around));
            let inside = String::from_utf8_lossy(tree.text(tree.bare(*argument))).into_owned();
            let inside = inside.strip_prefix('&').and_then(|at| at.rsplit_once("->"));
            self.deferred.push(Deferred {
                call: tree.file_span(call),
                waits: row.map(|row| row.waits),
                callback: callback.clone(),
                pointer: inside.map(|(pointer, _)| pointer.trim().to_owned()),
                path: inside.map(|(_, path)| canonical(path)),
                statement: around == Some(Kind::ExpressionStatement),
                function: self.function.clone(),
                key: story::object(tree, *argument),
                object: self.object_of(*argument).0,
                member: member.trim_end_matches(')').to_owned(),
            });
        }
    }
}

impl Walk<'_, '_, '_> {
    /// `queue_work(wq, &x->rwork.work)` does at once what `queue_rcu_work(wq, &x->rwork)` does behind a
    /// grace period. Source: include/linux/workqueue.h.
    fn queued(&mut self, call: NodeId, given: &[NodeId]) {
        let tree = self.tree;
        let Some(name) = callee(tree, call) else { return };
        let Some(at) = context().queues(name.as_bytes(), self.flows.version) else { return };
        let Some(work) = given.get(at).map(|at| tree.bare(*at)) else { return };
        let member = tree.child(work, Field::Argument).map(|inner| tree.bare(inner));
        let Some(rwork) = member
            .filter(|_| tree.operator(work) == b"&")
            .and_then(|member| tree.child(member, Field::Argument))
        else {
            return;
        };
        let typer = self.uses.typer(&self.scopes);
        let Ok(typed) = typer.typed(tree, rwork) else { return };
        if !matches!(typer.resolve(&typed.ty).ty, Type::Tag(tag) if &*tag == "rcu_work") {
            return;
        }
        let span = tree.file_span(call);
        self.lifetime_facts.freed.push(FreedNow {
            function: self.function.clone(),
            span,
            expression: String::from_utf8_lossy(tree.text(rwork)).into_owned(),
            key: None,
            callee: name.to_owned(),
            comes_to: None,
            object: None,
            head: None,
            unused: false,
            is_callback: false,
            uncalled: false,
            queued: true,
            hidden: None,
            condition: self.condition_at(span),
        });
    }
}

/// The ends of the module that a file is a part of, as far as they stand in it.
pub(super) fn exits(unit: &Unit<'_>, modules: &Modules) -> Vec<Exit> {
    let file = &unit.file;
    let speaks = memchr::memmem::find(file.source().bytes(), b"module_").is_some();
    if !speaks || callbacks::is_rcu_itself(&file.path) {
        return Vec::new();
    }
    let mut exits = modules.exits(file, unit.knowledge.version);
    for one in exits.iter_mut().flat_map(|exit| &mut exit.posted) {
        if one.at.path == file.path {
            one.at.shown.clone_from(&file.shown);
        }
    }
    exits
}

/// Judges what was found, once all of a file was looked at.
pub(super) fn settle(
    unit: &Unit<'_>,
    flows: &Flows<'_, '_>,
    neighbours: &Neighbours,
    deferred: Vec<Deferred>,
    facts: &mut LifetimeFacts,
) {
    facts.callbacks = lone_callbacks(flows, &deferred);
    facts.freed.sort_by_key(|one| one.span);
    facts.freed.dedup_by_key(|one| one.span);
    let unused = Unused { unit, flows, neighbours, deferred };
    facts.freed.retain_mut(|one| {
        if one.queued {
            return true;
        }
        // Further up the same would be said again.
        if one.comes_to.is_none() {
            one.uncalled =
                one.is_callback && one.object.is_some() && !flows.is_given_away(&one.callee);
            one.unused = one.head.as_ref().is_some_and(|head| unused.is_unused(one, head));
        }
        // Who does both knows when there are readers.
        let either = unused.deferred.iter().any(|other| {
            other.function == one.function && other.key.is_some() && other.key == one.key
        });
        let kept = one.hidden.is_some() && !either || one.unused || one.uncalled;
        let name = one.function.as_deref();
        kept && !name.is_some_and(|name| flows.is_called_after_readers(name))
    });
}

impl LifetimeFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        let LifetimeFacts { freed, callbacks, exits } = self;
        !freed.is_empty() || !callbacks.is_empty() || !exits.is_empty()
    }

    pub(super) fn append(&mut self, more: &mut LifetimeFacts) {
        self.freed.append(&mut more.freed);
    }
}
