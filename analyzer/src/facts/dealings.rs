//! What is done with annotated pointers, place by place: what a change of the code can be told by.

use crate::facts::walk::Walk;
use crate::facts::{Declaration, FileFacts};
use crate::kernel::api;
use crate::syntax::{Field, NodeId};
use crate::types::{Type, Typed};

/// Something done with a pointer that is annotated, or that an accessor is applied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dealing {
    /// The function it stands in.
    pub function: Option<String>,
    /// Where it is done: the whole call or cast, with its text as the name.
    pub place: Declaration,
    /// The declaration of the pointer.
    pub declaration: Declaration,
    /// Whether the pointer is annotated.
    pub annotated: bool,
    /// What is done.
    pub kind: DealingKind,
}

/// How a pointer is dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DealingKind {
    /// An accessor that asks for the annotation, by its name.
    Accessor(String),
    /// One that asks for nothing (`rcu_dereference_raw()`), by its name.
    Raw(String),
    /// A cast that takes the annotation away without a word: `__force`, or to a number as wide as an
    /// address.
    Cast,
    /// A plain access or conversion, which is a fact of its own.
    Plain,
}

impl Dealing {
    /// Whether no checker says a word, whatever is done there.
    pub fn is_silent(&self) -> bool {
        self.annotated && matches!(self.kind, DealingKind::Raw(_) | DealingKind::Cast)
    }

    /// Whether it is an accessor, of whatever kind.
    pub fn is_accessor(&self) -> bool {
        matches!(self.kind, DealingKind::Raw(_) | DealingKind::Accessor(_))
    }
}

impl Walk<'_, '_, '_> {
    /// Notes the call of an accessor; `accessor` is the one of the kernel's core behind `name`.
    pub(super) fn dealing_of_accessor(
        &mut self,
        call: NodeId,
        (name, accessor): (&str, &str),
        typed: &Typed,
    ) {
        let row = api().accessors.get(accessor.as_bytes());
        let kind = match row.is_some_and(|row| row.unchecked) {
            true => DealingKind::Raw(name.to_owned()),
            false => DealingKind::Accessor(name.to_owned()),
        };
        self.dealing(call, typed, kind);
    }

    /// Notes a cast that takes an annotation away and is no finding.
    pub(super) fn dealing_of_cast(&mut self, cast: NodeId) {
        let tree = self.tree;
        let Some(value) = tree.child(cast, Field::Value).filter(|value| self.may_lead(*value))
        else {
            return;
        };
        let head = &tree.text[tree.span(cast).start as usize..tree.span(value).start as usize];
        let forced = memchr::memmem::find(head, b"__force").is_some();
        let (Some(to), Some(typed)) = (self.typed(cast), self.typed(value)) else { return };
        let number = || self.uses.typer(&self.scopes).resolve(&to.ty).ty == Type::WORD;
        if self.is_annotated(&typed.ty) && !self.is_annotated(&to.ty) && (forced || number()) {
            self.dealing(cast, &typed, DealingKind::Cast);
        }
    }

    fn dealing(&mut self, node: NodeId, typed: &Typed, kind: DealingKind) {
        let Some(declaration) = self.site_of(typed).filter(|_| self.body.is_none()) else { return };
        let text = String::from_utf8_lossy(self.tree.text(node)).into_owned();
        let place = self.declaration_at(self.home(), self.tree.file_span(node), text);
        self.dealings.push(Dealing {
            function: self.function.clone(),
            place,
            declaration,
            annotated: self.is_annotated(&typed.ty),
            kind,
        });
    }
}

/// Adds what is a fact already, and sorts them.
pub(super) fn settle(facts: &mut FileFacts) {
    let plain = |function: &Option<String>, declaration: &Declaration| Dealing {
        function: function.clone(),
        place: declaration.clone(),
        declaration: declaration.clone(),
        annotated: true,
        kind: DealingKind::Plain,
    };
    let accesses = facts.accesses.iter().filter(|one| one.definition.is_none());
    let accesses = accesses.map(|one| plain(&one.function, &one.declaration));
    let conversions = facts.conversions.iter().filter(|one| one.definition.is_none());
    let conversions = conversions
        .filter(|one| !one.adds)
        .filter_map(|one| Some(plain(&one.function, one.value.as_ref()?)));
    let all: Vec<Dealing> = accesses.chain(conversions).collect();
    facts.dealings.extend(all);
    // The arms of an #if show a place more than once.
    facts.dealings.sort_by(|a, b| {
        let key = |one: &Dealing| (one.place.path.clone(), one.place.span);
        key(a).cmp(&key(b))
    });
    facts.dealings.dedup_by(|a, b| a == b && a.kind != DealingKind::Plain);
}
