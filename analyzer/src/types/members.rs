//! Members of structs and unions.

use std::sync::Arc;

use crate::index::{FileId, IndexedFile};
use crate::items::ItemKind;
use crate::syntax::parse_item;
use crate::types::expr::{Site, Typer, Untyped};
use crate::types::{Found, Member, ParsedItem, Qualified, Record, Seen, Type, expand};

/// The body of a record and the file that it stands in.
type Body = (Arc<Record>, Arc<IndexedFile>);

/// Anonymous members nested deeper are not looked into.
const MAX_DEPTH: usize = 16;

impl Typer<'_, '_> {
    /// The bodies that a type may have; more than one where several definitions are visible.
    pub(crate) fn bodies(&self, ty: &Qualified) -> Result<Vec<Body>, Untyped> {
        match self.resolve(ty).ty {
            Type::Record(record) => {
                let file = self.unit.file_of(&record);
                Ok(vec![(record, file)])
            }
            Type::Tag(tag) => {
                let found = self.unit.records(&tag);
                if found.is_empty() {
                    return Err(Untyped::NoDefinition(format!("struct {tag}")));
                }
                Ok(found.iter().map(|f: &Found<_>| (f.what.clone(), f.file.clone())).collect())
            }
            Type::Unknown => Err(match &ty.ty {
                Type::Named(name) => Untyped::NoDefinition(name.to_string()),
                Type::Typeof(text) => Untyped::NoDefinition(format!("typeof({text})")),
                _ => Untyped::Syntax,
            }),
            _ => Err(Untyped::NotARecord(String::new())),
        }
    }

    /// A member's type and declaration.
    pub(crate) fn member(&self, ty: &Qualified, name: &str) -> Result<(Qualified, Site), Untyped> {
        let bodies = self.bodies(ty).map_err(|reason| match reason {
            Untyped::NotARecord(_) => Untyped::NotARecord(name.to_owned()),
            other => other,
        })?;
        let mut first: Option<(Qualified, Site)> = None;
        for (record, file) in &bodies {
            let Some((member, owner, file)) = self.find(record, file, name, 0) else { continue };
            let tag = owner.or(record.tag.clone());
            let site = Site {
                file,
                span: member.span,
                name: match tag {
                    Some(tag) => format!("{} {tag}.{name}", record.keyword),
                    None => format!("{} {{...}}.{name}", record.keyword),
                },
            };
            // Where definitions for different configurations differ, nothing is claimed.
            let plain = !member.ty.mentions_rcu();
            match &first {
                None => first = Some((member.ty, site)),
                Some((known, _)) if known.mentions_rcu() == plain => {
                    self.unit.disputed.set(true);
                    if plain {
                        first = Some((member.ty, site));
                    }
                }
                Some(_) => {}
            }
        }
        if let Some(found) = first {
            return Ok(found);
        }
        let record = &bodies[0].0;
        let owner = record.tag.as_deref().unwrap_or("{...}");
        Err(Untyped::NoMember(format!("{} {owner}", record.keyword), name.to_owned()))
    }

    /// The member that the initialiser at this place, counted from 0, belongs to.
    pub(crate) fn nth_member(
        &self,
        ty: &Qualified,
        index: usize,
    ) -> Option<(Qualified, Option<Site>)> {
        let bodies = self.bodies(ty).ok()?;
        let (record, _) = bodies.first().filter(|_| bodies.len() == 1)?;
        // Members that a macro makes could stand anywhere.
        let member = record.members.get(index).filter(|_| record.macro_members.is_empty())?;
        let Some(name) = &member.name else { return Some((member.ty.clone(), None)) };
        let (ty, site) = self.member(ty, name).ok()?;
        Some((ty, Some(site)))
    }

    /// A member of a body or of its anonymous members, with the tag of the record that owns it
    /// where that is not the one asked.
    fn find(
        &self,
        record: &Arc<Record>,
        file: &Arc<IndexedFile>,
        name: &str,
        depth: usize,
    ) -> Option<(Member, Option<Arc<str>>, Arc<IndexedFile>)> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(member) = record.members.iter().find(|m| m.name.as_deref() == Some(name)) {
            return Some((member.clone(), None, file.clone()));
        }
        for member in record.members.iter().filter(|member| member.name.is_none()) {
            let (found, owner) = match &member.ty.ty {
                Type::Record(inner) => (self.find(inner, file, name, depth + 1), None),
                Type::Tag(_) | Type::Named(_) => {
                    let found = self.bodies(&member.ty).ok().and_then(|bodies| {
                        bodies.iter().find_map(|(r, f)| self.find(r, f, name, depth + 1))
                    });
                    let owner = match &member.ty.ty {
                        Type::Tag(tag) => Some(tag.clone()),
                        _ => None,
                    };
                    (found, owner)
                }
                _ => (None, None),
            };
            if let Some((member, inner, file)) = found {
                return Some((member, inner.or(owner), file));
            }
        }
        for (call, span) in &record.macro_members {
            let expanded = self.macro_members(call, *span, file, record.home);
            if let Some((mut member, owner, file)) = self.find(&expanded, file, name, depth + 1) {
                // Nothing of the expansion stands in the file: the call stands for all of it.
                member.span = *span;
                return Some((member, owner, file));
            }
        }
        None
    }

    /// What a macro call among the members stands for.
    fn macro_members(
        &self,
        call: &str,
        span: crate::text::Span,
        file: &Arc<IndexedFile>,
        home: Option<FileId>,
    ) -> Arc<Record> {
        let key = (file.shown.clone(), span);
        if let Some(known) = self.unit.macro_members.borrow().get(&key) {
            return known.clone();
        }
        let expanded = match home {
            Some(id) => expand(call, &Seen::new(self.unit.knowledge, id)),
            None => expand(call, self.unit),
        };
        let text = format!("struct __rculint_members {{ {expanded}; }};");
        let mut parsed = ParsedItem::default();
        for tree in parse_item(text.as_bytes(), 0, ItemKind::Declaration, self.unit) {
            parsed.merge(ParsedItem::of_tree(&tree));
        }
        let record = parsed
            .records
            .into_iter()
            .find(|r| r.tag.as_deref() == Some("__rculint_members"))
            .unwrap_or_else(|| {
                Arc::new(Record {
                    tag: None,
                    keyword: "struct",
                    members: Vec::new(),
                    macro_members: Vec::new(),
                    span,
                    home: None,
                })
            });
        self.unit.macro_members.borrow_mut().insert(key, record.clone());
        record
    }
}
