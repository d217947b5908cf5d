//! C tokens as byte ranges. Comments and white space are the gaps between tokens.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Identifier or keyword.
    Ident,
    /// Number.
    Number,
    /// String literal, quotes included.
    Str,
    /// Character literal, quotes included.
    Char,
    /// Operator or punctuation, the longest that fits.
    Punct,
    /// A whole preprocessor line with its continuation lines.
    Directive,
}

/// A token: kind and byte range in the text it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Token {
    /// The token's bytes in the text it was read from.
    pub fn text<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start as usize..self.end as usize]
    }

    /// Whether it is this punctuation.
    pub fn is(&self, bytes: &[u8], punct: &[u8]) -> bool {
        self.kind == TokenKind::Punct && self.text(bytes) == punct
    }

    /// Whether it is this identifier or keyword.
    pub fn is_word(&self, bytes: &[u8], word: &[u8]) -> bool {
        self.kind == TokenKind::Ident && self.text(bytes) == word
    }
}

/// Whether a byte can stand in an identifier.
pub fn is_ident_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Reads the tokens of `bytes[start..end]`; offsets are those of `bytes`. Never fails: a stray byte
/// is a token of its own, an unterminated literal ends with its line.
pub fn lex(bytes: &[u8], start: usize, end: usize) -> Vec<Token> {
    let mut tokens = Vec::with_capacity((end - start) / 5);
    lex_with(bytes, start, end, |token| tokens.push(token));
    tokens
}

/// As [`lex`], handing each token to `push`.
pub fn lex_with(bytes: &[u8], start: usize, end: usize, push: impl FnMut(Token)) {
    lex_from(bytes, start, end, true, push);
}

/// The tokens of a text that does not begin a line: a `#` at its start is an operator.
pub fn lex_fragment(text: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    lex_from(text, 0, text.len(), false, |token| tokens.push(token));
    tokens
}

fn lex_from(
    bytes: &[u8],
    start: usize,
    end: usize,
    mut line_start: bool,
    mut push: impl FnMut(Token),
) {
    let text = &bytes[..end];
    let mut at = start;
    while at < end {
        let byte = text[at];
        match byte {
            b'\n' => {
                line_start = true;
                at += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | 0x0c | 0x0b => {
                at += 1;
                continue;
            }
            b'\\' => {
                // A line continuation; anything else after a backslash is a stray byte.
                at += 1;
                while at < end && matches!(text[at], b' ' | b'\t' | b'\r') {
                    at += 1;
                }
                if at < end && text[at] == b'\n' {
                    at += 1;
                }
                continue;
            }
            b'/' if text.get(at + 1) == Some(&b'*') => {
                at = comment_end(text, at);
                continue;
            }
            b'/' if text.get(at + 1) == Some(&b'/') => {
                at = line_end(text, at);
                continue;
            }
            _ => {}
        }
        let (kind, stop) = if byte == b'#' && line_start {
            (TokenKind::Directive, directive_end(text, at))
        } else if byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' || byte >= 0x80 {
            let mut stop = at + 1;
            while stop < end && is_ident_byte(text[stop]) {
                stop += 1;
            }
            if stop < end
                && matches!(text[stop], b'"' | b'\'')
                && matches!(&text[at..stop], b"L" | b"u8" | b"u" | b"U")
            {
                (literal_kind(text[stop]), literal_end(text, stop))
            } else {
                (TokenKind::Ident, stop)
            }
        } else if byte.is_ascii_digit()
            || byte == b'.' && text.get(at + 1).is_some_and(u8::is_ascii_digit)
        {
            (TokenKind::Number, number_end(text, at))
        } else if byte == b'"' || byte == b'\'' {
            (literal_kind(byte), literal_end(text, at))
        } else {
            (TokenKind::Punct, at + punct_len(&text[at..]))
        };
        line_start = false;
        push(Token { kind, start: at as u32, end: stop as u32 });
        at = stop;
    }
}

fn literal_kind(quote: u8) -> TokenKind {
    if quote == b'"' { TokenKind::Str } else { TokenKind::Char }
}

