//! What is said in a function: the parts of its name, the functions it calls, the structures among
//! its parameters, the members of tables that it stands in. Functions that say the same things tend
//! to run under the same protection.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::text::lexer::{Token, TokenKind};

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// Between underscores of the function's name.
    Name,
    /// A function that it calls.
    Called,
    /// The tag of a structure in its head.
    Parameter,
    /// A member that it is the value of in a table of the file (`.init = port_init`).
    Slot,
    /// In a comment in it or directly above it; two words in a row count as well (`under rcu`).
    Remark,
}

/// The words of one function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words {
    /// Hashes, sorted.
    words: Vec<u64>,
    /// Those of comments: no two functions are alike because of them.
    remarks: Vec<u64>,
}

fn hash(kind: WordKind, word: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u8(kind as u8);
    hasher.write(word);
    hasher.finish()
}

impl Words {
    /// The words of a function's text, given as its tokens.
    pub(super) fn of(name: &[u8], text: &[u8], tokens: &[Token]) -> Words {
        let mut words: Vec<u64> = name
            .split(|byte| *byte == b'_')
            .filter(|part| !part.is_empty())
            .map(|part| hash(WordKind::Name, part))
            .collect();
        let body = tokens.iter().position(|token| token.is(text, b"{")).unwrap_or(tokens.len());
        for (index, token) in tokens.iter().enumerate() {
            if token.kind != TokenKind::Ident {
                continue;
            }
            let word = token.text(text);
            let next = tokens.get(index + 1);
            if index > body && next.is_some_and(|next| next.is(text, b"(")) {
                words.push(hash(WordKind::Called, word));
            } else if index < body && word == b"struct" {
                words.extend(next.map(|tag| hash(WordKind::Parameter, tag.text(text))));
            }
        }
        words.sort_unstable();
        words.dedup();
        Words { words, remarks: Vec::new() }
    }

    /// Adds the members of tables.
    pub(super) fn with_slots<'s>(mut self, slots: impl Iterator<Item = &'s [u8]>) -> Words {
        self.words.extend(slots.map(|slot| hash(WordKind::Slot, slot)));
        self.words.sort_unstable();
        self.words.dedup();
        self
    }

    /// Adds what comments say.
    pub(super) fn with_remarks(mut self, comments: &str) -> Words {
        let letter = |c: char| c == '_' || c.is_ascii_alphanumeric();
        let text = comments.to_ascii_lowercase();
        let mut last: Option<&str> = None;
        for word in text.split(|c| !letter(c)).filter(|word| !word.is_empty()) {
            self.remarks.push(hash(WordKind::Remark, word.as_bytes()));
            if let Some(last) = last.replace(word) {
                self.remarks.push(hash(WordKind::Remark, format!("{last} {word}").as_bytes()));
            }
        }
        self.remarks.sort_unstable();
        self.remarks.dedup();
        self
    }

    /// Whether a word is among them.
    pub fn has(&self, kind: WordKind, word: &str) -> bool {
        let words = if kind == WordKind::Remark { &self.remarks } else { &self.words };
        words.binary_search(&hash(kind, word.as_bytes())).is_ok()
    }
}

/// Judges how much two functions have in common: words that few functions have count most.
#[derive(Debug, Default)]
pub struct Nearness {
    functions: usize,
    with: FxHashMap<u64, u32>,
}

impl Nearness {
    /// Among these functions.
    pub fn among<'w>(functions: impl Iterator<Item = &'w Words>) -> Nearness {
        let mut nearness = Nearness::default();
        for one in functions {
            nearness.functions += 1;
            for word in &one.words {
                *nearness.with.entry(*word).or_default() += 1;
            }
        }
        nearness
    }

    /// From 0, nothing in common, to 1, all.
    pub fn of(&self, one: &Words, other: &Words) -> f64 {
        let (mut common, mut left, mut right) = (0.0, 0.0, 0.0);
        let (mut a, mut b) = (one.words.iter().peekable(), other.words.iter().peekable());
        loop {
            match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x == y => {
                    let weight = self.weight(**x);
                    common += weight;
                    left += weight;
                    right += weight;
                    a.next();
                    b.next();
                }
                (Some(x), y) if y.is_none_or(|y| x < y) => {
                    left += self.weight(**x);
                    a.next();
                }
                (_, Some(y)) => {
                    right += self.weight(**y);
                    b.next();
                }
                _ => break,
            }
        }
        if common == 0.0 { 0.0 } else { common / (left * right).sqrt() }
    }

    fn weight(&self, word: u64) -> f64 {
        let with = self.with.get(&word).copied().unwrap_or(0);
        (1.0 + self.functions as f64 / (1.0 + f64::from(with))).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::lexer::lex_fragment;

    fn words(name: &str, text: &str) -> Words {
        Words::of(name.as_bytes(), text.as_bytes(), &lex_fragment(text.as_bytes()))
    }

    #[test]
    fn words_of_a_function() {
        let words = words("port_xmit", "int port_xmit(struct sk_buff *skb) { free(skb->len); }");
        assert!(words.has(WordKind::Name, "xmit"));
        assert!(words.has(WordKind::Called, "free"));
        assert!(words.has(WordKind::Parameter, "sk_buff"));
        assert!(!words.has(WordKind::Name, "free"));
        assert!(!words.has(WordKind::Called, "port_xmit"));
    }

    #[test]
    fn tables_and_comments() {
        let words = words("port_init", "int port_init(void) { }")
            .with_slots([&b"init"[..]].into_iter())
            .with_remarks("/* Called with RTNL, or\n * under RCU. */");
        assert!(words.has(WordKind::Slot, "init"));
        assert!(!words.has(WordKind::Remark, "init"));
        assert!(words.has(WordKind::Remark, "rtnl"));
        assert!(words.has(WordKind::Remark, "under rcu"));
    }

    #[test]
    fn rare_words_count_most() {
        let all = [
            words("a_show", "int a_show(void) { lock(); print(); }"),
            words("b_show", "int b_show(void) { lock(); print(); }"),
            words("c_set", "int c_set(void) { lock(); publish(); }"),
            words("d_add", "int d_add(void) { lock(); publish(); }"),
        ];
        let nearness = Nearness::among(all.iter());
        assert!((nearness.of(&all[0], &all[0]) - 1.0).abs() < 1e-9);
        assert!(nearness.of(&all[0], &all[1]) > nearness.of(&all[0], &all[2]));
        assert_eq!(nearness.of(&all[0], &Words::default()), 0.0);
    }
}
