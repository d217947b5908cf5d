//! What all units share: the index, and definitions parsed when first asked for.

use std::sync::Arc;

use crate::flow::shared::Shared;
use crate::index::{FileId, Index, IndexedFile};
use crate::items::ItemKind;
use crate::kernel::version::Version;
use crate::syntax::parse_item;
use crate::text::lexer::lex;
use crate::types::macros::expand_all;
use crate::types::view::{Seen, View};
use crate::types::{MacroDef, ParsedItem};
use crate::workspace::Wanted;

/// Shared knowledge about a tree.
pub struct Knowledge {
    /// The headers.
    pub index: Index,
    /// The version of the kernel that they are of.
    pub version: Version,
    /// Which facts are asked for.
    pub wanted: Wanted,
    /// What the functions of headers do.
    pub(crate) shared: Shared,
}

impl Knowledge {
    /// Knowledge about the files of an index, of a kernel of this version.
    pub fn new(index: Index, version: Version) -> Knowledge {
        Knowledge { index, version, wanted: Wanted::default(), shared: Shared::default() }
    }

    /// What an item of an indexed file defines. It depends on nothing but the file and what the
    /// file includes: whoever asks first gets the same.
    pub fn parsed(&self, id: FileId, item: u32) -> Arc<ParsedItem> {
        let file = self.index.file(id);
        file.parsed(item, || {
            let view = Seen::new(self, id);
            Arc::new(self.parse(file, Some(id), item, &view))
        })
    }

    /// Parses an item's definitions. `home` is the place of the file in the index.
    pub(crate) fn parse(
        &self,
        file: &IndexedFile,
        home: Option<FileId>,
        item: u32,
        view: &impl View,
    ) -> ParsedItem {
        let item = &file.items.items[item as usize];
        let text = file.text(item);
        match item.kind {
            ItemKind::Define => {
                let define = MacroDef::read(text, item.span.start).map(Arc::new);
                ParsedItem { define, ..ParsedItem::default() }
            }
            ItemKind::MacroCall => {
                let call = String::from_utf8_lossy(text).into_owned();
                let mut parsed = declarations(expand(&call, view).as_bytes(), 0, home, view);
                // Nothing of the expansion stands in the file: the call stands for all of it.
                for declared in &mut parsed.declared {
                    declared.span = item.span;
                    declared.value = None;
                }
                parsed
            }
            ItemKind::Function => {
                // The head says it all, and the body may be long.
                let mut head = text[..head_end(text)].to_vec();
                head.push(b';');
                declarations(&head, item.span.start, home, view)
            }
            ItemKind::Declaration => declarations(text, item.span.start, home, view),
        }
    }
}

fn declarations(text: &[u8], base: u32, home: Option<FileId>, view: &impl View) -> ParsedItem {
    let mut parsed = ParsedItem::default();
    for mut tree in parse_item(text, base, ItemKind::Declaration, view) {
        tree.home = home;
        parsed.merge(ParsedItem::of_tree(&tree));
    }
    parsed
}

/// Expands every macro call in a text with the definitions that a file sees.
pub(crate) fn expand(text: &str, view: &impl View) -> String {
    let lookup = |name: &str| {
        // Its definition is empty, or an attribute: what it says would be lost.
        if matches!(name, "__rcu" | "__rcu_guarded") {
            return None;
        }
        view.definitions(name).into_iter().next()
    };
    expand_all(text, &lookup, 24)
}

/// Where a function's body starts.
fn head_end(text: &[u8]) -> usize {
    let mut depth = 0usize;
    for token in lex(text, 0, text.len()) {
        match token.text(text) {
            b"{" if depth == 0 => return token.start as usize,
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}
