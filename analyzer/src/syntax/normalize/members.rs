//! Macros where members, enumerators or types should stand.

use super::{MacroClass, Normalizer};
use crate::text::Span;

impl Normalizer<'_> {
    /// `MACRO(...)` (or `MACRO` on a line of its own) where a member or declaration should stand:
    /// blanked, to be expanded later.
    pub(super) fn macro_member(&mut self, index: usize) -> bool {
        let Some(before) = self.before(index) else { return false };
        match self.word(before) {
            b"{" | b";" => {}
            // After attributes, or where one stands, something ended rather than begins.
            b"}" if before + 1 == index && self.class(index) != MacroClass::Decoration => {}
            b"typedef" => return self.macro_type(index),
            _ => return false,
        }
        if self.word(index + 1) != b"(" {
            return self.lone_member(index);
        }
        if self.done[index + 1] || self.word(index).starts_with(b"__attribute") {
            return false;
        }
        let Some(close) = self.close(index + 1) else { return false };
        let mut end = close + 1;
        // Attributes may follow.
        while self.is_ident(end) && self.class(end) == MacroClass::Decoration {
            end += 1;
            if self.word(end) == b"(" {
                end = self.close(end).map_or(end, |close| close + 1);
            }
        }
        let next = self.word(end);
        if next != b";" && !(next == b"}" || self.is_ident(end)) {
            return false;
        }
        if next != b";" && self.class(index) == MacroClass::Decoration {
            return false;
        }
        let span = Span { start: self.tokens[index].start, end: self.tokens[close].end };
        self.out.macro_members.push(span);
        self.blank(index, end);
        if next == b";" {
            self.blank(end, end + 1);
        }
        true
    }

    /// `COMMON_FIELDS` on a line of its own, or the last of a body.
    fn lone_member(&mut self, index: usize) -> bool {
        let alone = self.column(index).is_some() || self.previous(index) == b"{";
        if !alone || self.class(index) != MacroClass::Other {
            return false;
        }
        let upper = self.word(index).iter().all(|byte| !byte.is_ascii_lowercase());
        let next = self.word(index + 1);
        let ends = match next {
            b"}" => upper,
            _ if !self.is_ident(index + 1) => false,
            // `FIELDS u8 x;`
            _ => {
                self.column(index + 1).is_some()
                    || upper && (matches!(next, b"struct" | b"union" | b"enum"))
                    || upper && next != b"const" && self.is_ident(index + 2)
            }
        };
        if ends {
            let token = self.tokens[index];
            // What is written small opens or closes something rather than declare a member.
            if upper {
                self.out.macro_members.push(Span { start: token.start, end: token.end });
            }
            self.blank(index, index + 1);
        }
        ends
    }

    /// `typedef MACRO(...) name;`
    fn macro_type(&mut self, index: usize) -> bool {
        let close = (self.word(index + 1) == b"(").then(|| self.close(index + 1)).flatten();
        match close.filter(|close| self.is_ident(*close + 1)) {
            Some(close) if self.class(index) != MacroClass::Decoration => {
                self.as_identifier(index, close + 1);
                true
            }
            _ => false,
        }
    }

    /// `ENUM(name, 2),` as an enumerator: one word stands for what it declares.
    pub(super) fn enumerators(&mut self, brace: usize) {
        let Some(end) = self.close(brace) else { return };
        let mut index = brace + 1;
        while index < end {
            match self.word(index) {
                b"(" => {
                    let close = self.close(index).unwrap_or(index);
                    let name = close > index
                        && self.is_ident(index - 1)
                        && matches!(self.word(index - 2), b"," | b"{" | b")");
                    if name {
                        self.enumerator(index, close, end);
                    }
                    index = close;
                }
                b"[" | b"{" => index = self.close(index).unwrap_or(index),
                _ => {}
            }
            index += 1;
        }
    }

    fn enumerator(&mut self, open: usize, close: usize, end: usize) {
        if close == open + 2 && self.is_ident(open + 1) {
            // `BIT(NAME)`
            self.blank(open - 1, open + 1);
            self.blank(close, close + 1);
        } else {
            self.blank(open, close + 1);
        }
        let more = close + 1 < end && !matches!(self.word(close + 1), b"," | b"=");
        if more && !self.insert(close, close + 1, b",") {
            // The parenthesis is a space now.
            let at = self.tokens[close].start as usize;
            self.out.text[at] = b',';
        }
    }
}
