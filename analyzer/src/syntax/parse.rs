//! From a piece of source text to a [`Tree`]: normalise, hand to tree-sitter, copy the result.

use std::sync::atomic::{AtomicU64, Ordering};

use std::cell::RefCell;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState};

use crate::items::ItemKind;
use crate::syntax::kinds::{Field, Kind, tables};
use crate::syntax::normalize::{Macros, Normalized, normalize};
use crate::syntax::tree::{NodeData, Tree};
use crate::text::Span;

thread_local! {
    static PARSER: RefCell<tree_sitter::Parser> = RefCell::new({
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&tree_sitter_c::LANGUAGE.into())
            .expect("the grammar is built for this version of tree-sitter");
        parser
    });
}

/// Deeper trees are cut: what lies below counts as not understood.
const MAX_DEPTH: usize = 600;

/// Longer functions are not parsed: much of what is asked of a function looks at all of it for each
/// place. The longest one of Linux 6.1 outside tools/ has 213 406 bytes
/// (drivers/misc/habanalabs/gaudi/gaudi_security.c).
const MOST_BYTES: usize = 1 << 18;

/// The parser may take so many steps (of a hundred tokens or the like): enough for two megabytes.
const MOST_STEPS: usize = 1 << 15;
/// And so many in what it does not understand, where each is slow.
const MOST_STEPS_ASTRAY: usize = 1 << 12;

/// Parses an item in every combination of preprocessor arms that is needed to see each arm once;
/// most items have one. `base` is where `text` begins in its file.
pub fn parse_item(text: &[u8], base: u32, kind: ItemKind, macros: &dyn Macros) -> Vec<Tree> {
    normalize(text, kind, macros)
        .into_iter()
        .map(|normalized| parse(text, base, kind, normalized))
        .collect()
}

/// What tree-sitter makes of a text; `None` if it takes too long.
fn parsed(text: &[u8], kind: ItemKind) -> Option<tree_sitter::Tree> {
    if kind == ItemKind::Function && text.len() > MOST_BYTES {
        return None;
    }
    let (mut steps, mut astray) = (0, 0);
    let mut progress = |state: &ParseState| {
        steps += 1;
        astray += usize::from(state.has_error());
        match steps > MOST_STEPS || astray > MOST_STEPS_ASTRAY {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut rest = |at: usize, _| text.get(at..).unwrap_or(&[]);
    PARSER.with_borrow_mut(|parser| {
        let tree = parser.parse_with_options(&mut rest, None, Some(options));
        if tree.is_none() {
            // Or the next text would be taken for the rest of this one.
            parser.reset();
        }
        tree
    })
}

fn parse(text: &[u8], base: u32, kind: ItemKind, normalized: Normalized) -> Tree {
    let parsed = parsed(&normalized.text, kind);
    static TREES: AtomicU64 = AtomicU64::new(0);
    let mut tree = Tree {
        id: TREES.fetch_add(1, Ordering::Relaxed),
        nodes: Vec::with_capacity(text.len() / 4),
        text: text.into(),
        base,
        in_file: true,
        home: None,
        errors: normalized.given_up,
        macro_members: normalized.macro_members,
        macro_head: normalized.macro_head,
    };
    match parsed {
        Some(parsed) => copy(&parsed, &normalized.text, &mut tree),
        None => {
            tree.errors.push(Span::new(0, text.len()));
            tree.nodes.push(data(Kind::TranslationUnit, Span::new(0, text.len())));
        }
    }
    tree
}

fn data(kind: Kind, span: Span) -> NodeData {
    NodeData {
        kind,
        field: Field::None,
        operator: [0; 2],
        span,
        parent: u32::MAX,
        first: u32::MAX,
        next: u32::MAX,
    }
}

/// Copies the named nodes; operators become a property of the node they belong to.
fn copy(parsed: &tree_sitter::Tree, text: &[u8], tree: &mut Tree) {
    let tables = tables();
    let mut cursor = parsed.walk();
    // The copied ancestors, and the last copied child of each.
    let mut path: Vec<(u32, u32)> = Vec::new();
    // For each level of the cursor: whether its node was copied.
    let mut copied: Vec<bool> = Vec::new();
    loop {
        let node = cursor.node();
        let field = cursor.field_id().map_or(Field::None, |id| tables.fields[id.get() as usize]);
        let range = Span::new(node.start_byte(), node.end_byte());
        if node.is_missing() {
            tree.errors.push(range);
        }
        let keep = node.is_named() && !node.is_extra() || node.is_error();
        if keep {
            let kind = if node.is_error() {
                tree.errors.push(range);
                Kind::Error
            } else {
                tables.kinds.get(node.kind_id() as usize).copied().unwrap_or(Kind::Other)
            };
            let id = tree.nodes.len() as u32;
            let mut new = data(kind, range);
            new.field = field;
            if let Some((parent, last)) = path.last_mut() {
                new.parent = *parent;
                if *last == u32::MAX {
                    tree.nodes[*parent as usize].first = id;
                } else {
                    tree.nodes[*last as usize].next = id;
                }
                *last = id;
            }
            tree.nodes.push(new);
            path.push((id, u32::MAX));
        } else if field == Field::Operator {
            if let Some((parent, _)) = path.last() {
                let bytes = &text[range.range()];
                let operator = [*bytes.first().unwrap_or(&0), *bytes.get(1).unwrap_or(&0)];
                tree.nodes[*parent as usize].operator = operator;
            }
        }
        copied.push(keep);
        let too_deep = path.len() > MAX_DEPTH;
        if too_deep && keep && node.child_count() > 0 {
            tree.errors.push(range);
        }
        if keep && !too_deep && cursor.goto_first_child() {
            continue;
        }
        loop {
            if copied.pop() == Some(true) {
                path.pop();
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
