//! What a file declares, as far as an annotation can stand there.

use crate::facts::Declaration;
use crate::index::IndexedFile;
use crate::text::Span;
use crate::types::{Qualified, Record, Type, Unit};

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// What it declares (`struct port.cfg`, `global_table`) and where.
    pub declaration: Declaration,
    /// Its type as written, but for the annotation.
    shape: String,
    /// How often the annotation stands in it.
    annotations: usize,
}

impl Declared {
    /// Whether the annotation stands in it.
    pub fn is_annotated(&self) -> bool {
        self.annotations > 0
    }

    /// Whether it is the same but for annotations that `before` has and it has not.
    pub(super) fn lost_since(&self, before: &Declared) -> bool {
        self.shape == before.shape && self.annotations < before.annotations
    }
}

/// The declarations of a unit's own file, in order.
pub(crate) fn declared(unit: &Unit<'_>) -> Vec<Declared> {
    let mut found = Found { file: &unit.file, all: Vec::new() };
    for index in 0..unit.file.items.items.len() {
        let parsed = unit.own(index as u32);
        for one in &parsed.declared {
            found.add(one.name.to_string(), &one.ty, one.span);
        }
        for record in &parsed.records {
            found.members(record, record.tag.as_deref().unwrap_or("{...}"));
        }
    }
    found.all
}

struct Found<'a> {
    file: &'a IndexedFile,
    all: Vec<Declared>,
}

impl Found<'_> {
    fn members(&mut self, record: &Record, tag: &str) {
        for member in &record.members {
            if let Some(name) = &member.name {
                self.add(format!("{} {tag}.{name}", record.keyword), &member.ty, member.span);
            }
            // Those with a tag come by themselves.
            if let Type::Record(inner) = &member.ty.ty {
                if inner.tag.is_none() {
                    self.members(inner, tag);
                }
            }
        }
    }

    fn add(&mut self, name: String, ty: &Qualified, span: Span) {
        let source = self.file.source();
        let declaration = Declaration {
            name,
            path: self.file.path.clone(),
            shown: self.file.shown.clone(),
            span,
            start: source.position(span.start),
            end: source.position(span.end),
        };
        let (mut shape, mut annotations) = (String::new(), 0);
        spell(ty, &mut shape, &mut annotations);
        self.all.push(Declared { declaration, shape, annotations });
    }
}

/// A type in letters of its own, without annotations, and their number.
fn spell(ty: &Qualified, shape: &mut String, annotations: &mut usize) {
    *annotations += usize::from(ty.rcu);
    match &ty.ty {
        Type::Pointer(to) => {
            shape.push('*');
            spell(to, shape, annotations);
        }
        Type::Array(of) => {
            shape.push_str("[]");
            spell(of, shape, annotations);
        }
        Type::Function(signature) => {
            shape.push('(');
            for parameter in &signature.parameters {
                spell(&parameter.ty, shape, annotations);
                shape.push(',');
            }
            shape.push(')');
            spell(&signature.result, shape, annotations);
        }
        Type::Named(name) => shape.push_str(name),
        Type::Tag(tag) => {
            shape.push_str("struct ");
            shape.push_str(tag);
        }
        Type::Record(record) => {
            shape.push_str("struct ");
            shape.push_str(record.tag.as_deref().unwrap_or("{}"));
        }
        Type::Number(name) => shape.push_str(name),
        Type::Typeof(text) => {
            *annotations += text.matches("__rcu").count();
            shape.push_str(&text.replace("__rcu", ""));
        }
        Type::Void => shape.push_str("void"),
        Type::Null | Type::Auto | Type::Unknown => shape.push('?'),
    }
}
