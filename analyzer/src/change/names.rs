//! Which declared names changed what they say about `__rcu`, told from tokens: it decides which files
//! are looked at, not what is found there.

use std::collections::{BTreeMap, BTreeSet};

use crate::items::{ItemKind, scan};
use crate::kernel::api;
use crate::text::lexer::{Token, TokenKind, lex, lex_fragment};

/// A piece of a declaration up to `;`, `{` or `}` (of a macro, its definition), as its tokens.
type Piece = Vec<Box<[u8]>>;

/// The declarations of one version of some files, and how often each stands there.
#[derive(Debug, Default)]
pub struct Declarations(BTreeMap<Piece, usize>);

impl Declarations {
    /// Adds those of a file.
    pub fn add(&mut self, bytes: &[u8]) {
        for item in &scan(bytes).items {
            let text = &bytes[item.span.range()];
            match item.kind {
                ItemKind::Define => self.note(&lex_fragment(text), text),
                kind => {
                    for piece in pieces(text, kind) {
                        self.note(&piece, text);
                    }
                }
            }
        }
    }

    fn note(&mut self, tokens: &[Token], text: &[u8]) {
        let piece: Piece = tokens.iter().map(|token| token.text(text).into()).collect();
        *self.0.entry(piece).or_default() += 1;
    }

    /// The names declared by what is more frequent here than there, and whether one of these
    /// declarations speaks of `__rcu`.
    fn beyond(&self, other: &Declarations) -> BTreeMap<String, bool> {
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for (piece, number) in &self.0 {
            if other.0.get(piece).is_none_or(|there| there < number) {
                let annotated = speaks_of_rcu(piece);
                for name in declared(piece) {
                    *names.entry(name).or_default() |= annotated;
                }
            }
        }
        names
    }
}

/// The names that are declared before and after, otherwise than before, and annotated in one of them.
/// Who uses a name that is only in one version has changed as well.
pub fn reannotated(before: &Declarations, after: &Declarations) -> BTreeSet<String> {
    let (gone, new) = (before.beyond(after), after.beyond(before));
    let both = gone.into_iter().filter_map(|(name, was)| {
        let is = new.get(&name)?;
        (was || *is).then_some(name)
    });
    both.collect()
}

/// The tokens of a declaration in pieces; of a function, those before its body.
fn pieces(text: &[u8], kind: ItemKind) -> Vec<Vec<Token>> {
    let mut pieces = vec![Vec::new()];
    for token in lex(text, 0, text.len()) {
        match token.text(text) {
            b"{" if kind == ItemKind::Function => break,
            b";" | b"{" | b"}" => pieces.push(Vec::new()),
            _ if token.kind == TokenKind::Directive => {}
            _ => pieces.last_mut().expect("there is one").push(token),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Whether the annotation stands in it or, in a macro, a call of an accessor.
fn speaks_of_rcu(piece: &Piece) -> bool {
    let is_macro = piece.first().is_some_and(|first| first.starts_with(b"#"));
    piece
        .iter()
        .any(|word| **word == *b"__rcu" || is_macro && api().accessors.contains_key(&**word))
}

/// The names that a piece declares: those outside parentheses that something follows which ends a
/// declarator, and `(*name)`; of a macro, its own.
fn declared(piece: &Piece) -> Vec<String> {
    let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
    let word = |at: usize| piece.get(at).map_or(&b";"[..], |word| word);
    let mut names = Vec::new();
    if word(0) == b"#" {
        names.extend(piece.get(2).map(|name| text(name)));
        return names;
    }
    let mut depth = 0usize;
    for (at, token) in piece.iter().enumerate() {
        let is_name =
            token.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_');
        let ends = matches!(word(at + 1), b";" | b"," | b"[" | b"(" | b"=" | b":" | b")");
        match &**token {
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            _ if is_name && ends && depth == 0 && at > 0 => names.push(text(token)),
            // A pointer to a function or an array.
            _ if is_name
                && depth == 1
                && word(at + 1) == b")"
                && matches!(word(at + 2), b"(" | b"[") =>
            {
                names.push(text(token));
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: &[&str], after: &[&str]) -> Vec<String> {
        let of = |texts: &[&str]| {
            let mut all = Declarations::default();
            texts.iter().for_each(|text| all.add(text.as_bytes()));
            all
        };
        reannotated(&of(before), &of(after)).into_iter().collect()
    }

    #[test]
    fn names_whose_annotation_changed() {
        let plain = "struct port {\n\tstruct cfg *cfg;\n\tint mtu;\n};\n";
        let annotated = "struct port {\n\tint mtu;\n\tstruct cfg __rcu *cfg;\n\tint more;\n};\n";
        assert_eq!(changed(&[plain], &[annotated]), ["cfg"]);
        assert_eq!(changed(&[annotated], &[plain]), ["cfg"]);
        let many = "struct port { struct cfg __rcu *a, *slots[4]; };";
        assert_eq!(
            changed(&["struct port { struct cfg *a, *slots[4]; };"], &[many]),
            ["a", "slots"]
        );
        assert_eq!(
            changed(&["int f(struct cfg *p);"], &["int f(struct cfg __rcu *p);"]),
            ["f"],
            "a parameter is the function's"
        );
        let handler = |word: &str| format!("struct s {{ void {word} (*handler)(int no); }};");
        assert_eq!(changed(&[&handler("")], &[&handler("__rcu")]), ["handler"]);
    }

    #[test]
    fn macros_that_load() {
        let loads = "#define port_cfg(p) \\\n\trcu_dereference((p)->cfg)\n";
        assert_eq!(changed(&[loads], &["#define port_cfg(p) ((p)->cfg)\n"]), ["port_cfg"]);
        assert!(changed(&["#define A 1\n"], &["#define A 2\n"]).is_empty());
    }

    #[test]
    fn what_is_new_gone_or_moved_changes_nothing_elsewhere() {
        let one = "struct port { struct cfg __rcu *cfg; };";
        assert!(changed(&[one], &[]).is_empty());
        assert!(changed(&[], &[one]).is_empty());
        assert!(changed(&[one, ""], &["", one]).is_empty());
        let body = |value: u32| format!("static inline int f(void)\n{{\n\treturn {value};\n}}\n");
        assert!(changed(&[&body(1)], &[&body(2)]).is_empty());
    }
}