fn comment_end(text: &[u8], at: usize) -> usize {
    memchr::memmem::find(&text[at + 2..], b"*/").map_or(text.len(), |found| at + found + 4)
}

fn line_end(text: &[u8], mut at: usize) -> usize {
    loop {
        match memchr::memchr(b'\n', &text[at..]) {
            None => return text.len(),
            Some(found) => {
                let newline = at + found;
                if newline > 0 && text[newline - 1] == b'\\' {
                    at = newline + 1;
                } else {
                    return newline;
                }
            }
        }
    }
}

fn directive_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\n' => return at,
            b'\\' => {
                at += 1;
                if text.get(at) == Some(&b'\r') {
                    at += 1;
                }
                at += 1;
            }
            b'/' if text.get(at + 1) == Some(&b'*') => at = comment_end(text, at),
            b'/' if text.get(at + 1) == Some(&b'/') => return line_end(text, at),
            quote @ (b'"' | b'\'') => {
                let end = literal_end(text, at);
                // An apostrophe in `#error` prose opens nothing.
                at = if text[end - 1] == quote && end > at + 1 { end } else { at + 1 };
            }
            _ => at += 1,
        }
    }
    text.len().min(at)
}

fn literal_end(text: &[u8], start: usize) -> usize {
    let quote = text[start];
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn number_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        let byte = text[at];
        let exponent_sign = matches!(byte, b'+' | b'-')
            && matches!(text[at - 1], b'e' | b'E' | b'p' | b'P')
            && !text[start..].starts_with(b"0x");
        let range = byte == b'.' && text.get(at + 1) == Some(&b'.');
        if !range && (is_ident_byte(byte) || byte == b'.' || exponent_sign) {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// The names that stand before a parenthesis, each once.
pub(crate) fn called(text: &[u8]) -> Box<[Box<str>]> {
    let mut found: Vec<Box<str>> = Vec::new();
    let mut last: Option<&[u8]> = None;
    lex_with(text, 0, text.len(), |token| {
        let word = token.text(text);
        if let Some(name) = last.take().filter(|_| word == b"(") {
            found.push(String::from_utf8_lossy(name).into());
        }
        last = (token.kind == TokenKind::Ident).then_some(word);
    });
    found.sort_unstable();
    found.dedup();
    found.into()
}

fn punct_len(text: &[u8]) -> usize {
    match text {
        [b'.', b'.', b'.', ..] | [b'<', b'<', b'=', ..] | [b'>', b'>', b'=', ..] => 3,
        [b'-', b'>', ..] | [b'#', b'#', ..] => 2,
        [b'+' | b'-' | b'<' | b'>' | b'=' | b'&' | b'|', second, ..] if *second == text[0] => 2,
        [
            b'<' | b'>' | b'=' | b'!' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'^' | b'|',
            b'=',
            ..,
        ] => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        lex(source.as_bytes(), 0, source.len())
            .iter()
            .map(|token| &source[token.start as usize..token.end as usize])
            .collect()
    }

    #[test]
    fn comments_and_blanks_are_gaps() {
        assert_eq!(texts("a/* x */->b // y\n+ 'c'"), ["a", "->", "b", "+", "'c'"]);
    }

    #[test]
    fn a_directive_is_one_token_with_its_continuations() {
        assert_eq!(texts("#define X(a) \\\n  a /* \n */ b\nint x;").len(), 4);
    }

    #[test]
    fn an_apostrophe_in_prose_does_not_swallow_the_next_line() {
        assert_eq!(texts("#error don't\nint x;"), ["#error don't", "int", "x", ";"]);
    }

    #[test]
    fn a_case_range_is_not_a_number() {
        assert_eq!(texts("1...2 0x1f ... 3"), ["1", "...", "2", "0x1f", "...", "3"]);
    }

    #[test]
    fn an_unterminated_string_ends_with_its_line() {
        assert_eq!(texts("\"abc\nd"), ["\"abc", "d"]);
    }
}
