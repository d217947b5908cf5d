//! The lexer and the cutting into items: every byte is in one token at most, every token that can be
//! compiled in one item at most, and all in order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rculint_analyzer::items::{ItemKind, includes, scan_with};
use rculint_analyzer::text::comments::remarks;
use rculint_analyzer::text::directives::{condition_at, live_tokens};
use rculint_analyzer::text::lexer::lex;
use rculint_analyzer::text::{SourceFile, Span};

fuzz_target!(|bytes: &[u8]| {
    let tokens = lex(bytes, 0, bytes.len());
    let mut end = 0;
    for token in &tokens {
        assert!(end <= token.start && token.start < token.end);
        end = token.end;
    }
    assert!(end as usize <= bytes.len());
    let (live, arms) = live_tokens(bytes, &tokens);
    assert!(arms.iter().all(|arm| arm.tokens.end <= live.len()));
    let mut inside = Vec::new();
    let found = scan_with(bytes, &mut |_, tokens| inside.extend_from_slice(tokens));
    assert!(inside.is_sorted_by(|a, b| a.end <= b.start));
    let mut end = 0;
    for item in found.items.iter().filter(|item| item.kind != ItemKind::Define) {
        assert!(end <= item.span.start && item.span.start < item.span.end);
        end = item.span.end;
    }
    assert!(found.items.iter().all(|item| item.span.end as usize <= bytes.len()));
    assert!(found.names.iter().all(|name| (name.item as usize) < found.items.len()));
    includes(bytes);
    condition_at(bytes, bytes.len() as u32 / 2);
    let source = SourceFile::new(bytes.to_vec());
    remarks(&source);
    for at in [0, bytes.len() / 2, bytes.len()] {
        if let Some(lines) = source.lines(Span::new(at, at), 64) {
            assert!(lines.range().contains(&at) || lines.end as usize == at);
        }
    }
});
