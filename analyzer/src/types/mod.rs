//! C types with `__rcu` on the pointer level it qualifies.
//!
//! Types are kept as written (names unresolved): the same header means the same to every file that
//! includes it, but what a name in it stands for depends on the file that asks.

mod calls;
mod decl;
mod declaring;
mod expr;
mod knowledge;
mod macro_body;
mod macros;
mod members;
mod resolve;
mod scope;
mod spaces;
mod spell;
mod unit;
mod view;

use std::sync::Arc;

pub use calls::arguments_text;
pub use decl::{Declared, ParsedItem};
pub use expr::{Base, Site, Typed, Typer, Untyped};
pub use knowledge::Knowledge;
pub(crate) use knowledge::expand;
pub(crate) use macro_body::MacroBody;
pub use macros::{MacroDef, expand_all, split_arguments};
pub use scope::{Local, Scopes};
pub use spaces::Mismatch;
pub(crate) use unit::SNIPPET_HEAD;
pub use unit::{Found, Unit};
pub(crate) use view::{Seen, View};

use crate::index::FileId;
use crate::text::Span;

/// A type with the qualifier that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualified {
    /// The type.
    pub ty: Type,
    /// In the RCU address space: `T __rcu *p` is a pointer to such a `T`.
    pub rcu: bool,
}

/// A C type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `void`.
    Void,
    /// Integers, floats and enums, as C spells them in the usual order of the words.
    Number(&'static str),
    /// The null pointer constant, `void *`-like.
    Null,
    /// A typedef name, or a macro that stands for a type.
    Named(Arc<str>),
    /// `struct tag` or `union tag`.
    Tag(Arc<str>),
    /// A struct or union given by its body.
    Record(Arc<Record>),
    /// A pointer.
    Pointer(Arc<Qualified>),
    /// An array.
    Array(Arc<Qualified>),
    /// A function.
    Function(Arc<Signature>),
    /// `typeof(...)`, with what stands between the parentheses.
    Typeof(Arc<str>),
    /// `__auto_type`: the type of the initialiser.
    Auto,
    /// Nothing is known.
    Unknown,
}

impl Type {
    /// What comparisons and most operators give.
    pub const INT: Type = Type::Number("int");
    /// What only says whether something is there.
    pub const BOOL: Type = Type::Number("bool");
    /// The number that can hold an address.
    pub const WORD: Type = Type::Number("unsigned long");
}

/// A function type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it returns.
    pub result: Qualified,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, where it has one.
    pub name: Option<Arc<str>>,
    /// Its type.
    pub ty: Qualified,
    /// Its name in the text that it was read from.
    pub span: Span,
    /// `__force` stands in it: it takes any address space.
    pub force: bool,
}

/// A struct or union body.
#[derive(Debug)]
pub struct Record {
    /// Its tag, where it has one.
    pub tag: Option<Arc<str>>,
    /// `struct` or `union`.
    pub keyword: &'static str,
    /// Its members in order; anonymous ones have no name.
    pub members: Vec<Member>,
    /// Macro calls among the members, as text, and where they stand in the file.
    pub macro_members: Vec<(Arc<str>, Span)>,
    /// The body in the text that it was read from.
    pub span: Span,
    /// The file of the index that it stands in; `None` for the file at hand.
    pub home: Option<FileId>,
}

/// Two bodies are one type only if they are one piece of text.
impl PartialEq for Record {
    fn eq(&self, other: &Record) -> bool {
        self.span == other.span
            && self.home == other.home
            && self.tag == other.tag
            && self.members == other.members
    }
}

impl Eq for Record {}

/// A member of a struct or union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `None` for an anonymous struct or union.
    pub name: Option<Arc<str>>,
    /// Its type.
    pub ty: Qualified,
    /// Its name in the text that it was read from.
    pub span: Span,
}

impl Qualified {
    /// The type without the qualifier.
    pub fn plain(ty: Type) -> Qualified {
        Qualified { ty, rcu: false }
    }

    /// A pointer to this.
    pub fn pointer(self) -> Qualified {
        Qualified::plain(Type::Pointer(Arc::new(self)))
    }

    /// Whether `__rcu` stands anywhere in it, as written.
    pub fn mentions_rcu(&self) -> bool {
        self.rcu
            || match &self.ty {
                Type::Pointer(to) | Type::Array(to) => to.mentions_rcu(),
                Type::Function(signature) => {
                    signature.result.mentions_rcu()
                        || signature.parameters.iter().any(|p| p.ty.mentions_rcu())
                }
                Type::Typeof(text) => text.contains("__rcu"),
                _ => false,
            }
    }
}

/// What a declaration or function definition in a tree declares; bodies of tagged records go to
/// `records`.
pub(crate) fn read_declaration(
    tree: &crate::syntax::Tree,
    node: crate::syntax::NodeId,
    records: &mut Vec<Arc<Record>>,
) -> Vec<Declared> {
    decl::Reader { tree, records }.declaration(node)
}
