//! The calls of accessors in a file, and what else is known for choosing one.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::evidence::{AccessorCall, Evidence, Neighbours, Slots, words_of};
use crate::facts::lvalues::{protection, root};
use crate::facts::names::Names;
use crate::facts::usage::Outcome;
use crate::facts::walk::Walk;
use crate::facts::{Access, Context, Protection};
use crate::syntax::{Field, Kind, NodeId};
use crate::text::lexer::{TokenKind, lex_fragment};
use crate::types::{Unit, arguments_text, split_arguments};

impl Walk<'_, '_, '_> {
    /// Notes a call of an accessor, or of a macro that stands for one.
    pub(super) fn note_accessor(&mut self, call: NodeId) {
        let tree = self.tree;
        let Some(function) = tree.child(call, Field::Function).map(|at| tree.bare(at)) else {
            return;
        };
        if self.body.is_some() || tree.kind(function) != Kind::Identifier {
            return;
        }
        let Ok(name) = std::str::from_utf8(tree.text(function)) else { return };
        if self.scopes.find(name.as_bytes()).is_some() {
            return;
        }
        let Some(wrapper) = self.names.wrappers.find(name) else { return };
        let list = tree.child(call, Field::Arguments);
        let Some(pointer) = list.and_then(|list| tree.children(list).nth(wrapper.pointer)) else {
            return;
        };
        let text = arguments_text(tree, call);
        let one_line = |text: &&str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let arguments: Vec<String> = split_arguments(&text).iter().map(one_line).collect();
        if arguments.len() != wrapper.arguments() {
            return;
        }
        let typed = self.uses.typer(&self.scopes).typed(tree, pointer).ok();
        if let Some(typed) = typed.as_ref().filter(|_| self.wanted().dealings) {
            self.dealing_of_accessor(call, (name, &wrapper.accessor), typed);
        }
        let declaration = typed.and_then(|typed| typed.site).map(|site| site.name.clone());
        let usage = match self.uses.of(tree, call, &self.scopes) {
            Outcome::Use(usage, _) => Some(usage),
            _ => None,
        };
        let context = self.context_here(pointer);
        let protection = self.protection_in(pointer, &context);
        let mentioned: Vec<&str> = arguments.iter().flat_map(|text| names_in(text)).collect();
        let locals = self.variables(|name| mentioned.contains(&name));
        self.calls.push(AccessorCall {
            function: self.function.clone(),
            name: name.to_owned(),
            arguments,
            declaration,
            usage,
            protection,
            context,
            locals,
        });
    }

    /// What of a context protects an lvalue.
    pub(super) fn protection_in(&self, node: NodeId, context: &Context) -> Protection {
        let tree = self.tree;
        let expression = String::from_utf8_lossy(tree.text(node));
        let root = root(tree, node).map(|root| tree.text(root));
        let global = root.is_some_and(|root| self.scopes.find(root).is_none());
        protection(context, &expression, root, global)
    }

    /// The variables that can be named here, with their types.
    pub(super) fn variables(&self, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let typer = self.uses.typer(&self.scopes);
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for local in self.scopes.all().filter(|local| !local.typedef && wanted(&local.name)) {
            found.entry(local.name.to_string()).or_insert_with(|| typer.spell(&local.ty));
        }
        found.into_iter().collect()
    }
}

/// The names of variables, functions and macros in code; not members.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let tokens = lex_fragment(bytes);
    (0..tokens.len()).filter_map(move |index| {
        let token = tokens[index];
        let before = index.checked_sub(1).map_or(&b""[..], |at| tokens[at].text(bytes));
        let name = token.kind == TokenKind::Ident && !matches!(before, b"->" | b".");
        name.then(|| &text[token.start as usize..token.end as usize])
    })
}

/// What is known for choosing accessors for these accesses.
pub(super) fn evidence(
    unit: &Unit<'_>,
    names: &Names<'_, '_, '_>,
    accesses: &[Access],
    calls: Vec<AccessorCall>,
    neighbours: &Neighbours,
) -> Evidence {
    if accesses.is_empty() {
        return Evidence::default();
    }
    let mut evidence = Evidence { calls, ..Evidence::default() };
    let bytes = unit.file.source().bytes();
    let slots = Slots::of(bytes, &unit.file.items);
    let accessing = accesses.iter().filter_map(|access| access.function.as_deref());
    let calling = evidence.calls.iter().filter_map(|call| call.function.as_deref());
    let concerned: FxHashSet<&str> = accessing.chain(calling).collect();
    for item in &unit.file.items.items {
        let Some(name) = super::file::function_name(&unit.file, item) else { continue };
        if concerned.contains(name.as_str()) {
            evidence.functions.entry(name).or_insert_with(|| words_of(bytes, item, &slots));
        }
    }
    let headers: Vec<_> = accesses.iter().map(|access| access.declaration.path.as_path()).collect();
    evidence.neighbours = neighbours.of(&unit.file.path, &headers);
    let own = evidence.calls.iter().map(|call| (&call.name, None));
    let others = evidence
        .neighbours
        .iter()
        .flat_map(|file| &file.functions)
        .flat_map(|function| &function.calls)
        .map(|call| (&call.name, Some(&call.arguments)));
    for (name, arguments) in own.chain(others) {
        let known = evidence.accessors.get(name).cloned();
        let Some(wrapper) = known.or_else(|| names.wrappers.find(name)) else { continue };
        for (index, argument) in arguments.into_iter().flatten().enumerate() {
            if index != wrapper.pointer {
                let global =
                    |name: &&str| !unit.ordinary(name).is_empty() || !unit.macros(name).is_empty();
                evidence.globals.extend(names_in(argument).filter(global).map(str::to_owned));
            }
        }
        evidence.accessors.insert(name.clone(), wrapper);
    }
    evidence
}
