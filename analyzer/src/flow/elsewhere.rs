//! What calls of functions in other files do: from their bodies, read in their own files.

use std::sync::Arc;

use crate::across::{Definition, Others};
use crate::flow::Flows;
use crate::flow::effects::{Effect, Effects};
use crate::flow::spelling::{first_word, substitute};
use crate::flow::summary::{Summary, parameter_names};
use crate::syntax::{Field, Kind, parse_item};

/// How many files one may lead to from the one that is looked at.
const HOPS: usize = 3;

/// Names a parameter by its number, whatever the definition calls it.
const PARAMETER: &str = "_parameter_";

/// What a function of another file takes and releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Net {
    /// In terms of the parameters by number.
    pub effects: Vec<Effect>,
    pub parameters: usize,
}

impl Flows<'_, '_> {
    /// What a call of a function does that has no body here, if other files say so.
    pub(super) fn effects_elsewhere(&self, name: &str, arguments: &[&str]) -> Effects {
        let Some(net) = self.net_elsewhere(name) else { return Effects::default() };
        let parameters: Vec<Option<Arc<str>>> =
            (0..net.parameters).map(|at| Some(format!("{PARAMETER}{at}").into())).collect();
        let list = net.effects.iter().map(|effect| {
            let mut effect = effect.clone();
            if let Some(object) = &effect.resource.object {
                effect.resource.object =
                    Some(self.in_terms_of_caller(object, &parameters, arguments));
            }
            effect
        });
        Effects { list: list.collect(), unclear: false }
    }

    fn net_elsewhere(&self, name: &str) -> Option<Arc<Net>> {
        let others = self.unit.others?;
        if others.across().unbalanced(name).is_empty() || self.unit.is_own(name) {
            return None;
        }
        // A header has a body, or a macro: that is what is called, unless it is a stub for another
        // configuration. (Names of which a header's body does something are not among those.)
        if self.unit.macros(name).iter().any(|def| def.what.parameters.is_some()) {
            return None;
        }
        others.across().net(name, self.hops, || net(others, name, self.hops))
    }
}

/// What all definitions of a name agree on.
pub(crate) fn net(others: &dyn Others, name: &str, hops: usize) -> Option<Net> {
    if hops >= HOPS {
        return None;
    }
    let mut found: Option<Net> = None;
    for definition in others.across().unbalanced(name) {
        let one = of_definition(others, *definition, hops)?;
        match &found {
            Some(known) if *known != one => return None,
            _ => found = Some(one),
        }
    }
    found.filter(|net| !net.effects.is_empty())
}

fn of_definition(others: &dyn Others, at: Definition, hops: usize) -> Option<Net> {
    let unit = others.unit_of(at.input)?;
    let item = unit.file.items.items.get(at.item as usize)?.clone();
    *unit.condition.borrow_mut() = unit.file.items.condition(&item).clone();
    let flows = Flows::new(&unit).after(hops + 1);
    let text = unit.file.text(&item);
    let tree = parse_item(text, item.span.start, item.kind, &unit).into_iter().next()?;
    let definition =
        tree.children(tree.root()).find(|node| tree.kind(*node) == Kind::FunctionDefinition)?;
    let body = tree.child(definition, Field::Body)?;
    let parameters = parameter_names(&tree, definition);
    let summary = flows.summarize(&tree, &parameters, body, false);
    (!summary.unclear).then(|| by_number(&summary))
}

/// With the parameters by number.
fn by_number(summary: &Summary) -> Net {
    let mut effects = summary.effects.clone();
    for effect in &mut effects {
        let Some(object) = &effect.resource.object else { continue };
        let word = first_word(object);
        let at = summary.parameters.iter().position(|name| name.as_deref() == Some(word));
        if let Some(at) = at {
            let numbered = substitute(object, word, &format!("{PARAMETER}{at}"));
            effect.resource.object = Some(numbered.into());
        }
    }
    Net { effects, parameters: summary.parameters.len() }
}
