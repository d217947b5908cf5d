//! Whether a macro call can declare a name that its arguments mention.
//!
//! To know what a call declares, it has to be expanded and parsed. Most names in a call are used by
//! it; the place where a parameter stands in the macro's body tells that at a fraction of the cost.

use crate::text::lexer::{Token, TokenKind, lex_fragment};
use crate::types::Unit;

/// Parameters that are handed on more often than this are taken to be declared.
const DEPTH: usize = 12;

/// A parenthesis that is open: the name before it, and how many commas it has seen.
struct Open<'t> {
    callee: Option<&'t str>,
    commas: usize,
}

impl Unit<'_> {
    /// Whether the expansion of a text can declare `name`, which it mentions. `true` may be wrong.
    pub(crate) fn may_declare(&self, text: &str, name: &str) -> bool {
        self.declares(text, name, 0)
    }

    fn declares(&self, text: &str, name: &str, depth: usize) -> bool {
        let bytes = text.as_bytes();
        let tokens = lex_fragment(bytes);
        let word = |at: usize| tokens.get(at).map_or("", |token| slice(text, token));
        let mut open: Vec<Open<'_>> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1);
            match slice(text, token) {
                "(" => {
                    let callee = before.filter(|at| tokens[*at].kind == TokenKind::Ident);
                    open.push(Open { callee: callee.map(word), commas: 0 });
                }
                "[" | "{" => open.push(Open { callee: None, commas: 0 }),
                ")" | "]" | "}" => {
                    open.pop();
                }
                "," => {
                    if let Some(open) = open.last_mut() {
                        open.commas += 1;
                    }
                }
                this if token.kind == TokenKind::Ident && this == name => {
                    if word(at + 1) == "##" {
                        return true;
                    }
                    let found = match before.map_or("", word) {
                        "##" | "*" | "}" => true,
                        ")" => types(text, &tokens[..at]),
                        "return" | "sizeof" | "else" | "case" | "goto" | "do" => false,
                        "" | "(" | "," => match open.last() {
                            Some(Open { callee: Some(callee), commas }) => {
                                self.parameter_declares(callee, *commas, depth)
                            }
                            Some(_) | None => before.is_some_and(|at| word(at) == ","),
                        },
                        _ => tokens[at - 1].kind == TokenKind::Ident,
                    };
                    if found {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn parameter_declares(&self, name: &str, index: usize, depth: usize) -> bool {
        if depth >= DEPTH {
            return true;
        }
        let key = (Box::from(name), index);
        if let Some(known) = self.declaring.borrow().get(&key) {
            return *known;
        }
        // While it is looked into, it does not.
        self.declaring.borrow_mut().insert(key.clone(), false);
        let found = self.macros(name).iter().any(|def| {
            let def = &def.what;
            match (&def.parameters, def.parameter(index)) {
                (Some(_), Some(parameter)) => self.declares(&def.body, parameter, depth + 1),
                (Some(_), None) => false,
                (None, _) => self.parameter_declares(def.body.trim(), index, depth + 1),
            }
        });
        self.declaring.borrow_mut().insert(key, found);
        found
    }
}

fn slice<'t>(text: &'t str, token: &Token) -> &'t str {
    text.get(token.start as usize..token.end as usize).unwrap_or("")
}

/// Whether the parentheses at the end of some tokens may be those of a type: `typeof(x)`, and not
/// those of a cast or a condition.
fn types(text: &str, tokens: &[Token]) -> bool {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().rev() {
        match slice(text, token) {
            ")" => depth += 1,
            "(" => {
                depth -= 1;
                if depth == 0 {
                    let before = at.checked_sub(1).map(|at| &tokens[at]);
                    return before.is_some_and(|token| {
                        token.kind == TokenKind::Ident
                            && !matches!(
                                slice(text, token),
                                "if" | "while" | "for" | "switch" | "return" | "sizeof"
                            )
                    });
                }
            }
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::files::Memory;
    use crate::{Input, Options, Workspace};

    #[test]
    fn names_that_a_call_uses_are_not_declared_by_it() {
        let code = "#define each(p, head) for (p = (head)->first; p; p = p->next)\n\
                    #define typed(p, head) for (typeof(*(head)) *p = (head); p; p++)\n\
                    #define made(type, p) type p = { 0 }\n\
                    #define wrapped(type, p) made(type, p)\n\
                    #define renamed wrapped\n\
                    #define pasted(p) int p##_value\n\
                    #define last(p, q) int p, q\n\
                    #define of(p) typeof(p) copy\n\
                    #define cast(p, q) copy = (struct s *)p; if (copy) q = 1\n\
                    #define round(p) round(p)\n";
        let mut memory = Memory::default();
        memory.add("/t.c", code);
        let inputs = vec![Input { path: "/t.c".into(), shown: "t.c".into() }];
        let workspace = Workspace::load(Arc::new(memory), inputs, Options::default());
        let unit = workspace.unit(0).unwrap();
        for (call, names) in [
            ("each(x, &y)", ""),
            ("each(x, head(y))", ""),
            ("typed(x, y)", "x"),
            ("made(y, x)", "x"),
            ("wrapped(struct y, x)", "x"),
            ("renamed(y, x)", "x"),
            ("pasted(x)", "x"),
            ("last(x, y)", "x y"),
            ("of(x)", ""),
            ("cast(x, y)", ""),
            ("each(made(int, x), y)", "x"),
            ("struct y x", "x y"),
            ("round(x)", ""),
            ("unknown(x)", ""),
        ] {
            let found: Vec<&str> =
                ["x", "y"].into_iter().filter(|name| unit.may_declare(call, name)).collect();
            assert_eq!(found.join(" "), names, "{call}");
        }
    }
}
