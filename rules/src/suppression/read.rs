//! What comments to this tool say.

use std::path::Path;

use rculint_analyzer::text::comments::Remark;
use rculint_analyzer::text::{SourceFile, Span};

use super::Allowance;
use crate::registry;
use crate::selection::UnknownCode;

/// The words that a comment can begin with.
const WORDS: [&str; 2] = ["allow", "allow-file"];

/// What was read from the comments of a file.
#[derive(Default)]
pub(crate) struct Said {
    /// What they allow.
    pub allowances: Vec<Allowance>,
    /// What is no suppression: the words, and what is wrong with them.
    pub malformed: Vec<(Span, String)>,
    /// The comments that give no reason.
    pub reasonless: Vec<Span>,
}

/// Reads the comments of a file.
pub(crate) fn read(source: &SourceFile, remarks: &[Remark], path: &Path, shown: &str) -> Said {
    let mut said = Said::default();
    for remark in remarks {
        let text = &remark.text;
        let word = text.split(['(', ' ', '\t', '\n', ':']).next().unwrap_or_default();
        let at = |from: usize, length: usize| {
            let start = remark.span.start as usize + from;
            Span::new(start, (start + length).min(remark.span.end as usize).max(start))
        };
        if !WORDS.contains(&word) {
            said.malformed.push((at(0, word.len()), unknown_word(word)));
            continue;
        }
        let listed = text[word.len()..].trim_start();
        let from = text.len() - listed.len() + 1;
        let Some((codes, rest)) =
            listed.strip_prefix('(').and_then(|inside| inside.split_once(')'))
        else {
            let message =
                format!("`{word}` wants the codes or names of rules in parentheses behind it");
            said.malformed.push((at(0, word.len()), message));
            continue;
        };
        let reason = reason(rest);
        let mut offset = from;
        for part in codes.split(',') {
            let code = part.trim();
            let start = offset + (part.len() - part.trim_start().len());
            offset += part.len() + 1;
            let span = at(start, code.len());
            let Some(rule) = registry::find(code) else {
                let nearest = registry::nearest(code);
                let unknown = UnknownCode { word: code.to_owned(), nearest };
                said.malformed.push((span, unknown.to_string()));
                continue;
            };
            said.allowances.push(Allowance {
                rule,
                rows: (word == WORDS[0]).then_some(remark.rows),
                reason: reason.clone(),
                path: path.to_owned(),
                shown: shown.to_owned(),
                span,
                location: source.position(span.start).into(),
                end_location: source.position(span.end).into(),
            });
        }
        if reason.is_empty() {
            said.reasonless.push(at(0, from + codes.len() + 1));
        }
    }
    said
}

fn unknown_word(word: &str) -> String {
    let likeness = |known: &&str| strsim::jaro_winkler(known, word);
    let near = WORDS.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match near.filter(|known| likeness(known) > 0.7) {
        Some(near) => format!("no comment to rculint begins with `{word}`; did you mean `{near}`?"),
        None => format!(
            "no comment to rculint begins with `{word}`; write `allow(CODE) reason` or \
             `allow-file(CODE) reason`"
        ),
    }
}

/// The reason on one line, without what sets it apart from the codes, and stars that begin lines.
fn reason(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim());
    let lines = lines.map(|line| line.strip_prefix("* ").unwrap_or(line));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ").trim_start_matches([':', '-', ' ', '*']).to_owned()
}

#[cfg(test)]
mod tests {
    use rculint_analyzer::text::comments::remarks;

    use super::*;

    fn of(text: &str) -> Said {
        let source = SourceFile::new(text.as_bytes().to_vec());
        read(&source, &remarks(&source), Path::new("/a.c"), "a.c")
    }

    type Allowed = (&'static str, Option<(u32, u32)>, String);

    fn allowed(text: &str) -> Vec<Allowed> {
        let said = of(text);
        assert!(said.malformed.is_empty(), "{text}: {:?}", said.malformed);
        said.allowances.into_iter().map(|one| (one.rule.code, one.rows, one.reason)).collect()
    }

    fn malformed(text: &str) -> Vec<String> {
        of(text).malformed.into_iter().map(|(_, message)| message).collect()
    }

    #[test]
    fn codes_names_and_reasons() {
        assert_eq!(
            allowed("x; /* rculint: allow(rcu104, plain-load): only the owner */"),
            [
                ("RCU104", Some((1, 1)), "only the owner".to_owned()),
                ("RCU101", Some((1, 1)), "only the owner".to_owned())
            ]
        );
        assert_eq!(
            allowed("/* rculint: allow-file( RCU102 ) set up\n * by hand\n */\nx;"),
            [("RCU102", None, "set up by hand".to_owned())]
        );
        assert_eq!(of("/* rculint: allow(RCU101) - */ x;").reasonless.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_with_the_nearest_word() {
        assert_eq!(
            malformed("// rculint: alow(RCU101) x"),
            ["no comment to rculint begins with `alow`; did you mean `allow`?"]
        );
        assert_eq!(
            malformed("// rculint: zzz"),
            ["no comment to rculint begins with `zzz`; write `allow(CODE) reason` or \
              `allow-file(CODE) reason`"]
        );
        assert_eq!(
            malformed("// rculint: allow(RCU1O4, RCU101) x"),
            ["no rule has the code or name 'RCU1O4'; did you mean 'RCU104'?"]
        );
        let wants = "`allow` wants the codes or names of rules in parentheses behind it";
        assert_eq!(malformed("// rculint: allow RCU101"), [wants]);
        assert_eq!(malformed("// rculint: allow(RCU101"), [wants]);
        assert_eq!(malformed("// rculint: allow()").len(), 1);
        assert_eq!(malformed("// rculint:").len(), 1);
    }

    #[test]
    fn places_are_those_of_the_codes() {
        let text = "x; // rculint: allow(RCU101,  RCU1O4) y";
        let said = of(text);
        assert_eq!(&text[said.allowances[0].span.range()], "RCU101");
        assert_eq!(&text[said.malformed[0].0.range()], "RCU1O4");
        let text = "x; // rculint: allow(RCU101)";
        assert_eq!(&text[of(text).reasonless[0].range()], "allow(RCU101)");
    }

    /// Numbers that are the same on every run (xorshift).
    fn next(state: &mut u64) -> usize {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state as usize
    }

    #[test]
    fn no_text_makes_it_panic() {
        let pieces: [&[u8]; 20] = [
            b"/*",
            b"*/",
            b"//",
            b"\n",
            b"rculint:",
            b" ",
            b"allow",
            b"allow-file",
            b"(",
            b")",
            b",",
            b"RCU101",
            b"\\",
            b"#define X ",
            b"\"",
            b"\xff",
            "\u{e9}".as_bytes(),
            b"x;",
            b"*",
            b"\0",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..20_000 {
            let mut text = Vec::new();
            for _ in 0..next(&mut state) % 16 {
                text.extend_from_slice(pieces[next(&mut state) % pieces.len()]);
            }
            let length = text.len() as u32;
            let source = SourceFile::new(text);
            let said = read(&source, &remarks(&source), Path::new("/a.c"), "a.c");
            let spans = said.malformed.iter().map(|(span, _)| *span);
            let spans = spans.chain(said.reasonless).chain(said.allowances.iter().map(|a| a.span));
            for span in spans {
                assert!(span.start <= span.end && span.end <= length);
            }
        }
    }
}
