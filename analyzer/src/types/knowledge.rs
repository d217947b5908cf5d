//! What all units share: the index, the kernel's API table, and the classes of macros.

use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

use crate::index::{FileId, Index, IndexedFile};
use crate::items::{ItemKind, Space, name_key};
use crate::syntax::{MacroClass, Macros, parse_item};
use crate::text::directives::Key;
use crate::text::lexer::{TokenKind, lex};
use crate::types::macros::expand_all;
use crate::types::{MacroDef, ParsedItem};

/// Shared knowledge about a tree.
pub struct Knowledge {
    /// The headers.
    pub index: Index,
    classes: RwLock<FxHashMap<Key, MacroClass>>,
}

/// Macros that expand into each other deeper than this have no class.
const DEPTH: usize = 12;

impl Knowledge {
    /// Knowledge about the files of an index.
    pub fn new(index: Index) -> Knowledge {
        Knowledge { index, classes: RwLock::default() }
    }

    /// The definitions of a macro in the index, in a fixed order.
    fn macros(&self, name: &[u8]) -> impl Iterator<Item = Arc<MacroDef>> + '_ {
        self.index
            .places(name_key(name, Space::Macro))
            .filter_map(|place| self.parsed(place.file, place.item).define.clone())
    }

    /// What an item of an indexed file defines.
    pub fn parsed(&self, id: FileId, item: u32) -> Arc<ParsedItem> {
        let file = self.index.file(id);
        file.parsed(item, || Arc::new(self.parse(file, Some(id), item, self)))
    }

    /// Parses an item's definitions. `home` is the place of the file in the index.
    pub fn parse(
        &self,
        file: &IndexedFile,
        home: Option<FileId>,
        item: u32,
        macros: &dyn Macros,
    ) -> ParsedItem {
        let item = &file.items.items[item as usize];
        let text = file.text(item);
        match item.kind {
            ItemKind::Define => {
                ParsedItem { define: MacroDef::read(text).map(Arc::new), ..ParsedItem::default() }
            }
            ItemKind::MacroCall => {
                let call = String::from_utf8_lossy(text).into_owned();
                let expanded = self.expand(&call, file);
                let mut parsed = ParsedItem::default();
                for tree in parse_item(expanded.as_bytes(), 0, ItemKind::Declaration, macros) {
                    parsed.merge(ParsedItem::of_tree(&tree));
                }
                // Nothing of the expansion stands in the file: the call stands for all of it.
                for declared in &mut parsed.declared {
                    declared.span = item.span;
                    declared.value = None;
                }
                parsed
            }
            ItemKind::Function => {
                // The head says it all, and the body may be long.
                let head = head_end(text);
                let mut head_text = text[..head].to_vec();
                head_text.push(b';');
                self.declarations(&head_text, item.span.start, home, macros)
            }
            ItemKind::Declaration => self.declarations(text, item.span.start, home, macros),
        }
    }

    fn declarations(
        &self,
        text: &[u8],
        base: u32,
        home: Option<FileId>,
        macros: &dyn Macros,
    ) -> ParsedItem {
        let mut parsed = ParsedItem::default();
        for mut tree in parse_item(text, base, ItemKind::Declaration, macros) {
            tree.home = home;
            parsed.merge(ParsedItem::of_tree(&tree));
        }
        parsed
    }

    /// Expands a macro call that stands in `file` with the definitions of the file and the index.
    pub fn expand(&self, call: &str, file: &IndexedFile) -> String {
        let lookup = |name: &str| {
            // Its definition is empty, or an attribute: what it says would be lost.
            if matches!(name, "__rcu" | "__rcu_guarded") {
                return None;
            }
            let key = name_key(name.as_bytes(), Space::Macro);
            let own = file.items.names.iter().find(|n| n.key == key);
            if let Some(own) = own {
                return MacroDef::read(file.text(&file.items.items[own.item as usize]))
                    .map(Arc::new);
            }
            self.macros(name.as_bytes()).find(|def| *def.name == *name)
        };
        expand_all(call, &lookup, 24)
    }

    /// The class of a macro, all its definitions in the index taken together.
    fn class_of(&self, name: &[u8], depth: usize) -> MacroClass {
        let key = name_key(name, Space::Macro);
        if let Some(known) = self.classes.read().expect("no panic while locked").get(&key) {
            return *known;
        }
        let mut class = MacroClass::Unknown;
        for def in self.macros(name) {
            class = if self.decorates(&def, depth) {
                MacroClass::Decoration
            } else {
                MacroClass::Other
            };
            // A word that stands for nothing in some configuration may always be left out; a call
            // has to be decoration in each.
            let decided = match def.parameters {
                None => MacroClass::Decoration,
                Some(_) => MacroClass::Other,
            };
            if class == decided {
                break;
            }
        }
        if depth == DEPTH {
            self.classes.write().expect("no panic while locked").insert(key, class);
        }
        class
    }

    /// Whether a macro stands for nothing that a type or a value depends on.
    pub(crate) fn decorates(&self, def: &MacroDef, depth: usize) -> bool {
        if depth == 0 {
            return false;
        }
        let text = def.body.as_bytes();
        let tokens = lex(text, 0, text.len());
        let mut index = 0;
        while index < tokens.len() {
            let token = tokens[index];
            let word = token.text(text);
            index += 1;
            if token.kind == TokenKind::Str {
                continue;
            }
            if token.kind != TokenKind::Ident {
                return false;
            }
            let group = tokens.get(index).is_some_and(|next| next.is(text, b"("));
            match word {
                b"__attribute__" | b"__attribute" | b"__declspec" | b"_Pragma" | b"asm"
                | b"__asm__" | b"__alignas" | b"_Alignas"
                    if group => {}
                b"inline" | b"__inline" | b"__inline__" | b"static" | b"extern" | b"register"
                | b"const" | b"volatile" | b"__restrict" | b"_Noreturn" | b"noreturn"
                | b"__thread" | b"__volatile__" | b"__extension__" => continue,
                _ if word == def.name.as_bytes() => return false,
                _ => match self.class_of(word, depth - 1) {
                    MacroClass::Decoration => {}
                    _ => return false,
                },
            }
            if group {
                let mut nesting = 0usize;
                while let Some(token) = tokens.get(index) {
                    index += 1;
                    match token.text(text) {
                        b"(" => nesting += 1,
                        b")" => {
                            nesting -= 1;
                            if nesting == 0 {
                                break;
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        true
    }
}

impl Macros for Knowledge {
    fn class(&self, name: &[u8]) -> MacroClass {
        if matches!(name, b"__rcu" | b"__rcu_guarded" | b"NULL" | b"current" | b"bool") {
            return MacroClass::Other;
        }
        self.class_of(name, DEPTH)
    }
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
