//! A glance at the tokens of an item: whether the members it names by an annotated name can be
//! annotated ones at all. Many records have a `name`, and few code that says it wants parsing.
//!
//! Where the tokens do not tell of which record a member is, it may be.

mod tokens;

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use self::tokens::{Around, Mention, Record};
use crate::facts::names::{Leading, Names};
use crate::facts::usage::Uses;
use crate::items::Item;
use crate::types::{Qualified, Record as Body, Scopes, Type, Typer, split_arguments};

/// Records within records are looked into so far.
const DEPTH: usize = 8;
/// Macros are expanded within each other so far, and those of an item to so many bytes: parsing it
/// costs less than more.
const EXPANSIONS: usize = 6;
const MOST_TEXT: usize = 1 << 17;

/// A record and the name of a member.
type Key = (Record, Box<[u8]>);

/// Glances at the items of one file.
pub(super) struct Glance<'g, 'u, 'a> {
    names: &'g Names<'g, 'u, 'a>,
    uses: Uses<'u, 'a>,
    scopes: Scopes,
    /// Whether a record has an annotated member of a name, itself or in what it holds.
    holds: RefCell<FxHashMap<Key, bool>>,
    /// How many bytes macros may still expand to.
    left: Cell<usize>,
}

impl<'g, 'u, 'a> Glance<'g, 'u, 'a> {
    pub fn new(names: &'g Names<'g, 'u, 'a>) -> Glance<'g, 'u, 'a> {
        let uses = Uses::new(names.unit);
        Glance {
            names,
            uses,
            scopes: Scopes::default(),
            holds: RefCell::default(),
            left: Cell::new(0),
        }
    }

    /// Whether a member that an item names may be an annotated one.
    pub fn may_touch(&self, item: &Item) -> bool {
        let unit = self.names.unit;
        let text = unit.file.text(item);
        let before = unit.condition.replace(unit.file.items.condition(item).clone());
        self.left.set(MOST_TEXT);
        let touched = self.touches(text, &Around::default(), EXPANSIONS);
        unit.condition.replace(before);
        touched
    }

    fn touches(&self, text: &[u8], around: &Around, left: usize) -> bool {
        let wanted = |name: &[u8], call: bool| match call {
            true => self.names.leading(name) == Leading::Members,
            false => self.names.is_member(name),
        };
        let (found, around) = tokens::mentions(text, around, wanted);
        found.iter().any(|one| match one {
            Mention::Of(bases, members) => bases.iter().any(|base| self.leads(base, members)),
            Mention::Set(record, name) => self.holds(record, name),
            Mention::Call(name, arguments, inside) => {
                let around = Around { inside: inside.clone(), ..around.clone() };
                left == 0 || self.expansion_touches(name, arguments, &around, left - 1)
            }
            Mention::Unclear => true,
        })
    }

    fn expansion_touches(&self, name: &[u8], all: &[u8], around: &Around, left: usize) -> bool {
        let (Ok(name), Ok(all)) = (std::str::from_utf8(name), std::str::from_utf8(all)) else {
            return true;
        };
        let arguments = split_arguments(all);
        self.names.unit.macros(name).iter().any(|found| {
            let text = found.what.substitute(&arguments);
            let rest = self.left.get().checked_sub(text.len());
            self.left.set(rest.unwrap_or(0));
            rest.is_none() || self.touches(text.as_bytes(), around, left)
        })
    }

    fn typer(&self) -> Typer<'_, 'a> {
        self.uses.typer(&self.scopes)
    }

    /// Whether the members named one after the other, the first of a record, can lead to an annotated
    /// one.
    fn leads(&self, base: &Record, members: &[&[u8]]) -> bool {
        let Some(mut ty) = base.ty() else { return true };
        let typer = self.typer();
        for name in members {
            let Ok(name) = std::str::from_utf8(name) else { return true };
            ty = match typer.resolve(&ty) {
                Qualified { ty: Type::Pointer(to) | Type::Array(to), .. } => typer.resolve(&to),
                ty => ty,
            };
            let member = typer.undisputed(|| typer.member(&ty, name).ok());
            let Some((member, _)) = member else { return true };
            ty = typer.resolve(&member);
            if ty.mentions_rcu() {
                return true;
            }
        }
        false
    }

    /// Whether an initialiser of a record can set an annotated member of a name.
    fn holds(&self, record: &Record, name: &[u8]) -> bool {
        let key = (record.clone(), name.into());
        if let Some(known) = self.holds.borrow().get(&key) {
            return *known;
        }
        let (Some(ty), Ok(name)) = (record.ty(), std::str::from_utf8(name)) else { return true };
        let holds = self.type_holds(&ty, name, DEPTH);
        self.holds.borrow_mut().insert(key, holds);
        holds
    }

    fn type_holds(&self, ty: &Qualified, name: &str, left: usize) -> bool {
        let typer = self.typer();
        let resolved = typer.resolve(ty);
        match &resolved.ty {
            Type::Array(of) => left == 0 || self.type_holds(of, name, left - 1),
            Type::Tag(_) | Type::Record(_) => {
                let bodies = typer.bodies(&resolved);
                let record_holds = |record: &Body| self.record_holds(record, name, left - 1);
                left == 0 || bodies.map_or(true, |all| all.iter().any(|(one, _)| record_holds(one)))
            }
            Type::Unknown => true,
            _ => false,
        }
    }

    fn record_holds(&self, record: &Body, name: &str, left: usize) -> bool {
        let made = |call: &str| call.contains("__rcu") || call.contains(name);
        record.macro_members.iter().any(|(call, _)| made(call))
            || record.members.iter().any(|member| {
                let named = member.name.as_deref() == Some(name);
                named && self.typer().resolve(&member.ty).mentions_rcu()
                    || self.type_holds(&member.ty, name, left)
            })
    }
}
