//! Reader sections: what is done in them, outside them, and at their ends.

mod balance;
mod outside;
mod sleeping;
mod stale;

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::facts::Declaration;
use crate::facts::walk::Walk;
use crate::flow::solve::Flow;
use crate::flow::world::{Resource, ResourceId};
use crate::kernel::context::Kind;
use crate::syntax::{Kind as Node, NodeId, Tree};
use crate::text::Span;

/// What is wrong with the reader sections of a file, each by position.
#[derive(Debug, Default)]
pub struct SectionFacts {
    /// Loads for readers where no reader is.
    pub outside: Vec<OutsideReader>,
    /// Pointers that are followed, or returned, after their reader section.
    pub stale: Vec<StaleUse>,
    /// Ways out of a function on which a reader section is still open, or ended once too often.
    pub unbalanced: Vec<Unbalanced>,
    /// Calls that sleep where that is not allowed.
    pub sleeping: Vec<Sleeping>,
}

/// A reader section or lock, or something that is switched off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Section {
    /// What it is.
    pub kind: Kind,
    /// Which domain or lock, as written.
    pub object: Option<String>,
}

/// How it is known that no reader section is around a place, on some way there at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyBare {
    /// Who calls the function is known.
    Callers,
    /// This function calls it so.
    Called(String),
    /// This function of another input does.
    Elsewhere(Declaration),
    /// On the same way this call sleeps, in the end in the function of this name.
    Sleeps(Span, String),
}

/// A load by a reader's accessor where no reader section is.
#[derive(Clone, Debug)]
pub struct OutsideReader {
    /// The function around it.
    pub function: Option<String>,
    /// The call of the accessor.
    pub span: Span,
    /// What is loaded.
    pub expression: String,
    /// The accessor.
    pub accessor: String,
    /// The section that it wants.
    pub wants: Section,
    /// How it is known that there is none.
    pub why: WhyBare,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// A pointer loaded in a reader section of a function, and used after it.
#[derive(Clone, Debug)]
pub struct StaleUse {
    /// The function.
    pub function: Option<String>,
    /// The use.
    pub span: Span,
    /// The pointer.
    pub expression: String,
    /// It is returned (otherwise: followed).
    pub returned: bool,
    /// Where it was loaded.
    pub loaded: Span,
    /// Where the section ended: the call that ended it, or the guard whose scope ended.
    pub ended: Span,
    /// A guard's scope ended it.
    pub by_guard: bool,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// A way out of a function that differs from others in what it leaves behind.
#[derive(Clone, Debug)]
pub struct Unbalanced {
    /// The function.
    pub function: Option<String>,
    /// The `return`, the closing brace, or the call that ends a section once too often.
    pub span: Span,
    /// The call that begins the section: `rcu_read_lock()`.
    pub expression: String,
    /// The section.
    pub section: Section,
    /// It is ended once too often (otherwise: still open).
    pub released: bool,
    /// Where sections of the kind begin.
    pub taken: Vec<Span>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// A call that sleeps where that is not allowed.
#[derive(Clone, Debug)]
pub struct Sleeping {
    /// The function.
    pub function: Option<String>,
    /// The call.
    pub span: Span,
    /// What is called.
    pub callee: String,
    /// The function of the table that this comes to, where it is another.
    pub comes_to: Option<String>,
    /// The functions of other files on the way to that.
    pub elsewhere: Vec<Declaration>,
    /// What it waits for.
    pub waiting: Waiting,
    /// What is held there.
    pub section: Section,
    /// Where that begins; empty if the kernel calls the function so.
    pub taken: Vec<Span>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// What a call that sleeps waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing that has to do with RCU.
    No,
    /// A grace period that cannot end before the section does, or callbacks behind it.
    ForSection,
    /// A grace period that does not depend on what is held.
    ForOthers,
}

/// Values that variables have after their section, by the expression that uses them.
pub(super) type Stale = OnceCell<FxHashMap<NodeId, (NodeId, NodeId)>>;

impl Walk<'_, '_, '_> {
    /// Looks at an expression, with the variables that it sees in scope.
    pub(super) fn sections(&mut self, node: NodeId) {
        match self.tree.kind(node) {
            Node::CallExpression => self.outside_reader(node),
            Node::FieldExpression | Node::PointerExpression | Node::SubscriptExpression => {
                self.followed_after(node);
            }
            _ => {}
        }
    }

