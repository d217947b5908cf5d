//! Calls of accessors as a file's tokens show them. No types: for files beside the one at hand.

use rustc_hash::FxHashMap;

use crate::evidence::Words;
use crate::items::{FileItems, Item, ItemKind, function_name, scan};
use crate::kernel::api;
use crate::text::lexer::{Token, TokenKind, lex};

/// Longer declarations are tables of data.
const MOST_TABLE_BYTES: usize = 1 << 16;

/// The functions of a file that use accessors.
#[derive(Debug, Default, Hash)]
pub struct FileCalls {
    /// In order of position.
    pub functions: Vec<CallingFunction>,
}

/// A function that uses accessors.
#[derive(Debug, Hash)]
pub struct CallingFunction {
    /// What is said in it.
    pub words: Words,
    /// The calls, in order of position.
    pub calls: Vec<PlainCall>,
}

/// A call of what may be an accessor.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct PlainCall {
    /// The name called.
    pub name: String,
    /// The arguments as they are written.
    pub arguments: Vec<String>,
}

impl FileCalls {
    /// Reads a file.
    pub(super) fn read(bytes: &[u8]) -> FileCalls {
        FileCalls::of_items(bytes, &scan(bytes))
    }

    fn of_items(bytes: &[u8], items: &FileItems) -> FileCalls {
        let slots = Slots::of(bytes, items);
        let mut functions = Vec::new();
        for item in items.items.iter().filter(|item| item.kind == ItemKind::Function) {
            let text = &bytes[item.span.range()];
            if !may_call(text) {
                continue;
            }
            let tokens = lex(text, 0, text.len());
            let calls = calls(text, &tokens);
            if !calls.is_empty() {
                let words = slots.added(words(text, &tokens), text, &tokens);
                functions.push(CallingFunction { words, calls });
            }
        }
        FileCalls { functions }
    }
}

/// The members of tables in a file that are set to a function (`.init = port_init`), by function.
pub(crate) struct Slots<'t>(FxHashMap<&'t [u8], Vec<&'t [u8]>>);

impl<'t> Slots<'t> {
    /// Of a file.
    pub fn of(bytes: &'t [u8], items: &FileItems) -> Slots<'t> {
        let mut slots: FxHashMap<&[u8], Vec<&[u8]>> = FxHashMap::default();
        for item in items.items.iter().filter(|item| item.kind == ItemKind::Declaration) {
            let text = &bytes[item.span.range()];
            if text.len() > MOST_TABLE_BYTES || !text.contains(&b'=') {
                continue;
            }
            let tokens = lex(text, 0, text.len());
            for window in tokens.windows(5) {
                let [dot, member, equals, function, end] = window else { continue };
                if dot.is(text, b".")
                    && equals.is(text, b"=")
                    && function.kind == TokenKind::Ident
                    && (end.is(text, b",") || end.is(text, b"}"))
                {
                    slots.entry(function.text(text)).or_default().push(member.text(text));
                }
            }
        }
        Slots(slots)
    }

    fn added(&self, words: Words, text: &[u8], tokens: &[Token]) -> Words {
        let name = function_name(text, tokens).map(|name| name.text(text));
        let slots = name.and_then(|name| self.0.get(name));
        words.with_slots(slots.into_iter().flatten().copied())
    }
}

/// What is said in a function, by comments as well.
pub(crate) fn words_of(file: &[u8], item: &Item, slots: &Slots<'_>) -> Words {
    let text = &file[item.span.range()];
    let tokens = lex(text, 0, text.len());
    let words = slots.added(words(text, &tokens), text, &tokens);
    words.with_remarks(&remarks(&file[..item.span.start as usize], text))
}

/// The comments in a function, and the one directly above it.
fn remarks(before: &[u8], text: &[u8]) -> String {
    let mut found = String::new();
    let above = before.trim_ascii_end();
    if above.ends_with(b"*/") {
        let start = memchr::memmem::rfind(above, b"/*").unwrap_or(above.len());
        found.push_str(&String::from_utf8_lossy(&above[start..]));
    }
    let mut rest = text;
    while let Some(start) = memchr::memmem::find(rest, b"/*") {
        let comment = &rest[start..];
        let end = memchr::memmem::find(comment, b"*/").map_or(comment.len(), |end| end + 2);
        found.push(' ');
        found.push_str(&String::from_utf8_lossy(&comment[..end]));
        rest = &comment[end..];
    }
    found
}

fn words(text: &[u8], tokens: &[Token]) -> Words {
    let name = function_name(text, tokens);
    Words::of(name.map_or(b"", |name| name.text(text)), text, tokens)
}

/// Whether a text can have calls of accessors in it.
pub(super) fn may_call(text: &[u8]) -> bool {
    [&b"deref"[..], b"rcu_a", b"RCU_INIT", b"rcu_replace"]
        .iter()
        .any(|part| memchr::memmem::find(text, part).is_some())
}

/// Names worth asking for: accessors, and macros for them by the name that all of them have. A
/// definition has to confirm it.
fn may_be_accessor(name: &[u8]) -> bool {
    api().accessors.contains_key(name) || memchr::memmem::find(name, b"deref").is_some()
}

fn calls(text: &[u8], tokens: &[Token]) -> Vec<PlainCall> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let name = token.text(text);
        let open = tokens.get(index + 1).is_some_and(|next| next.is(text, b"("));
        if token.kind == TokenKind::Ident && open && may_be_accessor(name) {
            if let Some(arguments) = arguments(text, &tokens[index + 1..]) {
                let name = String::from_utf8_lossy(name).into_owned();
                found.push(PlainCall { name, arguments });
            }
        }
    }
    found
}

/// The arguments of the call whose opening parenthesis is the first token.
fn arguments(text: &[u8], tokens: &[Token]) -> Option<Vec<String>> {
    let mut found = vec![String::new()];
    let mut depth = 1usize;
    let mut end = 0;
    for token in &tokens[1..] {
        let word = token.text(text);
        match word {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth -= 1,
            b";" => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(found);
        }
        let last = found.last_mut()?;
        if depth == 1 && word == b"," {
            found.push(String::new());
        } else {
            if token.start > end && !last.is_empty() {
                last.push(' ');
            }
            last.push_str(&String::from_utf8_lossy(word));
        }
        end = token.end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_a_file() {
        let text = b"int f(struct a *a)\n{\n\tb = rcu_dereference_protected(a->b,\n\
            \t\tlockdep_is_held(&a->lock)) + (x);\n\tfoo_deref((a->c), 1);\n\tg(a->b);\n}\n\
            int g(void)\n{\n\treturn 0;\n}\n";
        let file = FileCalls::read(text);
        assert_eq!(file.functions.len(), 1);
        let calls: Vec<String> = file.functions[0]
            .calls
            .iter()
            .map(|call| format!("{}: {}", call.name, call.arguments.join(" | ")))
            .collect();
        assert_eq!(
            calls,
            [
                "rcu_dereference_protected: a->b | lockdep_is_held(&a->lock)",
                "foo_deref: (a->c) | 1"
            ]
        );
    }
}
