//! What the benchmarks measure: one stage at a time on all functions of a file, whether anything asks
//! for it or not. No part of an analysis, which parses, types and follows only what can matter.

use std::cell::Cell;
use std::io;

use crate::facts::signature;
use crate::flow::solve::Flow;
use crate::flow::summary::parameter_names;
use crate::flow::{Flows, definition};
use crate::items::{Item, ItemKind};
use crate::syntax::{Kind, NodeId, Tree, parse_item};
use crate::types::{Scopes, Typer, Unit};
use crate::workspace::Workspace;

/// A file of which nothing but its headers is known yet.
pub struct Stages<'w> {
    unit: Unit<'w>,
}

/// The trees of its functions.
pub struct Trees(Vec<Tree>);

impl<'w> Stages<'w> {
    /// Input `index` of a workspace.
    ///
    /// # Errors
    /// It could not be read.
    pub fn of(workspace: &'w Workspace, index: usize) -> io::Result<Stages<'w>> {
        Ok(Stages { unit: workspace.unit(index)? })
    }

    /// Parses every function.
    pub fn parse(&self) -> Trees {
        let items = self.unit.file.items.items.iter();
        let functions = items.filter(|item| item.kind == ItemKind::Function);
        let parsed = |item: &Item| {
            parse_item(self.unit.file.text(item), item.span.start, item.kind, &self.unit)
        };
        Trees(functions.flat_map(parsed).collect())
    }

    /// Types every member, element, dereference and call; how many have a type.
    pub fn types(&self, trees: &Trees) -> usize {
        let mut typed = 0;
        for tree in &trees.0 {
            let Some((definition, body)) = definition(tree) else { continue };
            self.unit.refuel();
            let mut scopes = Scopes::default();
            scopes.enter();
            for parameter in &signature(&self.unit, tree, definition).0 {
                scopes.declare_parameter(parameter);
            }
            typed += self.typed_below(tree, body, &mut scopes, &Cell::new(0));
            self.unit.clear_local_records();
        }
        typed
    }

    fn typed_below(
        &self,
        tree: &Tree,
        node: NodeId,
        scopes: &mut Scopes,
        depth: &Cell<u32>,
    ) -> usize {
        let kind = tree.kind(node);
        if kind == Kind::Declaration {
            self.unit.declare(tree, node, scopes, depth);
        }
        let asked = matches!(
            kind,
            Kind::FieldExpression
                | Kind::SubscriptExpression
                | Kind::PointerExpression
                | Kind::CallExpression
        );
        let own = asked && Typer::new(&self.unit, scopes, depth).typed(tree, node).is_ok();
        let block = matches!(kind, Kind::CompoundStatement | Kind::ForStatement);
        if block {
            scopes.enter();
        }
        let below: usize =
            tree.children(node).map(|child| self.typed_below(tree, child, scopes, depth)).sum();
        if block {
            scopes.leave();
        }
        usize::from(own) + below
    }

    /// Follows every function; how many worlds lead to what they evaluate.
    pub fn flow(&self, trees: &Trees) -> usize {
        let flows = Flows::new(&self.unit);
        let mut worlds = 0;
        for tree in &trees.0 {
            let Some((definition, body)) = definition(tree) else { continue };
            self.unit.refuel();
            let flow = Flow::of_function(&flows, tree, &parameter_names(tree, definition), body);
            flow.visit(|_, before| worlds += before.len());
        }
        worlds
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::Memory;
    use crate::{Input, Options};

    #[test]
    fn every_stage_has_something_to_do() {
        let mut files = Memory::default();
        let code = "struct s { int *p; };\n\
            int f(struct s *s) { int *q = s->p; if (q) return *q; return f(s); }\n";
        files.add("/t.c", code);
        let inputs = vec![Input { path: "/t.c".into(), shown: "t.c".into() }];
        let workspace = Workspace::load(Arc::new(files), inputs, Options::default());
        let stages = Stages::of(&workspace, 0).unwrap();
        let trees = stages.parse();
        assert_eq!((trees.0.len(), stages.types(&trees)), (1, 3));
        assert!(stages.flow(&trees) > 3);
    }
}
