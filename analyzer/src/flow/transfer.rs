//! What one step makes of a world.

use crate::flow::Flows;
use crate::flow::accessors::AccessorKind;
use crate::flow::build::declared_name;
use crate::flow::cfg::VarId;
use crate::flow::conditions::transparent;
use crate::flow::effects::{Effect, arguments, callee};
use crate::flow::solve::{Flow, condition_text};
use crate::flow::spelling::{pointer_into, root, spelling};
use crate::flow::world::{ResourceId, Value, World};
use crate::kernel::api;
use crate::kernel::context::{Kind, Verb, When, context};
use crate::syntax::{Field, Kind as Node, NodeId};

impl Flows<'_, '_> {
    /// Whether a call of a function may take a reference on what it is given.
    fn may_keep(&self, name: &str) -> bool {
        if let Some(known) = self.keepers.borrow().get(name) {
            return *known;
        }
        let named = |part: &str| KEEPERS.iter().any(|word| part.starts_with(word));
        let asks = name.split('_').any(|part| matches!(part, "is" | "has" | "can"));
        let may = !asks && name.split('_').any(named) || self.keeps(name);
        self.keepers.borrow_mut().insert(name.into(), may);
        may
    }
}

impl Flow<'_, '_, '_> {
    /// Evaluates an expression whose operands are evaluated.
    pub(super) fn evaluate(&self, node: NodeId, world: &mut World) {
        let tree = self.tree;
        match tree.kind(node) {
            Node::CallExpression => self.call(node, world),
            Node::AssignmentExpression => {
                let sides = tree.child(node, Field::Left).zip(tree.child(node, Field::Right));
                if let Some((left, right)) = sides {
                    self.assign(left, right, tree.operator(node) == b"=", world);
                }
            }
            Node::InitDeclarator => {
                let name = declared_name(tree, node).and_then(|name| self.var(name));
                if let (Some(var), Some(value)) = (name, tree.child(node, Field::Value)) {
                    let value = self.value(value, world);
                    self.set(var, value, world);
                }
            }
            Node::UpdateExpression => {
                if let Some(operand) = tree.child(node, Field::Argument) {
                    self.changed(operand, world);
                }
            }
            Node::WhileStatement => self.next_round(node, world),
            _ => {}
        }
    }

    fn set(&self, var: VarId, value: Option<Value>, world: &mut World) {
        world.set_value(var, value);
        self.forget(&self.cfg.vars[usize::from(var)], world);
    }

    /// Something new is stored there.
    fn changed(&self, lvalue: NodeId, world: &mut World) {
        let lvalue = self.tree.bare(lvalue);
        match self.var(lvalue) {
            Some(var) => self.set(var, None, world),
            None => self.forget(&spelling(self.tree, lvalue), world),
        }
    }

    fn assign(&self, left: NodeId, right: NodeId, plain: bool, world: &mut World) {
        let tree = self.tree;
        let value = plain.then(|| self.value(right, world)).flatten();
        let target = tree.bare(left);
        if let Some(var) = self.var(target) {
            self.set(var, value, world);
            return;
        }
        self.changed(target, world);
        // What it says is not followed there.
        world.unclear |= matches!(value, Some(Value::Result(_)));
        // Stored somewhere: others can find it, unless the place is in an object of our own.
        let own = root(tree, target)
            .and_then(|root| self.var(root))
            .and_then(|var| world.value(var))
            .is_some_and(|value| matches!(value, Value::Fresh(_)));
        if !own {
            self.hand_out(right, world);
        }
    }

    /// A pointer is given to others.
    pub(super) fn hand_out(&self, value: NodeId, world: &mut World) {
        let var = pointer_into(self.tree, value).and_then(|name| self.var(name));
        if let Some(var) = var {
            if matches!(world.value(var), Some(Value::Fresh(_) | Value::New(_))) {
                world.set_value(var, None);
            }
        }
    }

    /// What an expression is worth.
    pub fn value(&self, node: NodeId, world: &World) -> Option<Value> {
        let tree = self.tree;
        let node = tree.bare(node);
        match tree.kind(node) {
            Node::Identifier => self.var(node).and_then(|var| world.value(var)),
            Node::CastExpression => self.value(tree.child(node, Field::Value)?, world),
            Node::Null | Node::False => Some(Value::Zero),
            Node::True => Some(Value::Nonzero),
            Node::NumberLiteral => {
                Some(if tree.text(node) == b"0" { Value::Zero } else { Value::Nonzero })
            }
            Node::UnaryExpression if tree.operator(node) == b"-" => {
                let operand = tree.bare(tree.child(node, Field::Argument)?);
                let text = tree.text(operand);
                let error = text.first() == Some(&b'E') && text.len() > 2
                    || tree.kind(operand) == Node::NumberLiteral && text != b"0";
                error.then_some(Value::Nonzero)
            }
            Node::PointerExpression if tree.operator(node) == b"&" => {
                let var = pointer_into(tree, node).and_then(|name| self.var(name))?;
                world.value(var).filter(|value| !matches!(value, Value::Fresh(_) | Value::New(_)))
            }
            Node::AssignmentExpression => self.value(tree.child(node, Field::Left)?, world),
            Node::CommaExpression => self.value(tree.child(node, Field::Right)?, world),
            Node::ConditionalExpression => {
                let yes = tree.child(node, Field::Consequence).and_then(|n| self.value(n, world));
                let no = tree.child(node, Field::Alternative).and_then(|n| self.value(n, world));
                match (yes, no) {
                    (Some(Value::Fresh(_)), Some(Value::Zero)) => yes,
                    (Some(Value::Zero), Some(Value::Fresh(_))) => no,
                    _ if yes == no => yes,
                    _ => None,
                }
            }
            Node::CallExpression => self.call_value(node, world),
            _ => None,
        }
    }

    fn call_value(&self, call: NodeId, world: &World) -> Option<Value> {
        let tree = self.tree;
        if let Some(inner) = transparent(tree, call) {
            return self.value(inner, world);
        }
        let name = callee(tree, call)?;
        if let Some(accessor) = self.flows.accessor(name) {
            return match accessor.kind {
                AccessorKind::Look => Some(Value::Looked(call)),
                AccessorKind::Protected => Some(Value::Guarded(call)),
                kind if kind.loads() => Some(self.loaded(call, world)),
                _ => None,
            };
        }
        if matches!(name, "container_of" | "list_entry" | "hlist_entry" | "rb_entry") {
            return self.value(*arguments(tree, call).first()?, world);
        }
        if name == "ERR_PTR" {
            return Some(Value::Nonzero);
        }
        if api().allocators.contains(name.as_bytes()) {
            return Some(Value::Fresh(call));
        }
        if self.effects_of(call).list.iter().any(|effect| effect.when != When::Always) {
            return Some(Value::Result(call));
        }
        if self.flows.interesting(name) {
            let summary = self.flows.summary(name);
            if summary.returns_fresh {
                return Some(Value::Fresh(call));
            }
            if summary.returns_loaded {
                return Some(self.loaded(call, world));
            }
        }
        None
    }

    /// A pointer loaded by a reader's accessor is good as long as the reader section; a lock that
    /// is held as well may be what the pointer lives by.
    fn loaded(&self, call: NodeId, world: &World) -> Value {
        let locked = world.held().iter().any(|(id, count)| *count > 0 && is_lock(self.kind(*id)))
            || world.asserted().iter().any(|id| is_lock(self.kind(*id)));
        let reader = world.held().iter().any(|(id, count)| *count > 0 && !is_lock(self.kind(*id)));
        if locked || !reader { Value::Guarded(call) } else { Value::Loaded(call) }
    }

    /// The kind of a resource.
    pub fn kind(&self, id: ResourceId) -> Kind {
        self.resource(id).kind
    }

    fn call(&self, call: NodeId, world: &mut World) {
        let tree = self.tree;
        let effects = self.effects_of(call);
        world.unclear |= effects.unclear;
        // Whoever does not look at the result counts on success.
        let ignored = tree.parent(call).is_some_and(|p| tree.kind(p) == Node::ExpressionStatement);
        for effect in &effects.list {
            if effect.when == When::Always || ignored && effect.verb == Verb::Take {
                self.apply(effect, call, world);
            }
        }
        let Some(name) = callee(tree, call) else { return };
        if let Some(accessor) = self.flows.accessor(name) {
            let stored = accessor.value.and_then(|at| arguments(tree, call).get(at).copied());
            if let Some(stored) = stored {
                self.hand_out(stored, world);
            }
            if let Some(lvalue) = accessor.pointer.filter(|_| accessor.value.is_some()) {
                if let Some(lvalue) = arguments(tree, call).get(lvalue) {
                    self.changed(*lvalue, world);
                }
            }
            return;
        }
        self.keep(call, name, world);
        let keeps = self.handed_over(name);
        let looks = api().operations.contains_key(name.as_bytes())
            || matches!(
                name,
                "IS_ERR" | "IS_ERR_OR_NULL" | "PTR_ERR" | "PTR_ERR_OR_ZERO" | "ERR_CAST"
            );
        for (at, argument) in arguments(tree, call).into_iter().enumerate() {
            let bare = tree.bare(argument);
            // `&x`: the callee may store there.
            if tree.kind(bare) == Node::PointerExpression && tree.operator(bare) == b"&" {
                let inner = tree.child(bare, Field::Argument).map(|inner| tree.bare(inner));
                if let Some(var) = inner.and_then(|inner| self.var(inner)) {
                    self.set(var, None, world);
                    continue;
                }
            }
            let Some(var) = pointer_into(tree, argument).and_then(|name| self.var(name)) else {
                continue;
            };
            match world.value(var) {
                // A reference is taken: it no longer lives by the reader section.
                Some(Value::Loaded(load)) if keeps(at) => {
                    world.set_value(var, Some(Value::Guarded(load)));
                }
                Some(Value::Fresh(allocated) | Value::New(allocated)) if !looks => {
                    let whole = self.var(bare) == Some(var);
                    if api().publishers.contains(name.as_bytes()) {
                        world.set_value(var, None);
                    } else if whole {
                        world.set_value(var, Some(Value::New(allocated)));
                    }
                }
                _ => {}
            }
        }
    }

    /// Of an object on which a call takes a reference, or on something that it leads to, no pointer
    /// lives by the reader section any longer.
    fn keep(&self, call: NodeId, name: &str, world: &mut World) {
        let keeps = self.handed_over(name);
        for (at, argument) in arguments(self.tree, call).into_iter().enumerate() {
            if !keeps(at) {
                continue;
            }
            let argument = match self.tree.kind(self.tree.bare(argument)) {
                // `get_device(to_dev(p))`
                Node::CallExpression => {
                    arguments(self.tree, self.tree.bare(argument)).first().copied()
                }
                _ => Some(argument),
            };
            let var = argument.and_then(|node| root(self.tree, node)).and_then(|at| self.var(at));
            let Some(var) = var else { continue };
            match world.value(var) {
                Some(Value::Loaded(load)) => keep_loaded(load, world),
                // What was loaded from the object that is kept now is in its keeping.
                _ if self.refers(name) => {
                    let loads: Vec<NodeId> = world
                        .values_mut()
                        .filter_map(|(_, value)| match value {
                            Value::Loaded(load) => Some(*load),
                            _ => None,
                        })
                        .filter(|load| self.loaded_from(*load) == Some(var))
                        .collect();
                    loads.into_iter().for_each(|load| keep_loaded(load, world));
                }
                _ => {}
            }
        }
    }

    /// The variable from whose object a call loads.
    fn loaded_from(&self, load: NodeId) -> Option<VarId> {
        let accessor = self.flows.accessor(callee(self.tree, load)?)?;
        let lvalue = *arguments(self.tree, load).get(accessor.pointer?)?;
        self.var(root(self.tree, lvalue)?)
    }

    /// Whether a call is named for taking a reference.
    fn refers(&self, name: &str) -> bool {
        name.split('_')
            .any(|part| matches!(part, "get" | "tryget" | "hold" | "grab" | "ref" | "pin"))
    }

    /// Whether a call takes a reference on an argument, so far as is known. Of a function that was
    /// not read its name has to do: one that may take a reference is taken to.
    fn handed_over(&self, name: &str) -> impl Fn(usize) -> bool {
        let known = context().handoff(name.as_bytes(), self.flows.version);
        let may = self.flows.may_keep(name);
        move |at| known == Some(at) || may
    }

    /// One effect of a call.
    pub(super) fn apply(&self, effect: &Effect, call: NodeId, world: &mut World) {
        let id = self.resource_id(effect.resource.clone());
        match effect.verb {
            Verb::Take => world.add(id, 1),
            Verb::Release => self.release(id, call, world),
            Verb::Assert => world.assert(id),
        }
    }

    pub(super) fn release(&self, id: ResourceId, at: NodeId, world: &mut World) {
        world.add(id, -1);
        let object = self.resource(id).object;
        for said in world.asserted().to_vec() {
            // Of what kind the lock is an assertion need not say.
            if said == id || object.is_some() && self.resource(said).object == object {
                world.retract(said);
            }
        }
        // Whatever is left may be what it was loaded in.
        if !world.asserted().is_empty() || world.held().iter().any(|(_, count)| *count > 0) {
            return;
        }
        for (_, value) in world.values_mut() {
            if let Value::Loaded(load) = *value {
                *value = Value::Stale(load, at);
            }
        }
    }

    /// The next round of a loop macro begins.
    fn next_round(&self, statement: NodeId, world: &mut World) {
        let tree = self.tree;
        let walk = self.flows.walk(tree, statement);
        let Some(condition) = tree.child(statement, Field::Condition) else { return };
        let mut stack = vec![condition];
        while let Some(at) = stack.pop() {
            match tree.kind(at) {
                Node::ParenthesizedExpression | Node::CommaExpression => {
                    stack.extend(tree.children(at));
                }
                Node::Identifier => {
                    let Some(var) = self.var(at) else { continue };
                    let position = walk
                        .as_ref()
                        .is_some_and(|walk| walk.rcu && walk.position.as_bytes() == tree.text(at));
                    let value = position.then(|| self.loaded(statement, world));
                    self.set(var, value, world);
                }
                _ => {}
            }
        }
    }

    /// Whether the world goes on where a condition holds or not; what it learns from it.
    pub(super) fn assumed(&self, condition: NodeId, holds: bool, world: &mut World) -> bool {
        let (text, opposite) = condition_text(self.tree, condition);
        if let Some(flag) = self.flag(&text) {
            let truth = holds != opposite;
            match world.flag(flag) {
                Some(known) if known != truth => return false,
                _ => world.set_flag(flag, Some(truth)),
            }
        }
        if holds && self.cfg.asserted.contains(&condition) {
            if let Some(resource) = self.flows.said_by(&spelling(self.tree, condition)) {
                world.assert(self.resource_id(resource));
            }
        }
        self.equal(condition, holds, world);
        let Some((operand, nonzero)) = self.tested(condition, holds) else { return true };
        let tree = self.tree;
        let call = match tree.kind(operand) {
            Node::CallExpression => Some(operand),
            Node::Identifier => {
                let Some(var) = self.var(operand) else { return true };
                match world.value(var) {
                    Some(Value::Zero) => return !nonzero,
                    Some(Value::Nonzero) => return nonzero,
                    Some(Value::Result(call)) => {
                        world.set_value(
                            var,
                            Some(if nonzero { Value::Nonzero } else { Value::Zero }),
                        );
                        Some(call)
                    }
                    Some(_) => {
                        if !nonzero {
                            world.set_value(var, Some(Value::Zero));
                        }
                        None
                    }
                    None => {
                        if self.returned.contains(&var) {
                            let value = if nonzero { Value::Nonzero } else { Value::Zero };
                            world.set_value(var, Some(value));
                        }
                        None
                    }
                }
            }
            _ => None,
        };
        if let Some(call) = call {
            self.settle(call, nonzero, world);
        }
        true
    }

    /// A pointer that equals one which the function has anyway lives as long as that one.
    fn equal(&self, condition: NodeId, holds: bool, world: &mut World) {
        let tree = self.tree;
        let node = tree.bare(condition);
        if tree.kind(node) != Node::BinaryExpression
            || tree.operator(node) != if holds { b"==" } else { b"!=" }
        {
            return;
        }
        let sides = tree.child(node, Field::Left).zip(tree.child(node, Field::Right));
        let Some((left, right)) = sides else { return };
        for (one, other) in [(left, right), (right, left)] {
            let Some(Value::Loaded(load)) = self.value(one, world) else { continue };
            let own = |name: NodeId| {
                let loaded = |var| matches!(world.value(var), Some(Value::Loaded(_)));
                !self.var(name).is_some_and(loaded)
            };
            let kept = || match tree.kind(tree.bare(other)) {
                // `fd_file(f)->private_data`
                Node::FieldExpression if root(tree, other).is_none() => true,
                _ => root(tree, other).is_some_and(own),
            };
            if self.value(other, world).is_none() && kept() {
                keep_loaded(load, world);
            }
        }
    }

    /// The effects of a call whose result is known now.
    pub(super) fn settle(&self, call: NodeId, nonzero: bool, world: &mut World) {
        let when = if nonzero { When::Nonzero } else { When::Zero };
        for effect in self.effects_of(call).list.iter().filter(|effect| effect.when == when) {
            self.apply(effect, call, world);
        }
    }

    /// What a condition tests, and whether it is nonzero then.
    pub(crate) fn tested(&self, condition: NodeId, holds: bool) -> Option<(NodeId, bool)> {
        let tree = self.tree;
        let node = tree.bare(condition);
        match tree.kind(node) {
            Node::BinaryExpression => {
                let right = tree.bare(tree.child(node, Field::Right)?);
                if !matches!(tree.text(right), b"0" | b"NULL" | b"false") {
                    return None;
                }
                let nonzero = match tree.operator(node) {
                    b"==" | b">=" => !holds,
                    b"!=" | b"<" | b">" => holds,
                    _ => return None,
                };
                self.tested(tree.child(node, Field::Left)?, nonzero)
            }
            Node::AssignmentExpression => self.tested(tree.child(node, Field::Left)?, holds),
            Node::CallExpression
                if matches!(callee(tree, node), Some("IS_ERR" | "IS_ERR_OR_NULL")) =>
            {
                // An error is no pointer; of what is none, nothing is known that was not before.
                let operand = *arguments(tree, node).first()?;
                if holds { self.tested(operand, false) } else { None }
            }
            _ => Some((node, holds)),
        }
    }
}

/// What was loaded there lives by something else than the section.
fn keep_loaded(load: NodeId, world: &mut World) {
    for (_, value) in world.values_mut() {
        if *value == Value::Loaded(load) {
            *value = Value::Guarded(load);
        }
    }
}

/// How names begin, or words in them, of functions that may take a reference.
const KEEPERS: [&str; 20] = [
    "get", "hold", "ref", "grab", "pin", "inc", "lock", "keep", "claim", "add", "try", "acquire",
    "active", "activate", "open", "attach", "alloc", "enter", "dup", "reserve",
];

/// Whether a kind is a lock, which updaters can take as well.
pub(crate) fn is_lock(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Rcu
            | Kind::RcuBh
            | Kind::RcuSched
            | Kind::Srcu
            | Kind::RcuTasksTrace
            | Kind::Preempt
            | Kind::Bh
            | Kind::Irq
    )
}
