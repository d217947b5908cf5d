//! How objects end that readers may still see: freed with no grace period behind the last reader's
//! chance to find them.

mod callbacks;
mod flavours;
mod heads;
mod looks;
mod percpu;
mod release;
mod settle;
mod story;
mod told;
mod unused;

pub(super) use flavours::Flavours;
pub(super) use looks::{Look, keep_looked_at, late_members};
pub(super) use percpu::{NotedRef, stories};
pub use percpu::{PercpuRef, Step};
pub(super) use settle::settle;

pub use self::callbacks::{CallbackDoes, GivenCallback, LoneCallback};
pub use self::flavours::{SeenBy, Waited, WrongWait};
use crate::facts::Declaration;
use crate::facts::walk::Walk;
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
    /// Objects that are freed, or waited for, before they are hidden.
    pub early: Vec<EarlyEnd>,
    /// Objects whose end waits for other readers than theirs.
    pub wrong: Vec<WrongWait>,
    /// Stores to objects that readers can see already.
    pub late: Vec<LateStore>,
    /// Objects that live by a percpu_ref.
    pub refs: Vec<PercpuRef>,
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
    /// It was taken out of an `__rcu` pointer, or has a member for a grace period: somebody reckons
    /// with readers.
    pub(super) reckoned: bool,
    /// Where it was taken out of what readers walk.
    pub hidden: Option<Span>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// An object that is freed before it is taken out of what readers walk, or that nobody waits for
/// behind that.
#[derive(Clone, Debug)]
pub struct EarlyEnd {
    /// The function.
    pub function: Option<String>,
    /// The call that frees it.
    pub span: Span,
    /// The object.
    pub expression: String,
    /// What is called.
    pub callee: String,
    /// Where it is taken out of what readers walk.
    pub hidden: Span,
    /// The function waited for readers before that, and frees at once behind it.
    pub waited: bool,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// A store to an object that readers can see already.
#[derive(Clone, Debug)]
pub struct LateStore {
    /// The function.
    pub function: Option<String>,
    /// The lvalue that is stored to.
    pub span: Span,
    /// The same as written.
    pub expression: String,
    /// The variable that points to the object.
    pub object: String,
    /// The member of the object.
    pub(super) member: String,
    /// The call that showed it to readers.
    pub shown: Span,
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

impl Noted {
    /// Whether the object is freed at once.
    fn frees(&self) -> bool {
        matches!(self.how, Ending::Freed(_) | Ending::CalledBack(_))
    }

    /// Whether it is freed, or will be.
    fn ends(&self) -> bool {
        !matches!(self.how, Ending::Hidden(..))
    }
}

impl Walk<'_, '_, '_> {
    /// Looks at an expression, with the variables that it sees in scope.
    pub(super) fn lifetime(&mut self, node: NodeId) {
        if self.tree.kind(node) != Kind::CallExpression || self.body.is_some() {
            return;
        }
        let given = arguments(self.tree, node);
        self.queued(node, &given);
        self.percpu_ref(node, &given);
        self.flavour(node);
        for end in self.flows.ends(self.tree, node) {
            let Some(argument) = given.get(end.argument).copied() else { continue };
            let (object, head) = match end.how {
                Ending::Hidden(..) => (None, None),
                _ => self.object_of(argument),
            };
            if end.how == Ending::Deferred {
                self.deferral(node, &given, argument, &object);
            }
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
    /// The member for it; `None` where it needs none.
    pub member: Option<String>,
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
    fn deferral(
        &mut self,
        call: NodeId,
        given: &[NodeId],
        argument: NodeId,
        object: &Option<String>,
    ) {
        let tree = self.tree;
        let row = callee(tree, call)
            .and_then(|name| context().deferral(name.as_bytes(), self.flows.version));
        // `kfree_rcu(x, rcu)`, `kfree_rcu(x)`, `call_rcu(&x->rcu, done)`
        let member = match row {
            Some(row) if row.object.is_some() => given.get(1).map(|at| spelling(tree, *at)),
            _ => Some(spelling(tree, argument)),
        };
        let last = |text: String| {
            let last = text.rsplit(['.', '>']).next().unwrap_or_default();
            last.trim_end_matches(')').to_owned()
        };
        // Of a member of a member it is not known here what it is a member of.
        let direct = member.as_ref().is_none_or(|member| match row {
            Some(row) if row.object.is_some() => !member.contains(['.', '>']),
            _ => !member.contains('.'),
        });
        let callback = row.and_then(|row| given.get(row.callback?)).map(|at| tree.bare(*at));
        let callback = callback
            .filter(|at| tree.kind(*at) == Kind::Identifier)
            .map(|at| (String::from_utf8_lossy(tree.text(at)).into_owned(), tree.file_span(at)));
        let around = tree.parent(call).map(|around| tree.kind(around));
        let inside = String::from_utf8_lossy(tree.text(tree.bare(argument))).into_owned();
        let inside = inside.strip_prefix('&').and_then(|at| at.rsplit_once("->"));
        self.deferred.push(Deferred {
            call: tree.file_span(call),
            waits: row.map(|row| row.waits),
            callback,
            pointer: inside.map(|(pointer, _)| pointer.trim().to_owned()),
            path: inside.map(|(_, path)| canonical(path)),
            statement: around == Some(Kind::ExpressionStatement),
            function: self.function.clone(),
            key: story::object(tree, argument),
            object: object.clone().filter(|_| direct),
            member: member.map(last),
        });
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
            reckoned: true,
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

impl LifetimeFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        let LifetimeFacts { freed, early, wrong, late, refs, callbacks, exits } = self;
        !(freed.is_empty()
            && early.is_empty()
            && wrong.is_empty()
            && late.is_empty()
            && refs.is_empty()
            && callbacks.is_empty()
            && exits.is_empty())
    }

    pub(super) fn append(&mut self, more: &mut LifetimeFacts) {
        self.freed.append(&mut more.freed);
        self.early.append(&mut more.early);
        self.late.append(&mut more.late);
    }
}
