//! Which items of a file mention its functions, and how.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::items::{FileItems, ItemKind, Space, name_key};
use crate::text::SourceFile;
use crate::text::directives::Key;
use crate::text::lexer::{TokenKind, lex_with};

/// How an item mentions a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The item.
    pub item: u32,
    /// It calls it.
    pub calls: bool,
    /// It names it otherwise: somebody else may call it.
    pub escapes: bool,
}

/// Mentions by the key of the name, each in order of items.
type ByName = FxHashMap<Key, Vec<Mention>>;

/// The mentions of the functions that a file defines.
#[derive(Debug, Default)]
pub(crate) struct Mentions(ByName);

impl Mentions {
    /// Reads the items of a file once for all its functions.
    pub fn of_file(items: &FileItems, source: &SourceFile) -> Mentions {
        let is_function = |item: u32| items.items[item as usize].kind == ItemKind::Function;
        let defined = items.names.iter().filter(|name| is_function(name.item));
        let mut found: ByName = defined.map(|name| (name.key, Vec::new())).collect();
        read(items, source, &mut found);
        Mentions(found)
    }

    /// Those of one name. One that the file does not define is looked for now.
    pub fn of(&self, name: &str, items: &FileItems, source: &SourceFile) -> Cow<'_, [Mention]> {
        let key = name_key(name.as_bytes(), Space::Ordinary);
        if let Some(known) = self.0.get(&key) {
            return Cow::Borrowed(known);
        }
        let mut found = ByName::from_iter([(key, Vec::new())]);
        if memchr::memmem::find(source.bytes(), name.as_bytes()).is_some() {
            read(items, source, &mut found);
        }
        Cow::Owned(found.remove(&key).unwrap_or_default())
    }
}

fn read(items: &FileItems, source: &SourceFile, found: &mut ByName) {
    for (at, item) in items.items.iter().enumerate() {
        of_item(source.slice(item.span), at as u32, found);
    }
}

/// Adds what one item mentions of the names that are looked for.
fn of_item(text: &[u8], item: u32, found: &mut ByName) {
    // The name just read, if it is looked for, and those that the item itself declares.
    let mut pending: Option<Key> = None;
    let mut declared: Vec<Key> = Vec::new();
    let mut depth = 0usize;
    let mut before_member = false;
    let note = |found: &mut ByName, key: Key, calls: bool| {
        let all = found.entry(key).or_default();
        match all.last_mut().filter(|last| last.item == item) {
            Some(last) => {
                last.calls |= calls;
                last.escapes |= !calls;
            }
            None => all.push(Mention { item, calls, escapes: !calls }),
        }
    };
    lex_with(text, 0, text.len(), |token| {
        let word = token.text(text);
        if let Some(key) = pending.take() {
            // `name(` outside a body declares or defines it.
            if word == b"(" && depth == 0 && !declared.contains(&key) {
                declared.push(key);
            } else {
                note(found, key, word == b"(");
            }
        }
        match word {
            b"{" => depth += 1,
            b"}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if token.kind == TokenKind::Ident && !before_member {
            pending = Some(name_key(word, Space::Ordinary)).filter(|key| found.contains_key(key));
        }
        before_member = matches!(word, b"->" | b".");
    });
    if let Some(key) = pending {
        note(found, key, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::scan;

    fn mentions(text: &str, name: &str) -> Vec<(u32, bool, bool)> {
        let (items, source) = (scan(text.as_bytes()), SourceFile::new(text.into()));
        let all = Mentions::of_file(&items, &source);
        let found = all.of(name, &items, &source);
        found.iter().map(|one| (one.item, one.calls, one.escapes)).collect()
    }

    const TEXT: &str = "\
static int f(int a);
static int f(int a)
{
	return a;
}
static int g(struct s *s)
{
	s->f(1);
	return f(f(2)) + h(f);
}
struct ops ops = { .f = f, .g = g };
";

    #[test]
    fn calls_and_other_mentions() {
        assert_eq!(mentions(TEXT, "f"), [(2, true, true), (3, false, true)]);
        assert_eq!(mentions(TEXT, "g"), [(3, false, true)]);
    }

    #[test]
    fn names_that_the_file_does_not_define() {
        assert_eq!(mentions(TEXT, "h"), [(2, true, false)]);
        assert_eq!(mentions(TEXT, "none"), []);
    }
}
