//! Where two types disagree about the RCU address space.

use std::sync::Arc;

use crate::types::expr::Typer;
use crate::types::{Qualified, Type};

/// A disagreement between the type that a value has and the one that it is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// On which pointer level, from the outside: 0 is what the pointer itself points to.
    pub level: usize,
    /// The annotation is added; otherwise it is lost.
    pub adds: bool,
}

/// Pointers to pointers deeper than this are not compared.
const DEEPEST: usize = 8;

impl Typer<'_, '_> {
    /// What a pointer, an array or the name of a function points to.
    pub fn points_to(&self, ty: &Qualified) -> Option<Arc<Qualified>> {
        let resolved = self.resolve(ty);
        match resolved.ty {
            Type::Pointer(to) => Some(to),
            Type::Array(of) if resolved.rcu && !of.rcu => {
                Some(Arc::new(Qualified { rcu: true, ty: of.ty.clone() }))
            }
            Type::Array(of) => Some(of),
            Type::Function(_) => Some(Arc::new(resolved)),
            _ => None,
        }
    }

    /// The type of a value: arrays become pointers, and a value lies nowhere.
    pub(crate) fn decayed(&self, ty: &Qualified) -> Qualified {
        let resolved = self.resolve(ty);
        match resolved.ty {
            Type::Array(_) => match self.points_to(&resolved) {
                Some(of) => Qualified::plain(Type::Pointer(of)),
                None => resolved,
            },
            _ => Qualified { rcu: false, ty: ty.ty.clone() },
        }
    }

    /// Whether something lies in the RCU address space; `None` where its type is not known.
    pub fn in_rcu_space(&self, pointee: &Qualified) -> Option<bool> {
        let resolved = self.resolve(pointee);
        (resolved.ty != Type::Unknown).then_some(pointee.rcu || resolved.rcu)
    }

    /// Where a value of type `from` given to something of type `to` changes the address space. As
    /// in sparse (`evaluate.c`, `check_assignment_types` and `type_difference`): each pointer level
    /// counts, the levels below `void *` do not, and what is no pointer has none.
    pub fn mismatch(&self, to: &Qualified, from: &Qualified) -> Option<Mismatch> {
        self.mismatch_from(to, from, 0)
    }

    fn mismatch_from(&self, to: &Qualified, from: &Qualified, level: usize) -> Option<Mismatch> {
        if level > DEEPEST {
            return None;
        }
        let (to, from) = (self.points_to(to)?, self.points_to(from)?);
        let (wanted, given) = (self.in_rcu_space(&to)?, self.in_rcu_space(&from)?);
        if wanted != given {
            return Some(Mismatch { level, adds: wanted });
        }
        match (self.resolve(&to).ty, self.resolve(&from).ty) {
            (Type::Function(to), Type::Function(from)) => {
                let parameters = to.parameters.iter().zip(&from.parameters);
                let same_number = to.parameters.len() == from.parameters.len();
                self.mismatch_from(&to.result, &from.result, level + 1).or_else(|| {
                    parameters
                        .filter(|_| same_number)
                        .find_map(|(to, from)| self.mismatch_from(&to.ty, &from.ty, level + 1))
                })
            }
            (Type::Pointer(_) | Type::Array(_), Type::Pointer(_) | Type::Array(_)) => {
                self.mismatch_from(&to, &from, level + 1)
            }
            _ => None,
        }
    }
}
