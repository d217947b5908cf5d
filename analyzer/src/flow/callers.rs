//! What the callers of a function hold when they call it.

use std::rc::Rc;
use std::sync::Arc;

use crate::flow::Flows;
use crate::flow::context::{By, Context, Held};
use crate::flow::effects::{arguments, callee};
use crate::flow::solve::Flow;
use crate::flow::spelling::{first_word, spelling};
use crate::flow::summary::parameter_names;
use crate::flow::{Names, UNNAMED, definition};
use crate::items::{Item, ItemKind};
use crate::syntax::{Kind, Tree};

/// A function that calls others of its file.
pub(super) struct Caller {
    name: Option<String>,
    parameters: Names,
    variables: Vec<Arc<str>>,
    /// Its calls could not be followed.
    lost: bool,
    calls: Vec<CallSite>,
}

/// A call, with what its own function holds there.
struct CallSite {
    name: Box<str>,
    context: Context,
    /// The arguments as written.
    given: Vec<String>,
}

impl Flows<'_, '_> {
    /// What is held at every call of a function, as far as the file it stands in shows.
    pub fn callers(&self, name: &str, parameters: &Names) -> Rc<Context> {
        self.callers_unless_round(name, parameters).unwrap_or_default()
    }

    /// The same; `None` where all its callers are those whose callers are being looked for. Who calls
    /// itself, by whatever way, holds there what its callers hold: that adds nothing.
    fn callers_unless_round(&self, name: &str, parameters: &Names) -> Option<Rc<Context>> {
        let cut = [None, Some(Rc::default())];
        self.climb.ascend(&self.callers, (name.into(), name), cut, || {
            self.in_common(name, parameters).map(Rc::new)
        })
    }

    fn in_common(&self, name: &str, parameters: &Names) -> Option<Context> {
        if self.is_system_call(name) {
            return Some(Context { all_callers: true, rooted: true, ..Context::default() });
        }
        let file = &self.unit.file;
        let mut complete = self.is_static(name);
        let mut round = false;
        let mut ways = self.pasted(name);
        let mut entry = !ways.is_empty();
        for mention in file.mentions(name).iter() {
            if mention.escapes {
                match self.registered(mention.item, name) {
                    Some(contexts) => {
                        entry |= !contexts.is_empty();
                        ways.extend(contexts);
                    }
                    None => complete = false,
                }
            }
            if mention.calls && file.items.items[mention.item as usize].kind == ItemKind::Function {
                let at_calls = self.at_calls(&self.calls_in(mention.item), name, parameters);
                round |= at_calls.iter().any(Option::is_none);
                ways.extend(at_calls.into_iter().flatten());
            }
        }
        if round && complete && ways.is_empty() {
            return None;
        }
        complete &= !ways.is_empty() && !ways.iter().any(|way| way.lost);
        let held = held_on_all(&ways);
        Some(Context {
            all_callers: complete,
            entry,
            rooted: complete && ways.iter().all(|way| way.rooted),
            callers_vary: ways
                .iter()
                .any(|way| way.varies || way.callers_vary || way.held.len() > held.len()),
            held,
            ..Context::default()
        })
    }

    /// Whether a function of the file gives another one's address to something that it calls.
    pub fn is_given_away(&self, name: &str) -> bool {
        let file = &self.unit.file;
        let is_function = |item: u32| file.items.items[item as usize].kind == ItemKind::Function;
        file.mentions(name).iter().any(|found| found.escapes && is_function(found.item))
    }

    /// Looks at every function of the file that calls another.
    pub fn each_caller(&self, name: &str, mut look: impl FnMut(&str, &Tree)) {
        let file = &self.unit.file;
        for mention in file.mentions(name).iter().filter(|mention| mention.calls) {
            let item = &file.items.items[mention.item as usize];
            if item.kind != ItemKind::Function {
                continue;
            }
            let Some(caller) = self.function_of(item).filter(|caller| caller != name) else {
                continue;
            };
            for tree in self.unit.trees(None, mention.item).iter() {
                look(&caller, tree);
            }
        }
    }

    /// Whether every call of a function is in the file.
    pub(super) fn is_static(&self, name: &str) -> bool {
        let found = self.unit.functions(name);
        // What a header defines is called by those who include it.
        let header = self.unit.file.path.extension().is_some_and(|extension| extension == "h");
        !header
            && !found.is_empty()
            && found.iter().all(|function| {
                let text = function.text();
                let head = &text[..text.iter().position(|b| *b == b'{').unwrap_or(text.len())];
                memchr::memmem::find(head, b"static").is_some()
            })
    }

