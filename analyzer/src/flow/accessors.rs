//! Which calls are accessors: those of the table, and macros and inline functions built on them.

use std::rc::Rc;

use crate::flow::Flows;
use crate::kernel::api;
use crate::kernel::context::Kind;
use crate::text::lexer::{TokenKind, lex_fragment};
use crate::types::split_arguments;

/// What an accessor does. Source: include/linux/rcupdate.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessorKind {
    /// Loads; wants a reader section of this kind.
    Reader(Kind),
    /// Loads; wants a reader section of this kind or what its condition says.
    Either(Kind),
    /// Loads; wants what its condition says.
    Protected,
    /// Loads a value that is not followed.
    Look,
    /// Loads and checks nothing.
    Raw,
    /// Publishes.
    Assign,
    /// Stores what readers need not see in order.
    Init,
    /// Stores and yields what was there.
    Replace,
}

impl AccessorKind {
    /// What an accessor of the table does.
    pub fn of(name: &str) -> Option<AccessorKind> {
        let name = name.trim_start_matches("__");
        Some(match name {
            "rcu_dereference" | "rcu_dereference_all" => AccessorKind::Reader(Kind::Rcu),
            "rcu_dereference_bh" => AccessorKind::Reader(Kind::RcuBh),
            "rcu_dereference_sched" => AccessorKind::Reader(Kind::RcuSched),
            "srcu_dereference" | "srcu_dereference_notrace" => AccessorKind::Reader(Kind::Srcu),
            "rcu_dereference_check" | "rcu_dereference_all_check" => {
                AccessorKind::Either(Kind::Rcu)
            }
            "rcu_dereference_bh_check" => AccessorKind::Either(Kind::RcuBh),
            "rcu_dereference_sched_check" => AccessorKind::Either(Kind::RcuSched),
            "srcu_dereference_check" => AccessorKind::Either(Kind::Srcu),
            "rcu_dereference_protected" => AccessorKind::Protected,
            "rcu_access_pointer" => AccessorKind::Look,
            "rcu_dereference_raw" | "rcu_dereference_raw_check" | "rcu_dereference_raw_notrace" => {
                AccessorKind::Raw
            }
            "rcu_assign_pointer" => AccessorKind::Assign,
            "RCU_INIT_POINTER" => AccessorKind::Init,
            "rcu_replace_pointer" | "rcu_swap_protected" => AccessorKind::Replace,
            _ => return None,
        })
    }

    /// Whether it wants a reader section, or may.
    pub fn wants_reader(self) -> bool {
        matches!(self, AccessorKind::Reader(_) | AccessorKind::Either(_) | AccessorKind::Raw)
    }

    /// Whether it gives a pointer to follow.
    pub fn loads(self) -> bool {
        matches!(
            self,
            AccessorKind::Reader(_)
                | AccessorKind::Either(_)
                | AccessorKind::Protected
                | AccessorKind::Raw
        )
    }
}

/// An accessor, or a macro that is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accessor {
    pub kind: AccessorKind,
    /// Which argument is the lvalue; `None` where the macro names it itself.
    pub pointer: Option<usize>,
    /// Which argument is stored.
    pub value: Option<usize>,
    /// What protects the access, in terms of the macro's parameters; or which argument says so.
    pub condition: Option<Condition>,
}

/// What an accessor's condition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// An argument of the call.
    Argument(usize),
    /// Built into the macro.
    Fixed(Box<str>),
}

/// Macros that are built on each other deeper than this are not followed.
const DEPTH: usize = 6;

impl Flows<'_, '_> {
    /// What accessor a name stands for, if any.
    pub fn accessor(&self, name: &str) -> Option<Rc<Accessor>> {
        if let Some(known) = self.accessors.borrow().get(name) {
            return known.clone();
        }
        let found = self.learned(name, DEPTH).map(Rc::new);
        self.accessors.borrow_mut().insert(name.into(), found.clone());
        found
    }

    fn learned(&self, name: &str, depth: usize) -> Option<Accessor> {
        if let Some(kind) = AccessorKind::of(name) {
            let row = api().accessors.get(name.as_bytes())?;
            return Some(Accessor {
                kind,
                pointer: Some(row.pointer),
                value: row.value,
                condition: row.condition.map(Condition::Argument),
            });
        }
        if depth == 0 || api().operations.contains_key(name.as_bytes()) {
            return None;
        }
        let macros = self.unit.macros(name);
        macros.iter().find_map(|def| {
            let parameters = def.what.parameters.as_deref()?;
            // The whole macro is the call: statements around it make it something else.
            let body = inner(&def.what.body);
            let tokens = lex_fragment(body.as_bytes());
            let first = tokens.first().filter(|token| token.kind == TokenKind::Ident)?;
            let called = body.get(first.start as usize..first.end as usize)?;
            let rest = body[first.end as usize..].trim();
            if called == name || rest.is_empty() || closing(rest) != Some(rest.len() - 1) {
                return None;
            }
            let accessor = self.learned(called, depth - 1)?;
            let arguments = split_arguments(&rest[1..rest.len() - 1]);
            let parameter = |at: usize| {
                let text = inner(arguments.get(at)?);
                parameters.iter().position(|parameter| **parameter == *text)
            };
            let condition = match accessor.condition {
                Some(Condition::Argument(at)) => match parameter(at) {
                    Some(at) => Some(Condition::Argument(at)),
                    None => arguments.get(at).map(|text| Condition::Fixed((*text).into())),
                },
                other => other,
            };
            Some(Accessor {
                kind: accessor.kind,
                pointer: accessor.pointer.and_then(parameter),
                value: accessor.value.and_then(parameter),
                condition,
            })
        })
    }
}

/// Without the parentheses around it.
fn inner(text: &str) -> &str {
    let mut text = text.trim();
    while text.starts_with('(') && closing(text) == Some(text.len() - 1) {
        text = text[1..text.len() - 1].trim();
    }
    text
}

/// The parenthesis that closes the first one.
fn closing(text: &str) -> Option<usize> {
    if !text.starts_with('(') {
        return None;
    }
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    for token in lex_fragment(bytes) {
        match token.text(bytes) {
            b"(" => depth += 1,
            b")" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(token.start as usize);
                }
            }
            _ => {}
        }
    }
    None
}