    /// Looks at the whole function, after everything in it was looked at.
    pub(super) fn sections_of_function(&mut self) {
        self.returned_after();
        self.unbalanced();
        self.sleeping();
    }

    /// The place of a call or loop in the file, for reports.
    fn place(&self, node: NodeId) -> Span {
        self.tree.file_span(headline(self.tree, node))
    }
}

/// Of a loop or guard with a body, its head.
fn headline(tree: &Tree, node: NodeId) -> NodeId {
    match tree.kind(node) {
        Node::WhileStatement => tree.child(node, crate::syntax::Field::Condition).unwrap_or(node),
        _ => node,
    }
}

fn section(resource: &Resource) -> Section {
    Section { kind: resource.kind, object: resource.object.as_deref().map(str::to_owned) }
}

/// The calls of a function that take or release something, in order, with the lowest count before.
#[derive(Debug, Default)]
struct Sites {
    takes: Vec<(NodeId, i8)>,
    releases: Vec<(NodeId, i8)>,
}

impl Sites {
    fn of(flow: &Flow<'_, '_, '_>, id: ResourceId) -> Sites {
        use crate::kernel::context::Verb;
        let resource = flow.resource(id);
        let mut sites = Sites::default();
        flow.visit(|node, worlds| {
            if flow.tree.kind(node) != Node::CallExpression {
                return;
            }
            let lowest = worlds.iter().map(|world| world.count(id)).min().unwrap_or(0);
            for effect in &flow.effects_of(node).list {
                if effect.resource == resource {
                    match effect.verb {
                        Verb::Take => sites.takes.push((node, lowest)),
                        Verb::Release => sites.releases.push((node, lowest)),
                        Verb::Assert => {}
                    }
                }
            }
        });
        for list in [&mut sites.takes, &mut sites.releases] {
            list.sort_by_key(|(node, _)| flow.tree.span(*node).start);
            list.dedup();
        }
        sites
    }

    fn taken(&self, walk: &Walk<'_, '_, '_>) -> Vec<Span> {
        self.takes.iter().map(|(node, _)| walk.tree.file_span(*node)).collect()
    }
}

impl SectionFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        let SectionFacts { outside, stale, unbalanced, sleeping } = self;
        !(outside.is_empty() && stale.is_empty() && unbalanced.is_empty() && sleeping.is_empty())
    }

    pub(super) fn append(&mut self, more: &mut SectionFacts) {
        self.outside.append(&mut more.outside);
        self.stale.append(&mut more.stale);
        self.unbalanced.append(&mut more.unbalanced);
        self.sleeping.append(&mut more.sleeping);
    }

    /// Sorts what was found, and leaves out what several readings of an item agree on.
    pub(super) fn settle(&mut self) {
        self.outside.sort_by_key(|one| one.span);
        self.outside.dedup_by_key(|one| one.span);
        // The first use after a section is enough.
        self.stale.sort_by_key(|one| (one.returned, one.span));
        let mut seen = rustc_hash::FxHashSet::default();
        self.stale.retain(|one| seen.insert((one.loaded, one.ended, one.expression.clone())));
        self.stale.sort_by_key(|one| one.span);
        self.unbalanced.sort_by(|a, b| (a.span, &a.section).cmp(&(b.span, &b.section)));
        self.unbalanced.dedup_by(|a, b| a.span == b.span && a.section == b.section);
        self.sleeping.sort_by_key(|one| one.span);
        self.sleeping.dedup_by_key(|one| one.span);
    }
}
