//! What a call does to the context: from the table, or learned from the body of what is called.

use std::rc::Rc;

use crate::flow::Flows;
use crate::flow::spelling::{canonical, substitute};
use crate::flow::world::Resource;
use crate::kernel::context::{Kind, Object, Verb, When, context};
use crate::syntax::{Field, Kind as Node, NodeId, Tree};
use crate::types::{arguments_text, split_arguments};

/// One effect of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub verb: Verb,
    pub resource: Resource,
    pub when: When,
}

/// All that a call does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// In order.
    pub list: Vec<Effect>,
    /// It takes or releases something in a way that is not followed.
    pub unclear: bool,
}

/// Which kinds have an object; of the others there is one.
pub(crate) fn has_object(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Rcu
            | Kind::RcuBh
            | Kind::RcuSched
            | Kind::RcuTasksTrace
            | Kind::Preempt
            | Kind::Bh
            | Kind::Irq
    )
}

/// The resource of a kind with this object.
pub(crate) fn resource(kind: Kind, object: Option<&str>) -> Resource {
    let object = object.filter(|_| has_object(kind));
    Resource { kind, object: object.map(Into::into) }
}

/// The name of what a call calls, where it is one.
pub(crate) fn callee(tree: &Tree, call: NodeId) -> Option<&str> {
    let function = tree.bare(tree.child(call, Field::Function)?);
    if tree.kind(function) != Node::Identifier {
        return None;
    }
    std::str::from_utf8(tree.text(function)).ok()
}

/// The arguments of a call, as nodes.
pub(crate) fn arguments(tree: &Tree, call: NodeId) -> Vec<NodeId> {
    tree.child(call, Field::Arguments).into_iter().flat_map(|list| tree.children(list)).collect()
}

impl Flows<'_, '_> {
    /// What a call does.
    pub fn effects(&self, tree: &Tree, call: NodeId) -> Effects {
        let Some(name) = callee(tree, call) else { return Effects::default() };
        let text = arguments_text(tree, call);
        let arguments = split_arguments(&text);
        let known = table(self, name, &arguments);
        if !known.is_empty() {
            return Effects { list: known, unclear: false };
        }
        if !self.interesting(name) {
            return self.effects_elsewhere(name, &arguments);
        }
        if let Some(effects) = self.expanded(name, &arguments) {
            return effects;
        }
        let summary = self.summary(name);
        let list = summary.effects.iter().map(|effect| {
            let mut resource = effect.resource.clone();
            if let Some(object) = &effect.resource.object {
                resource.object =
                    Some(self.in_terms_of_caller(object, &summary.parameters, &arguments));
            }
            Effect { resource, ..effect.clone() }
        });
        Effects { list: list.collect(), unclear: summary.unclear }
    }

    /// The text of a callee's expression with the arguments for its parameters.
    pub(super) fn in_terms_of_caller(
        &self,
        object: &str,
        parameters: &[Option<std::sync::Arc<str>>],
        arguments: &[&str],
    ) -> Box<str> {
        let word = crate::flow::spelling::first_word(object);
        let at = parameters.iter().position(|name| name.as_deref() == Some(word));
        match at.and_then(|at| arguments.get(at)) {
            Some(argument) => substitute(object, word, argument).into(),
            None => object.into(),
        }
    }

    /// What a guard holds.
    pub fn guard(&self, class: &str, argument: Option<&str>) -> Vec<Resource> {
        let Some(guard) = context().guard(class, self.version) else { return Vec::new() };
        let object = match (&guard.named, argument) {
            (Some(name), _) => Some(format!("&{name}")),
            (None, argument) => argument.map(|argument| along(guard.path.as_deref(), argument)),
        };
        guard.kinds.iter().map(|kind| resource(*kind, object.as_deref())).collect()
    }

    /// What a macro's call does, by its expansion; `None` if it is no macro.
    fn expanded(&self, name: &str, arguments: &[&str]) -> Option<Effects> {
        let macros = self.unit.macros(name);
        let mut found: Option<Effects> = None;
        for def in macros.iter().filter(|def| def.what.parameters.is_some()) {
            let text = def.what.substitute(arguments);
            let effects = self.of_snippet(name, &text);
            // Definitions differ by configuration; the one that does something is meant.
            if found.as_ref().is_none_or(|known| known.list.is_empty() && !known.unclear) {
                found = Some(effects);
            }
        }
        found
    }

    fn of_snippet(&self, name: &str, text: &str) -> Effects {
        let key = format!("{name}:{text}");
        if let Some(known) = self.snippets.borrow().get(&key) {
            return known.clone();
        }
        let effects = match (self.enter(name), self.unit.snippet(text)) {
            (Some(_entered), Some(tree)) => self.net(&tree),
            _ => Effects::default(),
        };
        self.snippets.borrow_mut().insert(key, effects.clone());
        effects
    }

    fn net(&self, tree: &Rc<Tree>) -> Effects {
        let Some(body) = tree.all().find(|node| tree.kind(*node) == Node::CompoundStatement) else {
            return Effects::default();
        };
        let summary = self.summarize(tree, &[], body, true);
        Effects { list: summary.effects, unclear: summary.unclear }
    }
}

/// The lock that an argument stands for: `&{}->mmap_lock` with the argument in it, or itself.
fn along(path: Option<&str>, argument: &str) -> String {
    match path {
        Some(path) => substitute(&path.replace("{}", "__given"), "__given", argument),
        None => canonical(argument),
    }
}

fn table(flows: &Flows<'_, '_>, name: &str, arguments: &[&str]) -> Vec<Effect> {
    let rows = context().effects(name.as_bytes(), flows.version);
    rows.flat_map(|row| {
        let object = match &row.object {
            Object::None => None,
            Object::Argument(at) => {
                Some(along(row.path.as_deref(), arguments.get(*at).unwrap_or(&"")))
            }
            Object::Named(name) => Some(format!("&{name}")),
        };
        row.kinds.iter().map(move |kind| Effect {
            verb: row.verb,
            resource: resource(*kind, object.as_deref()),
            when: row.when,
        })
    })
    .collect()
}
