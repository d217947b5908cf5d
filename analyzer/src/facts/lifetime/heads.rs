//! Which objects say of themselves that they are freed behind a grace period: those with a member
//! for it. Sources: include/linux/types.h (`struct rcu_head`), include/linux/workqueue.h
//! (`struct rcu_work`).

use std::sync::Arc;

use crate::facts::Declaration;
use crate::facts::walk::Walk;
use crate::flow::ends::{contained, is_head};
use crate::flow::spelling::holder;
use crate::index::IndexedFile;
use crate::syntax::NodeId;
use crate::text::Span;
use crate::types::{Record, Type};

/// A body of a structure, and the file that it stands in.
type Body = (Arc<Record>, Arc<IndexedFile>);

/// Members with a body of their own that are nested deeper are not looked into.
const DEPTH: usize = 8;

impl Walk<'_, '_, '_> {
    /// The type of the object that an argument points to or into, and its member for a grace period.
    pub(super) fn object_of(&self, argument: NodeId) -> (Option<String>, Option<Declaration>) {
        let tree = self.tree;
        let typer = self.uses.typer(&self.scopes);
        let argument = contained(tree, argument);
        let pointer = holder(tree, argument).unwrap_or(argument);
        let Ok(typed) = typer.typed(tree, pointer) else { return (None, None) };
        let Type::Pointer(to) = typer.resolve(&typed.ty).ty else { return (None, None) };
        let resolved = typer.resolve(&to);
        let (name, bodies): (String, Vec<Body>) = match &resolved.ty {
            // Of what the head itself is a part is not known.
            Type::Tag(tag) if is_head(tag) => return (None, None),
            Type::Tag(tag) => {
                let found = self.uses.unit.records(tag);
                let bodies = found.iter().map(|one| (one.what.clone(), one.file.clone())).collect();
                (tag.to_string(), bodies)
            }
            Type::Record(record) => {
                let file = self.uses.unit.file_of(record);
                let name = record.tag.as_deref().unwrap_or("{...}").to_owned();
                (name, vec![(record.clone(), file)])
            }
            _ => return (None, None),
        };
        let Some((record, file)) = bodies.first() else {
            return (Some(format!("struct {name}")), None);
        };
        let object = format!("{} {name}", record.keyword);
        let head = head(record, DEPTH)
            .map(|(member, span)| self.declaration_at(file, span, format!("{object}.{member}")));
        (Some(object), head)
    }
}

fn head(record: &Record, depth: usize) -> Option<(String, Span)> {
    record.members.iter().find_map(|member| match (&member.ty.ty, &member.name) {
        (Type::Tag(tag), Some(name)) if is_head(tag) => Some((name.to_string(), member.span)),
        (Type::Record(inner), _) if depth > 0 => head(inner, depth - 1),
        _ => None,
    })
}
