//! Which functions sleep whenever they are called, early returns apart.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::flow::Flows;
use crate::flow::straight::{self, Straight};
use crate::kernel::context::{Wait, context};
use crate::text::lexer::lex_fragment;

/// How a function comes to sleep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sleeps {
    /// What it calls, and what that calls, and so on to the call of the table that sleeps
    /// (`mutex_lock`; for a guard, `guard(mutex)`).
    pub chain: Vec<Arc<str>>,
    /// What that call waits for.
    pub waits: Option<Wait>,
}

/// What one definition of a name does on every way through it.
enum Definition {
    Sleeps(Rc<Sleeps>),
    Calls(Vec<Arc<str>>),
}

/// A chain longer than this is not followed.
const LONGEST: usize = 16;

impl Flows<'_, '_> {
    /// Whether a call of this function (or macro) sleeps: it, or what it calls on every way
    /// through, calls something of the table that may sleep, and releases nothing of its
    /// caller's before. `None` for what the table knows itself, and for what is not known.
    ///
    /// Of the chains that the file shows, the shortest; what else was read does not change it.
    pub fn sleeps(&self, name: &str) -> Option<Rc<Sleeps>> {
        if context().knows(name.as_bytes()) {
            return None;
        }
        if let Some(known) = self.sleepers.borrow().get(name) {
            return known.clone();
        }
        // Everything that can be reached, and what each of it does.
        let mut order: Vec<Arc<str>> = vec![name.into()];
        let mut definitions: Vec<Vec<Definition>> = Vec::new();
        let mut places: FxHashMap<Arc<str>, usize> = [(order[0].clone(), 0)].into_iter().collect();
        while let Some(next) = order.get(definitions.len()).cloned() {
            let found = self.ways(&next);
            for definition in &found {
                let Definition::Calls(calls) = definition else { continue };
                for call in calls {
                    if !places.contains_key(call) {
                        places.insert(call.clone(), order.len());
                        order.push(call.clone());
                    }
                }
            }
            definitions.push(found);
        }
        let mut known: Vec<Option<Rc<Sleeps>>> = order
            .iter()
            .map(|name| self.sleepers.borrow().get(&**name).cloned().flatten())
            .collect();
        grow(&definitions, &places, &mut known);
        let shown = known[0].is_some();
        if !shown && self.add_elsewhere(&order, &definitions, &mut known) {
            grow(&definitions, &places, &mut known);
        }
        let mut memo = self.sleepers.borrow_mut();
        for (name, found) in order.iter().zip(&known) {
            // What does not sleep so far as the file shows may do by what others do.
            if found.is_some() || !shown {
                memo.entry((**name).into()).or_insert_with(|| found.clone());
            }
        }
        known.swap_remove(0)
    }

    /// Adds what is known of functions of other files; whether there is any.
    fn add_elsewhere(
        &self,
        order: &[Arc<str>],
        definitions: &[Vec<Definition>],
        known: &mut [Option<Rc<Sleeps>>],
    ) -> bool {
        let Some(others) = self.unit.others else { return false };
        let mut any = false;
        for (at, name) in order.iter().enumerate() {
            let settled = self.sleepers.borrow().contains_key(&**name);
            if !settled && definitions[at].is_empty() && !self.unit.is_own(name) {
                let found = others.across().sleeps(name);
                known[at] = found.map(|(chain, waits)| Rc::new(Sleeps { chain, waits }));
                any |= known[at].is_some();
            }
        }
        any
    }

    /// What the definitions of a name do, those apart that do nothing: of twins for different
    /// configurations, the one that does something is meant.
    fn ways(&self, name: &str) -> Vec<Definition> {
        let mut found = Vec::new();
        // What is known of it is in the memo.
        if self.sleepers.borrow().contains_key(name) {
            return found;
        }
        for def in self.unit.macros(name).iter() {
            let Some(parameters) = def.what.parameters.as_deref() else { continue };
            let body = def.what.body.as_bytes();
            let tokens = lex_fragment(body);
            let straight = straight::of_statements(body, &tokens, parameters, self.version);
            found.extend(definition(&straight, name));
        }
        for (file, item) in self.unit.functions(name) {
            let straight = straight::of_function(file.text(&item), self.version);
            found.extend(definition(&straight, name));
        }
        found
    }
}

fn definition(straight: &Straight<'_>, own: &str) -> Option<Definition> {
    if straight.empty {
        return None;
    }
    if let Some(sleeper) = &straight.sleeper {
        let name = String::from_utf8_lossy(sleeper.name);
        let name = if sleeper.guard { format!("guard({name})") } else { name.into_owned() };
        let sleeps = Sleeps { chain: vec![name.into()], waits: sleeper.waits };
        return Some(Definition::Sleeps(Rc::new(sleeps)));
    }
    // `#define f(x) f(x, 0)` is no definition of its own.
    let certain = &straight.calls[..straight.certain];
    let calls = certain.iter().filter_map(|call| std::str::from_utf8(call).ok());
    let calls: Vec<Arc<str>> = calls.filter(|call| *call != own).map(Into::into).collect();
    Some(Definition::Calls(calls))
}

/// Finds what sleeps through what is known to sleep, nearest first.
fn grow(
    definitions: &[Vec<Definition>],
    places: &FxHashMap<Arc<str>, usize>,
    known: &mut [Option<Rc<Sleeps>>],
) {
    for _ in 0..LONGEST {
        let found: Vec<(usize, Rc<Sleeps>)> = (0..definitions.len())
            .filter(|at| known[*at].is_none())
            .filter_map(|at| {
                let all: Option<Vec<Rc<Sleeps>>> =
                    definitions[at].iter().map(|one| sleeps(one, places, known)).collect();
                // Definitions that disagree say nothing.
                Some((at, all?.first()?.clone()))
            })
            .collect();
        if found.is_empty() {
            break;
        }
        for (at, sleeps) in found {
            known[at] = Some(sleeps);
        }
    }
}

fn sleeps(
    definition: &Definition,
    places: &FxHashMap<Arc<str>, usize>,
    known: &[Option<Rc<Sleeps>>],
) -> Option<Rc<Sleeps>> {
    match definition {
        Definition::Sleeps(sleeps) => Some(sleeps.clone()),
        Definition::Calls(calls) => calls.iter().find_map(|call| {
            let below = known[places[call]].as_ref()?;
            let chain = [call.clone()].into_iter().chain(below.chain.iter().cloned()).collect();
            Some(Rc::new(Sleeps { chain, waits: below.waits }))
        }),
    }
}
