//! Which macros a file sees, and what their definitions make of them.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::index::{FileId, FileSet};
use crate::items::{Space, name_key};
use crate::kernel::extra::extra;
use crate::syntax::{MacroClass, Macros};
use crate::text::directives::Key;
use crate::text::lexer::{TokenKind, lex};
use crate::types::{Knowledge, MacroDef};

/// What a file sees of macros.
pub(crate) trait View: Macros {
    /// The definitions of a macro, the one to use first.
    fn definitions(&self, name: &str) -> Vec<Arc<MacroDef>>;
}

/// What a file of the index sees.
pub(crate) struct Seen<'k> {
    knowledge: &'k Knowledge,
    file: FileId,
    visible: FileSet,
    classes: RefCell<FxHashMap<Key, MacroClass>>,
}

impl<'k> Seen<'k> {
    /// The view of a file of the index.
    pub fn new(knowledge: &'k Knowledge, file: FileId) -> Seen<'k> {
        let visible = knowledge.index.surroundings(file);
        Seen { knowledge, file, visible, classes: RefCell::default() }
    }
}

impl View for Seen<'_> {
    fn definitions(&self, name: &str) -> Vec<Arc<MacroDef>> {
        let index = &self.knowledge.index;
        let key = name_key(name.as_bytes(), Space::Macro);
        let mut places: Vec<_> =
            index.places(key).filter(|place| self.visible.contains(place.file)).collect();
        places.sort_by_key(|place| place.file != self.file);
        places
            .into_iter()
            .filter_map(|place| {
                let file = index.file(place.file);
                let item = &file.items.items[place.item as usize];
                MacroDef::read(file.text(item), item.span.start)
            })
            .filter(|def| *def.name == *name)
            .map(Arc::new)
            .collect()
    }
}

impl Macros for Seen<'_> {
    fn class(&self, name: &[u8]) -> MacroClass {
        let key = name_key(name, Space::Macro);
        if let Some(known) = self.classes.borrow().get(&key) {
            return *known;
        }
        let class = class(self, name);
        self.classes.borrow_mut().insert(key, class);
        class
    }
}

/// Macros that expand into each other deeper than this have no class.
const DEPTH: usize = 12;

/// The class of a macro, all the definitions that a file sees taken together.
pub(crate) fn class(view: &impl View, name: &[u8]) -> MacroClass {
    class_at(view, name, DEPTH)
}

fn class_at(view: &impl View, name: &[u8], depth: usize) -> MacroClass {
    let Ok(text) = std::str::from_utf8(name) else { return MacroClass::Unknown };
    if matches!(text, "__rcu" | "__rcu_guarded" | "NULL" | "current" | "bool") {
        return MacroClass::Other;
    }
    if extra().decoration.iter().any(|known| known == text) {
        return MacroClass::Decoration;
    }
    let mut class = MacroClass::Unknown;
    for def in view.definitions(text) {
        class =
            if decorates(view, &def, depth) { MacroClass::Decoration } else { MacroClass::Other };
        // A word that stands for nothing in some configuration may always be left out; a call has
        // to be decoration in each.
        let decided = match def.parameters {
            None => MacroClass::Decoration,
            Some(_) => MacroClass::Other,
        };
        if class == decided {
            break;
        }
    }
    class
}

/// Whether a macro stands for nothing that a type or a value depends on.
fn decorates(view: &impl View, def: &MacroDef, depth: usize) -> bool {
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
            | b"const" | b"volatile" | b"__restrict" | b"_Noreturn" | b"noreturn" | b"__thread"
            | b"__volatile__" | b"__extension__" => continue,
            _ if word == def.name.as_bytes() => return false,
            _ => match class_at(view, word, depth - 1) {
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