    /// The contexts of the calls in one function, in the callee's terms; `None` for those that add
    /// nothing.
    pub(super) fn at_calls(
        &self,
        callers: &[Caller],
        name: &str,
        parameters: &Names,
    ) -> Vec<Option<Context>> {
        let mut found = Vec::new();
        for caller in callers {
            if caller.lost {
                found.push(Some(Context { lost: true, ..Context::default() }));
            }
            let mut calls = caller.calls.iter().filter(|call| &*call.name == name).peekable();
            if calls.peek().is_none() {
                continue;
            }
            let above = match caller.name.as_deref() {
                Some(above) => self
                    .callers_unless_round(above, &caller.parameters)
                    .map(|here| self.callers_up(here, above, &caller.parameters)),
                None => Some(Rc::default()),
            };
            let Some(above) = above else {
                found.push(None);
                continue;
            };
            for call in calls {
                let mut context = call.context.clone().with_callers(&above);
                for held in &mut context.held {
                    if let Some(object) = &held.object {
                        let object =
                            in_terms_of_callee(object, parameters, &call.given, &caller.variables);
                        held.object = Some(object);
                    }
                    held.by = By::Callers;
                }
                found.push(Some(context));
            }
        }
        found
    }

    /// The calls in an item of functions that the file itself defines.
    fn calls_in(&self, item: u32) -> Rc<[Caller]> {
        if let Some(known) = self.calls.borrow().get(&item) {
            return known.clone();
        }
        let found: Rc<[Caller]> = self.calls_of(item, &|name| self.unit.is_own(name)).into();
        self.calls.borrow_mut().insert(item, found.clone());
        found
    }

    /// The calls in an item of functions with names that are wanted.
    pub(super) fn calls_of(&self, item: u32, wanted: &dyn Fn(&str) -> bool) -> Vec<Caller> {
        let mut found = Vec::new();
        for tree in self.unit.trees(None, item).iter() {
            let Some((definition, body)) = definition(tree) else { continue };
            let parameters = parameter_names(tree, definition);
            let flow = Flow::of_function(self, tree, &parameters, body);
            let mut calls = Vec::new();
            flow.visit(|node, worlds| {
                if tree.kind(node) != Kind::CallExpression {
                    return;
                }
                let Some(name) = callee(tree, node).filter(|name| wanted(name)) else {
                    return;
                };
                calls.push(CallSite {
                    name: name.into(),
                    context: Context::of(&flow, worlds),
                    given: arguments(tree, node).iter().map(|at| spelling(tree, *at)).collect(),
                });
            });
            found.push(Caller {
                name: self.function_of(&self.unit.file.items.items[item as usize]),
                lost: flow.lost,
                variables: flow.cfg.vars.clone(),
                parameters,
                calls,
            });
        }
        found
    }

    /// The name of a function item.
    pub fn function_of(&self, item: &Item) -> Option<String> {
        let text = self.unit.file.text(item);
        let tokens = crate::text::lexer::lex(text, 0, text.len());
        let token = crate::items::function_name(text, &tokens)?;
        Some(String::from_utf8_lossy(token.text(text)).into_owned())
    }
}

/// What is held on every way.
pub(super) fn held_on_all(ways: &[Context]) -> Vec<Held> {
    let Some((first, rest)) = ways.split_first() else { return Vec::new() };
    let held = first.held.iter().filter(|held| rest.iter().all(|way| way.holds(held)));
    held.cloned().collect()
}

fn in_terms_of_callee(
    object: &str,
    parameters: &Names,
    given: &[String],
    variables: &[Arc<str>],
) -> String {
    for (parameter, argument) in parameters.iter().zip(given) {
        let Some(parameter) = parameter else { continue };
        if argument.is_empty()
            || !argument.starts_with(|c: char| c == '&' || c.is_ascii_alphabetic() || c == '_')
        {
            continue;
        }
        if object == argument {
            return parameter.to_string();
        }
        let (whole, joint) = match argument.strip_prefix('&') {
            Some(object) => (object, "."),
            None => (argument.as_str(), "->"),
        };
        let found = object.trim_start_matches('&').strip_prefix(whole);
        if let Some(rest) = found.and_then(|rest| rest.strip_prefix(joint)) {
            let address = if object.starts_with('&') { "&" } else { "" };
            return format!("{address}{parameter}->{rest}");
        }
    }
    let word = first_word(object);
    if variables.iter().any(|var| **var == *word) { UNNAMED.to_owned() } else { object.to_owned() }
}
