//! Which names an item may declare, from its tokens.

use crate::items::ItemKind;
use crate::text::directives::{Key, key};
use crate::text::lexer::{Token, TokenKind};

/// C's name spaces, as far as file scope goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Struct, union and enum tags.
    Tag,
    /// Typedefs, functions, variables, enumerators.
    Ordinary,
    /// Macros.
    Macro,
    /// An argument of a macro call, which may be what the call declares.
    MacroArgument,
}

/// The key of a name in a name space.
pub fn name_key(name: &[u8], space: Space) -> Key {
    in_space(key(name), space)
}

/// The key in a name space of a name with this plain key.
fn in_space(name: Key, space: Space) -> Key {
    name ^ match space {
        Space::Ordinary => 0,
        Space::Tag => 0x5bd1_e995_9e37_79b9,
        Space::Macro => 0xc2b2_ae3d_27d4_eb4f,
        Space::MacroArgument => 0x1656_67b1_9e37_79f9,
    }
}

/// Words that cannot be what a declaration declares.
fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"static"
            | b"extern"
            | b"inline"
            | b"const"
            | b"volatile"
            | b"struct"
            | b"union"
            | b"enum"
            | b"typedef"
            | b"unsigned"
            | b"signed"
            | b"int"
            | b"char"
            | b"long"
            | b"short"
            | b"void"
            | b"float"
            | b"double"
            | b"_Bool"
            | b"bool"
            | b"register"
            | b"restrict"
            | b"__inline"
            | b"__inline__"
            | b"__always_inline"
            | b"noinline"
            | b"__attribute__"
            | b"__attribute"
            | b"asm"
            | b"__asm__"
            | b"__asm"
            | b"typeof"
            | b"__typeof__"
            | b"__typeof"
            | b"__extension__"
            | b"__rcu"
            | b"__user"
            | b"__iomem"
    )
}

fn is_storage(word: &[u8]) -> bool {
    matches!(
        word,
        b"static"
            | b"extern"
            | b"inline"
            | b"__inline"
            | b"__inline__"
            | b"__always_inline"
            | b"noinline"
            | b"asmlinkage"
            | b"__init"
            | b"__exit"
            | b"notrace"
            | b"register"
    )
}

/// Calls `declare` with every name that the item of these tokens may declare.
pub fn declared(bytes: &[u8], tokens: &[Token], kind: ItemKind, mut declare: impl FnMut(Key)) {
    match kind {
        ItemKind::Function => {
            if let Some(name) = function_name(bytes, tokens) {
                declare(name_key(name.text(bytes), Space::Ordinary));
            }
        }
        ItemKind::Declaration => declaration(bytes, tokens, &mut declare),
        ItemKind::MacroCall => macro_call(bytes, tokens, &mut declare),
        ItemKind::Define => {}
    }
}

