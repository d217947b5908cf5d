//! Expressions as text that compares equal where the code means the same: without white space,
//! comments and needless parentheses.

use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::lexer::{Token, TokenKind, lex_fragment};

/// `& x -> lock /* its own */` as `&x->lock`.
pub(crate) fn canonical(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = lex_fragment(bytes);
    while encloses(bytes, &tokens) {
        tokens.pop();
        tokens.remove(0);
    }
    let mut needless = vec![false; tokens.len()];
    for open in 0..tokens.len() {
        if let Some(close) = around_postfix(bytes, &tokens, open) {
            needless[open] = true;
            needless[close] = true;
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut word = false;
    for (token, needless) in tokens.iter().zip(needless) {
        if needless {
            continue;
        }
        let ident = matches!(token.kind, TokenKind::Ident | TokenKind::Number);
        if word && ident {
            out.push(' ');
        }
        word = ident;
        out.push_str(&String::from_utf8_lossy(token.text(bytes)));
    }
    out
}

/// For the parenthesis at `open` of `(word)` or `(a->b[c])`, neither a call nor a cast: the one that
/// closes it.
fn around_postfix(bytes: &[u8], tokens: &[Token], open: usize) -> Option<usize> {
    if !tokens[open].is(bytes, b"(") {
        return None;
    }
    let before = open.checked_sub(1).map(|at| &tokens[at]);
    if before.is_some_and(|t| t.kind == TokenKind::Ident || t.is(bytes, b")") || t.is(bytes, b"]"))
    {
        return None;
    }
    let (mut depth, mut member, mut words) = (0usize, false, false);
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text(bytes) {
            b"(" | b"[" => depth += 1,
            b")" | b"]" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let next = tokens.get(at + 1);
                    let cast =
                        next.is_some_and(|n| n.kind != TokenKind::Punct || n.is(bytes, b"("));
                    return (at > open + 1 && (member || !cast)).then_some(at);
                }
            }
            b"->" | b"." if depth == 1 => member = true,
            _ if depth > 1 => {}
            _ if token.kind == TokenKind::Ident => {
                // `(struct x)`
                if std::mem::replace(&mut words, true) && !member {
                    return None;
                }
            }
            _ => return None,
        }
    }
    None
}

