//! Loops over lists: those of the table, and macros built on them.

use crate::flow::Flows;
use crate::flow::spelling::canonical;
use crate::kernel::context::{Kind, context};
use crate::syntax::{Field, NodeId, Tree};
use crate::text::lexer::{TokenKind, is_ident_byte, lex_fragment};
use crate::types::split_arguments;

/// A loop over a list, in the words of whoever wrote the loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Walking {
    /// The macro of the table.
    pub name: Box<str>,
    /// The macro as the loop names it.
    pub written: Box<str>,
    /// What takes each element.
    pub position: Box<str>,
    pub head: Option<Box<str>>,
    pub member: Option<Box<str>>,
    /// The member where the macro does not ask for it: `struct net_device.dev_list`.
    pub of: Option<Box<str>>,
    pub condition: Option<Box<str>>,
    pub rcu: bool,
    pub reader: Kind,
    pub twin: Option<Box<str>>,
}

const DEPTH: usize = 5;

impl Flows<'_, '_> {
    /// The loop that a statement with a loop macro is, if it walks a list.
    pub fn walk(&self, tree: &Tree, statement: NodeId) -> Option<Walking> {
        let (name, arguments) = loop_head(tree, statement)?;
        let arguments = split_arguments(&arguments);
        self.loop_of(&name, &arguments)
    }

    /// The same for a loop macro with these arguments.
    pub fn loop_of(&self, name: &str, arguments: &[&str]) -> Option<Walking> {
        self.walking(name, name, arguments, DEPTH)
    }

    fn walking(
        &self,
        written: &str,
        name: &str,
        arguments: &[&str],
        depth: usize,
    ) -> Option<Walking> {
        if let Some(row) = context().walk(name.as_bytes(), self.version) {
            let text = |at: Option<usize>| at.and_then(|at| arguments.get(at));
            let boxed = |at: Option<usize>| text(at).map(|text| canonical(text).into());
            return Some(Walking {
                name: name.into(),
                written: written.into(),
                position: canonical(text(Some(row.position))?).into(),
                head: boxed(row.head),
                member: boxed(row.member),
                of: row.of.as_deref().map(Into::into),
                condition: boxed(row.condition),
                rcu: row.rcu,
                reader: row.reader,
                twin: row.twin.as_deref().map(Into::into),
            });
        }
        if depth == 0 {
            return None;
        }
        let macros = self.unit.macros(name);
        macros.iter().filter(|def| def.what.parameters.is_some()).find_map(|def| {
            let text = def.what.substitute(arguments);
            let bytes = text.as_bytes();
            let tokens = lex_fragment(bytes);
            // The loop is the last thing that the macro begins.
            let last = tokens.iter().enumerate().rev().find(|(at, token)| {
                token.kind == TokenKind::Ident
                    && tokens.get(at + 1).is_some_and(|next| next.is(bytes, b"("))
                    && token.text(bytes) != name.as_bytes()
                    && self.heads_loop(&String::from_utf8_lossy(token.text(bytes)), depth - 1)
            });
            let (at, token) = last?;
            let close = crate::flow::lists::closing(bytes, &tokens, at + 1)?;
            let inside = &text[tokens[at + 1].end as usize..tokens[close].start as usize];
            let called = &text[token.start as usize..token.end as usize];
            self.walking(written, called, &split_arguments(inside), depth - 1)
        })
    }

    fn heads_loop(&self, name: &str, depth: usize) -> bool {
        if context().walk(name.as_bytes(), self.version).is_some() {
            return true;
        }
        if depth == 0 || !name.contains("for_each") {
            return false;
        }
        let macros = self.unit.macros(name);
        macros.iter().any(|def| {
            let bytes = def.what.body.as_bytes();
            lex_fragment(bytes).iter().any(|token| {
                token.kind == TokenKind::Ident
                    && self.heads_loop(&String::from_utf8_lossy(token.text(bytes)), depth - 1)
            })
        })
    }
}

/// The name of a loop macro and the text of its arguments.
pub(crate) fn loop_head(tree: &Tree, statement: NodeId) -> Option<(String, String)> {
    let condition = tree.child(statement, Field::Condition)?;
    let start = tree.span(statement).start as usize;
    let head = tree.text[start..tree.span(condition).start as usize].trim_ascii();
    if head.is_empty() || !head.iter().all(|byte| is_ident_byte(*byte)) || head == b"while" {
        return None;
    }
    let text = String::from_utf8_lossy(tree.text(condition)).into_owned();
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some((String::from_utf8_lossy(head).into_owned(), inside.to_owned()))
}

fn closing(bytes: &[u8], tokens: &[crate::text::lexer::Token], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text(bytes) {
            b"(" => depth += 1,
            b")" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}
