//! Reader sections that are open, or ended once too often, on some ways out of a function.

use crate::facts::sections::{Sites, Unbalanced, section};
use crate::facts::walk::Walk;
use crate::flow::effects::callee;
use crate::flow::solve::Flow;
use crate::flow::world::{ResourceId, Value, World};
use crate::kernel::context::Verb;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::types::Type;

/// A way out: the `return`, and the world there.
type Exit = (Option<NodeId>, World);

/// What a function returns on a way out, as far as it matters for who releases what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Nothing,
    /// 0, NULL, false.
    Zero,
    /// `-EINVAL`, `ERR_PTR(...)`.
    Error,
    Nonzero,
    Unknown,
}

/// What a function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Returns {
    Pointer,
    Bool,
    Number,
}

impl Walk<'_, '_, '_> {
    /// Looks for ways out that differ in the sections they leave open.
    pub(super) fn unbalanced(&mut self) {
        let Some(flow) = self.flow() else { return };
        let said: [&[u8]; 3] = [b"__acquires", b"__releases", b"__cond_acquires"];
        if said.iter().any(|word| memchr::memmem::find(&flow.cfg.head, word).is_some()) {
            return;
        }
        let exits: Vec<Exit> = flow
            .exits()
            .into_iter()
            .flat_map(|(returns, worlds)| worlds.into_iter().map(move |world| (returns, world)))
            .collect();
        if exits.iter().any(|(_, world)| world.unclear || world.coarse) {
            return;
        }
        let mut ids: Vec<ResourceId> =
            exits.iter().flat_map(|(_, world)| world.held().iter().map(|(id, _)| *id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut found = Vec::new();
        for id in ids.into_iter().filter(|id| flow.kind(*id).is_reader()) {
            self.unbalanced_section(flow, &exits, id, &mut found);
        }
        self.section_facts.unbalanced.extend(found);
    }

    fn unbalanced_section(
        &self,
        flow: &Flow<'_, '_, '_>,
        exits: &[Exit],
        id: ResourceId,
        found: &mut Vec<Unbalanced>,
    ) {
        let counts = || exits.iter().map(|(_, world)| world.count(id));
        let (Some(least), Some(most)) = (counts().min(), counts().max()) else { return };
        // All agree, or the conditions of taking and releasing are not understood.
        if least == most || least < 0 && most > 0 {
            return;
        }
        let sites = Sites::of(flow, id);
        // One of a pair; or the callers' section is dropped for a while.
        if sites.takes.is_empty()
            || sites.releases.is_empty()
            || sites.takes.iter().any(|(_, before)| *before < 0)
        {
            return;
        }
        if sites.takes.iter().any(|(node, _)| self.is_passed_on(flow, *node, &sites)) {
            return;
        }
        let spans: Vec<Span> = if most > 0 {
            // What is called through a pointer may end the section where the rest does not.
            let meet = |open: &Exit| {
                exits.iter().any(|(at, world)| *at == open.0 && world.count(id) <= least.max(0))
            };
            let open = || exits.iter().filter(|(_, world)| world.count(id) > least.max(0));
            if self.handed_over(flow, exits, id) && self.may_be_ended(flow, id)
                || open().any(meet) && calls_through(flow, id)
            {
                return;
            }
            let mut open: Vec<Option<NodeId>> = exits
                .iter()
                .filter(|(_, world)| world.count(id) > least.max(0))
                .map(|(returns, _)| *returns)
                .collect();
            open.sort_unstable();
            open.dedup();
            open.into_iter().map(|returns| self.way_out(returns)).collect()
        } else {
            // Taken under a condition: callers may hold it otherwise.
            let conditional = |(node, _): &(NodeId, i8)| is_conditional(self.tree, *node);
            // Or by what is called through a pointer.
            if sites.takes.iter().any(conditional) || calls_through(flow, id) {
                return;
            }
            let extra = sites.releases.iter().filter(|(_, before)| *before <= 0);
            extra.map(|(node, _)| self.tree.file_span(*node)).collect()
        };
        let (first, _) = sites.takes[0];
        for span in spans {
            found.push(Unbalanced {
                function: self.function.clone(),
                span,
                expression: String::from_utf8_lossy(self.tree.text(first)).into_owned(),
                section: section(&flow.resource(id)),
                released: most <= 0,
                taken: sites.taken(self),
                condition: self.condition_at(span),
            });
        }
    }

    /// Whether the index that srcu_read_lock() returned goes to somebody else than the call that ends
    /// the section: it may end it.
    fn is_passed_on(&self, flow: &Flow<'_, '_, '_>, take: NodeId, sites: &Sites) -> bool {
        let tree = self.tree;
        let Some(parent) = tree.parent(take) else { return false };
        let name = match tree.kind(parent) {
            Kind::AssignmentExpression => tree.child(parent, Field::Left),
            Kind::InitDeclarator => tree.child(parent, Field::Declarator),
            _ => None,
        };
        let Some(var) = name.and_then(|name| flow.var(tree.bare(name))) else { return false };
        flow.cfg.names.iter().filter(|(_, other)| **other == var).any(|(name, _)| {
            let mut around = std::iter::successors(tree.parent(*name), |at| tree.parent(*at));
            let call = around.find(|at| tree.kind(*at) == Kind::CallExpression);
            call.is_some_and(|call| !sites.releases.iter().any(|(release, _)| *release == call))
        })
    }

    /// The `return`, or the brace that ends the function.
    fn way_out(&self, returns: Option<NodeId>) -> Span {
        match (returns, &self.whole) {
            (Some(returns), _) => self.tree.file_span(returns),
            (None, Some((_, body))) => {
                let span = self.tree.file_span(*body);
                Span { start: span.end.saturating_sub(1), ..span }
            }
            (None, None) => Span::default(),
        }
    }

    /// Whether what a function returns tells its callers whether they have to end the section.
    fn handed_over(&self, flow: &Flow<'_, '_, '_>, exits: &[Exit], id: ResourceId) -> bool {
        // Where something else is held instead, that is handed over.
        let instead = |world: &World| world.held().iter().any(|(other, n)| *other != id && *n > 0);
        let outcomes = |open: bool| {
            exits
                .iter()
                .filter(move |(_, world)| (world.count(id) > 0) == open)
                .filter(move |(_, world)| open || !instead(world))
                .map(|(returns, world)| outcome(flow, *returns, world))
        };
        let all = |open: bool, wanted: &[Outcome]| outcomes(open).all(|one| wanted.contains(&one));
        use Outcome::{Error, Nonzero, Unknown, Zero};
        match self.returns() {
            Returns::Pointer => all(true, &[Nonzero, Unknown]) && all(false, &[Zero, Error]),
            Returns::Bool => all(true, &[Nonzero, Unknown]) && all(false, &[Zero]),
            Returns::Number => {
                all(true, &[Zero]) && all(false, &[Nonzero, Error])
                    || all(true, &[Nonzero]) && all(false, &[Zero, Error])
            }
        }
    }

    /// Whether somebody who calls the function may end the section: one does so in this file and
    /// begins none, or leaves it to its own callers, or nobody in this file calls it.
    fn may_be_ended(&self, flow: &Flow<'_, '_, '_>, id: ResourceId) -> bool {
        let Some(name) = self.function.as_deref() else { return true };
        let kind = flow.kind(id);
        let (mut called, mut ended) = (false, false);
        self.flows.each_caller(name, |_, tree| {
            called = true;
            let calls = tree.all().filter(|node| tree.kind(*node) == Kind::CallExpression);
            let (mut takes, mut releases) = (false, false);
            for call in calls {
                if callee(tree, call) == Some(name) {
                    // `return f();`: the section goes on to the callers' callers.
                    let parent = tree.parent(call).map(|parent| tree.kind(parent));
                    ended |= parent == Some(Kind::ReturnStatement);
                    continue;
                }
                for effect in self.flows.effects(tree, call).list {
                    takes |= effect.resource.kind == kind && effect.verb == Verb::Take;
                    releases |= effect.resource.kind == kind && effect.verb == Verb::Release;
                }
            }
            ended |= releases && !takes;
        });
        ended || !called
    }

    fn returns(&self) -> Returns {
        let Some(result) = &self.result else { return Returns::Number };
        match self.uses.typer(&self.scopes).resolve(result).ty {
            Type::Pointer(_) => Returns::Pointer,
            ty if ty == Type::BOOL => Returns::Bool,
            _ => Returns::Number,
        }
    }
}

/// Whether a function is called through a pointer while a section may be held.
fn calls_through(flow: &Flow<'_, '_, '_>, id: ResourceId) -> bool {
    let mut found = false;
    flow.visit(|node, worlds| {
        let tree = flow.tree;
        found |= tree.kind(node) == Kind::CallExpression
            && worlds.iter().any(|world| world.count(id) > 0)
            && tree.child(node, Field::Function).is_some_and(|function| {
                let function = tree.bare(function);
                tree.kind(function) != Kind::Identifier || flow.var(function).is_some()
            });
    });
    found
}

fn outcome(flow: &Flow<'_, '_, '_>, returns: Option<NodeId>, world: &World) -> Outcome {
    let tree = flow.tree;
    let Some(value) = returns.and_then(|returns| tree.first_child(returns)) else {
        return Outcome::Nothing;
    };
    let value = tree.bare(value);
    let text = tree.text(value);
    let error = text.starts_with(b"-E")
        || tree.kind(value) == Kind::CallExpression
            && matches!(callee(tree, value), Some("ERR_PTR" | "ERR_CAST"));
    if error {
        return Outcome::Error;
    }
    match flow.value(value, world) {
        Some(Value::Zero) => Outcome::Zero,
        Some(Value::Result(_)) | None => Outcome::Unknown,
        Some(_) if tree.kind(value) == Kind::UnaryExpression => Outcome::Unknown,
        Some(_) => Outcome::Nonzero,
    }
}

/// Whether a call is made only under a condition.
fn is_conditional(tree: &Tree, node: NodeId) -> bool {
    let mut around = std::iter::successors(tree.parent(node), |at| tree.parent(*at));
    around.any(|at| {
        matches!(
            tree.kind(at),
            Kind::IfStatement | Kind::ConditionalExpression | Kind::SwitchStatement
        ) || tree.kind(at) == Kind::BinaryExpression && matches!(tree.operator(at), b"&&" | b"||")
    })
}
