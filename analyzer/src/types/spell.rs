//! Types as C spells them, for messages.

use crate::types::expr::Typer;
use crate::types::{Qualified, Type};

/// Longer types are cut: a message has to stay readable.
const DEEPEST: usize = 6;

impl Typer<'_, '_> {
    /// A type as one would write it without a name: `struct shape __rcu **`. Typedefs stay, unless
    /// the annotation hides behind them.
    pub fn spell(&self, ty: &Qualified) -> String {
        self.spell_at(ty, DEEPEST)
    }

    fn spell_at(&self, ty: &Qualified, depth: usize) -> String {
        if depth == 0 {
            return "...".to_owned();
        }
        let resolved = self.resolve(ty);
        let hidden = matches!(ty.ty, Type::Typeof(_) | Type::Auto)
            || matches!(ty.ty, Type::Named(_)) && (resolved.mentions_rcu() || resolved.rcu);
        let ty = if hidden { &resolved } else { ty };
        let own = if ty.rcu { " __rcu" } else { "" };
        match &ty.ty {
            Type::Void => format!("void{own}"),
            Type::Arithmetic => format!("integer{own}"),
            Type::Null => "NULL".to_owned(),
            Type::Named(name) => format!("{name}{own}"),
            Type::Tag(tag) => {
                let records = self.unit.records(tag);
                let keyword = records.first().map_or("struct", |found| found.what.keyword);
                format!("{keyword} {tag}{own}")
            }
            Type::Record(record) => {
                let tag = record.tag.as_deref().unwrap_or("{...}");
                format!("{} {tag}{own}", record.keyword)
            }
            Type::Pointer(to) => match &to.ty {
                Type::Function(_) => {
                    let rcu = if to.rcu { "__rcu " } else { "" };
                    self.spell_at(to, depth - 1).replacen("(", &format!("({rcu}*)("), 1) + own
                }
                Type::Array(_) => self.spell_at(to, depth - 1).replacen(" [", " (*)[", 1) + own,
                _ => {
                    let to = self.spell_at(to, depth - 1);
                    let gap = if to.ends_with('*') { "" } else { " " };
                    format!("{to}{gap}*{own}")
                }
            },
            Type::Array(of) => {
                let of = self.spell_at(of, depth - 1);
                let gap = if of.ends_with(|c: char| matches!(c, '*' | ']')) { "" } else { " " };
                format!("{of}{gap}[]")
            }
            Type::Function(signature) => {
                let parameters: Vec<String> =
                    signature.parameters.iter().map(|p| self.spell_at(&p.ty, depth - 1)).collect();
                let result = self.spell_at(&signature.result, depth - 1);
                format!("{result} ({})", parameters.join(", "))
            }
            Type::Typeof(_) | Type::Auto | Type::Unknown => "?".to_owned(),
        }
    }
}
