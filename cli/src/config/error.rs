//! What is wrong with the file, and where.

use std::ops::Range;

use serde::de::DeserializeOwned;

/// Reads the file, or tells what is wrong as `file:row:column: what`.
pub(crate) fn read<T: DeserializeOwned>(shown: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let (row, column) = position(text, error.span().unwrap_or(0..0));
        format!("{shown}:{row}:{column}: {}", message(error.message()))
    })
}

/// Row and column, from 1, of where something starts; columns count bytes.
pub(crate) fn position(text: &str, span: Range<usize>) -> (usize, usize) {
    let before = &text.as_bytes()[..span.start.min(text.len())];
    let row = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (row, before.len() - start + 1)
}

/// The reader's message on one line; of a word that it does not know, with the nearest it does.
fn message(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let (what, known) = match words.split_first() {
        Some((word, known)) if text.starts_with("unknown field") => {
            (format!("key `{word}`"), known)
        }
        Some((word, known)) if text.starts_with("unknown variant") => {
            (format!("word `{word}`"), known)
        }
        _ => return text,
    };
    let likeness = |known: &&&str| strsim::jaro_winkler(known, words[0]);
    let near = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match near.filter(|near| likeness(near) > 0.7) {
        Some(near) => format!("unknown {what}; did you mean `{near}`?"),
        None => format!("unknown {what}; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::File;
    use super::*;

    fn wrong(text: &str) -> String {
        read::<File>("rculint.toml", text).unwrap_err()
    }

    #[test]
    fn places_and_nearest_words() {
        for (text, error) in [
            ("selct = ['RCU1']", "1:1: unknown key `selct`; did you mean `select`?"),
            ("\n\nlevel = 'warn'", "3:9: unknown word `warn`; did you mean `warning`?"),
            (
                "select = ['RCU1',\n 'RCU1O4']",
                "2:2: no rule has the code or name 'RCU1O4'; did you mean 'RCU104'?",
            ),
            ("select = 'RCU1'", "1:10: invalid type: string \"RCU1\", expected a sequence"),
            ("exclude = ['a[']", "1:12: 'a[' is no pattern: unclosed character class; missing ']'"),
            ("[levels]\nRCU104 = 'of'", "2:10: unknown word `of`; did you mean `off`?"),
            (
                "[levels]\nplain-lod = 'off'",
                "2:1: no rule has the code or name 'plain-lod'; did you mean 'plain-load'?",
            ),
            (
                "[[per-path]]\npaths = ['fs']\nignored = ['RCU1']",
                "3:1: unknown key `ignored`; did you mean `ignore`?",
            ),
            (
                "[[suppress]]\npath = 'fs'\ncode = 'RCU101'\nfunktion = 'f'",
                "4:1: unknown key `funktion`; did you mean `function`?",
            ),
            ("[[suppress]]\npath = 'fs'", "1:1: missing field `code`"),
            (
                "[[kernel.wrapper]]\nnames = ['x']\nof = 'kfre'",
                "3:6: `kfre` is in no table; did you mean `kfree`?",
            ),
            ("[[kernel.lock]]\nkind = 'mutx'", "2:8: unknown word `mutx`; did you mean `mutex`?"),
            ("[kernel]\nlocks = []", "2:1: unknown key `locks`; did you mean `lock`?"),
        ] {
            assert_eq!(wrong(text), format!("rculint.toml:{error}"), "{text}");
        }
        assert!(wrong("select = [").starts_with("rculint.toml:1:"));
        assert!(!wrong("a = 1\na = 2\n[").contains('\n'));
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
        let pieces = [
            "select",
            "levels",
            "[[suppress]]",
            "[",
            "]",
            "[[kernel.lock]]",
            "kind",
            " = ",
            "\"",
            "'",
            "RCU101",
            "\n",
            "{",
            "}",
            ",",
            "path",
            "per-path",
            "\u{e9}",
            "\u{0}",
            "1",
            ".",
            "of",
            "#",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..next(&mut state) % 14 {
                text += pieces[next(&mut state) % pieces.len()];
            }
            if let Err(error) = read::<File>("rculint.toml", &text) {
                assert!(error.starts_with("rculint.toml:") && !error.contains('\n'), "{error}");
            }
        }
    }
}
