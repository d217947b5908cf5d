//! Macros that stand for an accessor (`rtnl_dereference(p)`, a driver's own `foo_deref(p)`),
//! learned from their definitions.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::flow::spelling::{canonical, substitute};
use crate::kernel::api;
use crate::text::lexer::{TokenKind, lex_fragment};
use crate::types::{MacroDef, Unit, split_arguments};

/// How a name acts as an accessor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapper {
    /// The accessor of the kernel's core that it ends in; its own name if it is one.
    pub accessor: String,
    /// Which argument is the pointer.
    pub pointer: usize,
    /// Its parameters; those of an accessor of the core have no names.
    pub parameters: Vec<String>,
    /// What it gives the accessor as its condition.
    pub condition: Option<String>,
}

impl Wrapper {
    /// How many arguments it takes.
    pub fn arguments(&self) -> usize {
        self.parameters.len()
    }

    /// What a call with these arguments asks lockdep; the one for the pointer is `None`.
    pub fn asks(&self, arguments: &[Option<String>]) -> Option<String> {
        let arguments = arguments.iter().map(|argument| argument.as_deref().unwrap_or(""));
        Some(substituted(self.condition.as_deref()?, &self.parameters, arguments))
    }

    /// The argument besides the pointer with which a call asks this of lockdep.
    pub fn argument_that_asks(&self, condition: &str) -> Option<String> {
        let others = self.parameters.iter().enumerate().filter(|(at, _)| *at != self.pointer);
        let [(at, _)] = others.collect::<Vec<_>>()[..] else { return None };
        let mut arguments = vec![None; self.parameters.len()];
        arguments[at] = Some(MARK.to_owned());
        let asked = self.asks(&arguments)?;
        let (before, after) = asked.split_once(MARK)?;
        let rest = condition.strip_prefix(before).filter(|_| !after.contains(MARK))?;
        if let Some(argument) = rest.strip_suffix(after) {
            return Some(argument.to_owned());
        }
        let member = after.strip_prefix("->")?;
        let object = rest.strip_suffix(member)?.strip_suffix('.')?;
        Some(format!("&{object}"))
    }
}

/// A name that code has not.
const MARK: &str = "__rculint_mark";

/// A text with arguments in the place of parameters.
fn substituted<'t>(
    text: &str,
    parameters: &[String],
    arguments: impl Iterator<Item = &'t str>,
) -> String {
    // By way of marks: what an argument names is no parameter.
    let mark = |at: usize| format!("{MARK}{at}");
    let marked = parameters.iter().enumerate().filter(|(_, name)| !name.is_empty());
    let marked =
        marked.fold(canonical(text), |text, (at, name)| substitute(&text, name, &mark(at)));
    arguments.enumerate().fold(marked, |text, (at, given)| substitute(&text, &mark(at), given))
}

/// Macros that stand for each other deeper than this stand for nothing.
const MAX_MACROS: usize = 4;

/// What the names that one file sees stand for.
pub(crate) struct Wrappers<'u, 'a> {
    unit: &'u Unit<'a>,
    known: RefCell<FxHashMap<Box<str>, Option<Wrapper>>>,
}

impl<'u, 'a> Wrappers<'u, 'a> {
    pub fn new(unit: &'u Unit<'a>) -> Wrappers<'u, 'a> {
        Wrappers { unit, known: RefCell::default() }
    }

    /// What a name stands for.
    pub fn find(&self, name: &str) -> Option<Wrapper> {
        if let Some(known) = self.known.borrow().get(name) {
            return known.clone();
        }
        let found = self.learn(name, MAX_MACROS);
        self.known.borrow_mut().insert(name.into(), found.clone());
        found
    }

    fn learn(&self, name: &str, depth: usize) -> Option<Wrapper> {
        if let Some(accessor) = api().accessors.get(name.as_bytes()) {
            let extra = [accessor.value, accessor.condition].into_iter().flatten().max();
            let srcu = usize::from(name.starts_with("srcu_"));
            return Some(Wrapper {
                accessor: name.to_owned(),
                pointer: accessor.pointer,
                parameters: vec![String::new(); extra.unwrap_or(accessor.pointer + srcu) + 1],
                condition: None,
            });
        }
        if depth == 0 || api().operations.contains_key(name.as_bytes()) {
            return None;
        }
        let macros = self.unit.macros(name);
        macros.iter().find_map(|found| self.of_body(&found.what, depth))
    }

    /// A macro whose whole value is that of an accessor on one of its parameters.
    fn of_body(&self, def: &MacroDef, depth: usize) -> Option<Wrapper> {
        let parameters = def.parameters.as_ref().filter(|_| !def.variadic)?;
        let mut body = def.body.trim();
        while let Some(inside) = body.strip_prefix('(').and_then(|b| b.strip_suffix(')')) {
            body = inside.trim();
        }
        let bytes = body.as_bytes();
        let tokens = lex_fragment(bytes);
        let callee = tokens.first().filter(|token| token.kind == TokenKind::Ident)?;
        let inside = body[callee.end as usize..].trim_start().strip_prefix('(')?;
        let inside = inside.strip_suffix(')')?;
        let mut level = 0i32;
        let closes_early = lex_fragment(inside.as_bytes()).iter().any(|token| {
            level += match token.text(inside.as_bytes()) {
                b"(" => 1,
                b")" => -1,
                _ => 0,
            };
            level < 0
        });
        if closes_early {
            return None;
        }
        let callee = std::str::from_utf8(callee.text(bytes)).ok()?;
        if *callee == *def.name {
            return None;
        }
        let below = self.learn(callee, depth - 1)?;
        let given = split_arguments(inside);
        let pointer = given.get(below.pointer)?.trim_matches(['(', ')', ' ']);
        let pointer = parameters.iter().position(|name| **name == *pointer)?;
        let condition = match below.condition {
            Some(condition) => {
                Some(substituted(&condition, &below.parameters, given.iter().copied()))
            }
            None => {
                let row = api().accessors.get(callee.as_bytes());
                let at = row.and_then(|row| row.condition);
                at.and_then(|at| given.get(at)).map(|text| (*text).to_owned())
            }
        };
        let parameters = parameters.iter().map(|name| name.to_string()).collect();
        Some(Wrapper { accessor: below.accessor, pointer, parameters, condition })
    }
}
