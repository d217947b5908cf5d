//! Normalisation keeps the length and the line breaks, and every span of the tree lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rculint_analyzer::items::ItemKind;
use rculint_analyzer::syntax::{MacroClass, Macros, normalize, parse_item};

/// Judges macros by their first letter.
struct Guess;

impl Macros for Guess {
    fn class(&self, name: &[u8]) -> MacroClass {
        match name {
            [b'_', b'_', ..] => MacroClass::Decoration,
            [b'A'..=b'Z', ..] => MacroClass::Other,
            _ => MacroClass::Unknown,
        }
    }
}

const KINDS: [ItemKind; 4] =
    [ItemKind::Function, ItemKind::Declaration, ItemKind::MacroCall, ItemKind::Define];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let kind = KINDS[usize::from(*first) % KINDS.len()];
    let lines =
        |text: &[u8]| -> Vec<usize> { (0..text.len()).filter(|at| text[*at] == b'\n').collect() };
    for one in normalize(text, kind, &Guess) {
        assert_eq!(one.text.len(), text.len());
        assert_eq!(lines(&one.text), lines(text));
    }
    for tree in parse_item(text, 0, kind, &Guess) {
        let spans = tree.all().map(|node| tree.span(node)).chain(tree.errors.iter().copied());
        for span in spans {
            assert!(span.start <= span.end && span.end as usize <= text.len());
        }
    }
});
