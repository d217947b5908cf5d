//! Macros that stand for an accessor (`rtnl_dereference(p)`, a driver's own `foo_deref(p)`),
//! learned from their definitions.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

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
    /// How many arguments it takes.
    pub arguments: usize,
    /// What it gives the accessor as its condition.
    pub condition: Option<String>,
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
                arguments: extra.unwrap_or(accessor.pointer + srcu) + 1,
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
            Some(condition) => Some(condition),
            None => {
                let row = api().accessors.get(callee.as_bytes());
                let at = row.and_then(|row| row.condition);
                at.and_then(|at| given.get(at)).map(|text| (*text).to_owned())
            }
        };
        Some(Wrapper { accessor: below.accessor, pointer, arguments: parameters.len(), condition })
    }
}
