//! Where `__rcu` would go in a declaration that lacks it.

use crate::facts::Insertion;
use crate::index::IndexedFile;
use crate::text::Span;
use crate::text::lexer::{Token, TokenKind, lex};

/// Declarations are looked at so many bytes before their name.
const BEFORE: u32 = 400;

/// The place before the star that makes the pointer: `struct shape |*name`. `levels` counts the
/// pointers from the innermost to the one that is wanted: 1 for `T *name` and for the elements of
/// `T **name`, 2 for `name` itself there. `None` where the declaration is written in a way in
/// which the word would say something else.
pub(crate) fn insertion(
    file: &IndexedFile,
    name: Span,
    declared: &str,
    levels: usize,
) -> Option<Insertion> {
    let source = file.source();
    if source.slice(name) != declared.as_bytes() {
        return None;
    }
    let bytes = source.bytes();
    let tokens = lex(bytes, name.start.saturating_sub(BEFORE) as usize, name.start as usize);
    let mut stars: Vec<Token> = Vec::new();
    let mut before = None;
    for token in tokens.iter().rev() {
        match token.text(bytes) {
            b"*" => stars.push(*token),
            b"const" | b"volatile" | b"__percpu" | b"__read_mostly" | b"__ro_after_init"
                if token.kind == TokenKind::Ident => {}
            _ => {
                before = Some(*token);
                break;
            }
        }
    }
    // The innermost star is the first in the text, and the last that was found.
    let star = *stars.get(stars.len().checked_sub(levels)?)?;
    let before = before?;
    // `struct __rcu shape *name` is annotated in the wrong place.
    let same = |token: &&Token| !matches!(token.text(bytes), b"," | b"(" | b";" | b"{" | b"}");
    if tokens.iter().rev().take_while(same).any(|token| token.is_word(bytes, b"__rcu")) {
        return None;
    }
    let typed = before.kind == TokenKind::Ident || matches!(before.text(bytes), b")" | b"}" | b"(");
    // `T *a, *b`: before the first star the word would annotate both.
    let after = lex(bytes, name.end as usize, bytes.len().min(name.end as usize + BEFORE as usize));
    let mut depth = 0usize;
    let next = after.iter().map(|token| token.text(bytes)).find(|word| {
        match *word {
            b"[" => depth += 1,
            b"]" => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    });
    let shared = next == Some(b",") && levels == 1 && !in_parameters(bytes, &tokens);
    if !typed || shared {
        return None;
    }
    let span = Span { start: star.start, end: star.start };
    let glued = bytes.get(..star.start as usize).is_some_and(|text| text.ends_with(b"*"));
    Some(Insertion { glued, span, position: source.position(star.start) })
}

/// Whether the text that ends here is inside the parentheses of a parameter list.
fn in_parameters(bytes: &[u8], tokens: &[Token]) -> bool {
    let mut depth = 0usize;
    for token in tokens.iter().rev() {
        match token.text(bytes) {
            b")" => depth += 1,
            b"(" if depth == 0 => return true,
            b"(" => depth -= 1,
            b";" | b"{" | b"}" => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::Memory;
    use crate::items::FileItems;
    use crate::text::SourceFile;

    fn inserted(text: &str, name: &str, levels: usize) -> Option<String> {
        let start = text.find(name).unwrap();
        let source = Arc::new(SourceFile::new(text.into()));
        let files = Arc::new(Memory::default());
        let items = FileItems::default();
        let file = IndexedFile::new(files, "/a.h".into(), "a.h".into(), items).with_source(source);
        let found = insertion(&file, Span::new(start, start + name.len()), name, levels)?;
        let (before, after) = text.split_at(found.span.start as usize);
        Some(format!("{before}{}{after}", found.text()))
    }

    #[test]
    fn the_word_goes_before_the_star_of_the_level() {
        let at = |text, name, levels| inserted(text, name, levels).unwrap();
        assert_eq!(at("struct x { struct t *p; };", "p;", 1).len(), 32);
        assert_eq!(at("struct t *tab[4];", "tab", 1), "struct t __rcu *tab[4];");
        assert_eq!(at("struct t **pp;", "pp", 1), "struct t __rcu **pp;");
        assert_eq!(at("struct t **pp;", "pp", 2), "struct t * __rcu *pp;");
        assert_eq!(at("int (*handler)(int);", "handler", 1), "int (__rcu *handler)(int);");
        assert_eq!(at("void f(struct t *a, int b);", "a,", 1).len(), 33);
    }

    #[test]
    fn nothing_is_proposed_where_the_word_would_say_more() {
        assert_eq!(inserted("struct t *a, *b;", "a", 1), None);
        assert_eq!(inserted("struct t *a, *b;", "b", 1), None);
        assert_eq!(inserted("slot_t name;", "name", 1), None);
    }
}