fn encloses(bytes: &[u8], tokens: &[Token]) -> bool {
    if !tokens.first().is_some_and(|first| first.is(bytes, b"(")) {
        return false;
    }
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text(bytes) {
            b"(" => depth += 1,
            b")" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1 == tokens.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// The text of a node in this spelling.
pub(crate) fn spelling(tree: &Tree, node: NodeId) -> String {
    canonical(&String::from_utf8_lossy(tree.text(node)))
}

/// The first word of an expression: the variable that it starts from.
pub(crate) fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(['&', '(', '*', '!', '-']);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// An expression with a variable in it replaced by another expression.
pub(crate) fn substitute(text: &str, variable: &str, value: &str) -> String {
    let value = canonical(value);
    let bytes = text.as_bytes();
    let tokens = lex_fragment(bytes);
    let mut out = String::with_capacity(text.len() + value.len());
    let mut at = 0;
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        out.push_str(&text[at..token.start as usize]);
        at = token.end as usize;
        let word = &text[token.start as usize..token.end as usize];
        let member =
            index > 0 && (tokens[index - 1].is(bytes, b"->") || tokens[index - 1].is(bytes, b"."));
        if word != variable || member {
            out.push_str(word);
            index += 1;
            continue;
        }
        let arrow = tokens.get(index + 1).is_some_and(|next| next.is(bytes, b"->"));
        match value.strip_prefix('&') {
            // `(&x)->y` is `x.y`.
            Some(object) if arrow => {
                out.push_str(object);
                out.push('.');
                at = tokens[index + 1].end as usize;
                index += 1;
            }
            _ if is_postfix(&value) => out.push_str(&value),
            _ => {
                out.push('(');
                out.push_str(&value);
                out.push(')');
            }
        }
        index += 1;
    }
    out.push_str(&text[at..]);
    canonical(&out)
}

/// Whether `->` can follow without parentheses.
fn is_postfix(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    for token in lex_fragment(bytes) {
        match token.text(bytes) {
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            b"->" | b"." => {}
            _ if depth > 0 || token.kind != TokenKind::Punct => {}
            _ => return false,
        }
    }
    !text.starts_with('(')
}

/// The variable that an expression starts from: `p` in `&p->a->b[c]`.
pub(crate) fn root(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let mut at = node;
    loop {
        at = tree.bare(at);
        at = match tree.kind(at) {
            Kind::Identifier => return Some(at),
            Kind::CastExpression => tree.child(at, Field::Value)?,
            Kind::PointerExpression | Kind::FieldExpression | Kind::SubscriptExpression => {
                tree.child(at, Field::Argument)?
            }
            _ => return None,
        };
    }
}

/// The variable whose object an expression points into: `p` in `p`, `&p->a.b[c]`, `&*p`. Nothing
/// that is loaded from the object.
pub(crate) fn pointer_into(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let mut at = tree.bare(node);
    while tree.kind(at) == Kind::CastExpression {
        at = tree.bare(tree.child(at, Field::Value)?);
    }
    if tree.kind(at) == Kind::Identifier {
        return Some(at);
    }
    if tree.kind(at) != Kind::PointerExpression || tree.operator(at) != b"&" {
        return None;
    }
    loop {
        at = tree.bare(tree.child(at, Field::Argument)?);
        let followed = match tree.kind(at) {
            Kind::FieldExpression => tree.operator(at) == b"->",
            Kind::PointerExpression => true,
            Kind::SubscriptExpression => false,
            _ => return None,
        };
        if followed {
            let object = tree.bare(tree.child(at, Field::Argument)?);
            return (tree.kind(object) == Kind::Identifier).then_some(object);
        }
    }
}

/// The pointer to the object of which an argument is a part: `p` of `p` and of `&p->a.rcu`.
pub(crate) fn holder(tree: &Tree, argument: NodeId) -> Option<NodeId> {
    let mut at = tree.bare(argument);
    if tree.kind(at) != Kind::PointerExpression || tree.operator(at) != b"&" {
        return Some(at);
    }
    loop {
        at = tree.bare(tree.child(at, Field::Argument)?);
        match tree.kind(at) {
            Kind::FieldExpression if tree.operator(at) == b"->" => {
                return tree.child(at, Field::Argument);
            }
            Kind::FieldExpression | Kind::SubscriptExpression => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (text, expected) in [
            (" & x -> lock /* own */ ", "&x->lock"),
            ("((&x->lock))", "&x->lock"),
            ("&(x)->lock", "&x->lock"),
            ("&(c->a[1])->lock", "&c->a[1]->lock"),
            ("f(x)->lock", "f(x)->lock"),
            ("(struct a *)x", "(struct a*)x"),
            ("(u64)x", "(u64)x"),
            ("a [ i + 1 ]", "a[i+1]"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn variables_are_replaced() {
        assert_eq!(substitute("&w->mtx", "w", "&rdev->wiphy"), "&rdev->wiphy.mtx");
        assert_eq!(substitute("&w->mtx", "w", "rdev->w"), "&rdev->w->mtx");
        assert_eq!(substitute("&w->w", "w", "x"), "&x->w");
        assert_eq!(substitute("&w->mtx", "w", "*pw"), "&(*pw)->mtx");
        assert_eq!(substitute("lock", "lock", "&x->lock"), "(&x->lock)".trim_matches(['(', ')']));
    }

    #[test]
    fn roots() {
        assert_eq!(first_word("&(*x)->y"), "x");
        assert_eq!(first_word("x.y"), "x");
    }
}