/// The name token of a function item (or, for `MACRO(...) {`, the macro's).
pub fn function_name(bytes: &[u8], tokens: &[Token]) -> Option<Token> {
    let mut depth = 0usize;
    let mut first = None;
    // `__printf(1, 2)` was passed: the name that follows has no type right before it.
    let mut attribute = false;
    for (index, token) in tokens.iter().enumerate() {
        match token.text(bytes) {
            b"{" if depth == 0 => break,
            b"(" => {
                let before = index.checked_sub(1).map(|i| tokens[i]);
                if let Some(name) = before.filter(|t| depth == 0 && t.kind == TokenKind::Ident) {
                    let word = name.text(bytes);
                    if !is_keyword(word) {
                        first = first.or(Some(name));
                        // A type, or a star, right before a name makes it the declared one.
                        let type_before =
                            index.checked_sub(2).map(|i| tokens[i]).is_some_and(|t| {
                                let w = t.text(bytes);
                                w == b"*"
                                    || t.kind == TokenKind::Ident
                                        && !is_storage(w)
                                        && (!w.starts_with(b"__") || type_like(w))
                            });
                        if word.starts_with(b"__") && !has_parameters(bytes, &tokens[index..]) {
                            attribute = true;
                        } else if type_before || attribute {
                            return Some(name);
                        }
                    }
                }
                depth += 1;
            }
            b")" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    first
}

/// Whether the parentheses that the tokens start with hold parameters rather than the arguments of
/// an attribute.
fn has_parameters(bytes: &[u8], tokens: &[Token]) -> bool {
    let word = |index: usize| tokens.get(index).map_or(&b""[..], |t| t.text(bytes));
    let first = word(1);
    first == b")"
        || first == b"void" && word(2) == b")"
        || tokens.get(1).is_some_and(|t| t.kind == TokenKind::Ident)
            && (is_keyword(first)
                || word(2) == b"*"
                || tokens.get(2).is_some_and(|t| t.kind == TokenKind::Ident))
}

/// `__u32`, `__be16`, `__sum16`: types that look like decoration.
fn type_like(word: &[u8]) -> bool {
    word.last().is_some_and(u8::is_ascii_digit) || word.ends_with(b"_t")
}

fn declaration(bytes: &[u8], tokens: &[Token], declare: &mut impl FnMut(Key)) {
    let text = |index: usize| tokens.get(index).map_or(&b""[..], |t: &Token| t.text(bytes));
    let mut depth = 0usize;
    let mut enum_body = None;
    for (index, token) in tokens.iter().enumerate() {
        let word = token.text(bytes);
        match word {
            b"(" | b"[" | b"{" => {
                if word == b"{" && enum_body.is_none() {
                    let before = |back: usize| index.checked_sub(back).map_or(&b""[..], text);
                    if before(1) == b"enum" || before(2) == b"enum" {
                        enum_body = Some(depth + 1);
                    }
                }
                // `(*name)`: a function pointer.
                if word == b"(" && depth == 0 && text(index + 1) == b"*" {
                    let name = tokens[index + 1..]
                        .iter()
                        .take_while(|t| t.kind == TokenKind::Ident || t.is(bytes, b"*"))
                        .filter(|t| t.kind == TokenKind::Ident)
                        .last();
                    if let Some(name) = name {
                        declare(name_key(name.text(bytes), Space::Ordinary));
                    }
                }
                depth += 1;
            }
            b")" | b"]" | b"}" => {
                if enum_body == Some(depth) {
                    enum_body = None;
                }
                depth = depth.saturating_sub(1);
            }
            b"struct" | b"union" | b"enum" => {
                // Only definitions count; attributes may stand before the tag.
                let tag = tokens[index + 1..]
                    .iter()
                    .take(8)
                    .take_while(|t| !t.is(bytes, b";"))
                    .position(|t| t.is(bytes, b"{"))
                    .filter(|&open| open > 0)
                    .map(|open| tokens[index + open]);
                if let Some(tag) = tag.filter(|t| t.kind == TokenKind::Ident) {
                    declare(name_key(tag.text(bytes), Space::Tag));
                }
            }
            _ if token.kind == TokenKind::Ident && !is_keyword(word) => {
                let next = text(index + 1);
                let ends = matches!(next, b";" | b"," | b"=" | b"[" | b"(" | b")")
                    || tokens.get(index + 1).is_some_and(|t| {
                        t.kind == TokenKind::Ident && t.text(bytes).starts_with(b"__")
                    });
                let enumerator = enum_body == Some(depth)
                    && matches!(next, b"," | b"=" | b"}")
                    && index > 0
                    && matches!(text(index - 1), b"," | b"{");
                if depth == 0 && ends && index > 0 || enumerator {
                    declare(name_key(word, Space::Ordinary));
                }
            }
            _ => {}
        }
    }
}

fn macro_call(bytes: &[u8], tokens: &[Token], declare: &mut impl FnMut(Key)) {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.text(bytes) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth = depth.saturating_sub(1),
            word if token.kind == TokenKind::Ident && depth == 1 => {
                let ends = tokens
                    .get(index + 1)
                    .is_some_and(|next| matches!(next.text(bytes), b"," | b")" | b"["));
                if ends {
                    declare(name_key(word, Space::MacroArgument));
                }
            }
            _ => {}
        }
    }
}
