//! Types as C spells them, for messages.

use crate::types::expr::Typer;
use crate::types::{Qualified, Type};

/// Longer types are cut: a message has to stay readable.
const DEEPEST: usize = 6;

impl Typer<'_, '_> {
    /// A type as one would write it without a name: `struct shape __rcu **`. Typedefs stay, unless
    /// the annotation hides behind them.
    pub fn spell(&self, ty: &Qualified) -> String {
        self.declared(ty, String::new(), DEEPEST)
    }

    /// The type around what stands in the place of the name.
    fn declared(&self, ty: &Qualified, inner: String, depth: usize) -> String {
        if depth == 0 {
            return format!("... {inner}");
        }
        let resolved = self.resolve(ty);
        let hidden = match &ty.ty {
            Type::Typeof(_) | Type::Auto => true,
            Type::Named(_) => self.resolve(&Qualified::plain(ty.ty.clone())).mentions_rcu(),
            _ => false,
        };
        let ty = if hidden { &resolved } else { ty };
        let base = |name: &str| {
            let rcu = if ty.rcu { " __rcu" } else { "" };
            let gap = if inner.is_empty() { "" } else { " " };
            format!("{name}{rcu}{gap}{inner}")
        };
        match &ty.ty {
            Type::Void => base("void"),
            Type::Number(name) => base(name),
            Type::Null => base("NULL"),
            Type::Named(name) => base(name),
            Type::Tag(tag) => {
                let records = self.unit.records(tag);
                let keyword = records.first().map_or("struct", |found| found.what.keyword);
                base(&format!("{keyword} {tag}"))
            }
            Type::Record(record) => {
                let tag = record.tag.as_deref().unwrap_or("{...}");
                base(&format!("{} {tag}", record.keyword))
            }
            Type::Pointer(to) => {
                let rcu = match (ty.rcu, inner.is_empty()) {
                    (true, true) => " __rcu",
                    (true, false) => " __rcu ",
                    _ => "",
                };
                let star = format!("*{rcu}{inner}");
                match &to.ty {
                    Type::Function(_) if to.rcu => {
                        let plain = Qualified::plain(to.ty.clone());
                        self.declared(&plain, format!("(__rcu {star})"), depth - 1)
                    }
                    Type::Function(_) | Type::Array(_) => {
                        self.declared(to, format!("({star})"), depth - 1)
                    }
                    _ => self.declared(to, star, depth - 1),
                }
            }
            Type::Array(of) => self.declared(of, format!("{inner}[]"), depth - 1),
            Type::Function(signature) => {
                let parameters: Vec<String> = signature
                    .parameters
                    .iter()
                    .map(|parameter| self.declared(&parameter.ty, String::new(), depth - 1))
                    .collect();
                let inner = format!("{inner}({})", parameters.join(", "));
                self.declared(&signature.result, inner, depth - 1)
            }
            Type::Typeof(_) | Type::Auto | Type::Unknown => base("?"),
        }
    }
}
