//! What a `.config` leaves out of a file. Sources: Documentation/kbuild/kconfig-language.rst,
//! include/linux/kconfig.h.

use rustc_hash::FxHashMap;

use crate::text::Span;
use crate::text::directives::{Directive, directive, keyword};
use crate::text::lexer::{Token, TokenKind, lex};

/// The symbols that a `.config` sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DotConfig {
    set: FxHashMap<Vec<u8>, Vec<u8>>,
}

/// A value that the preprocessor has; `None` where the symbols do not tell.
type Value = Option<i64>;

/// Operators of two operands by how closely they bind, the loosest first.
const OPERATORS: [&[&[u8]]; 6] = [
    &[b"||"],
    &[b"&&"],
    &[b"==", b"!="],
    &[b"<", b">", b"<=", b">="],
    &[b"+", b"-"],
    &[b"*", b"/", b"%"],
];

/// Expressions nested deeper are not understood.
const DEEPEST: usize = 64;

/// One arm of a conditional: where it begins, and whether it and those before it hold.
struct Arm {
    start: u32,
    holds: Value,
    before: Value,
}

impl DotConfig {
    /// Reads the lines `CONFIG_X=y`; what is not set is not there.
    pub fn read(text: &str) -> DotConfig {
        let mut set = FxHashMap::default();
        for line in text.lines() {
            let line = line.trim();
            let Some((name, value)) = line.split_once('=') else { continue };
            if name.starts_with("CONFIG_") && value != "n" {
                set.insert(name.as_bytes().to_vec(), value.as_bytes().to_vec());
            }
        }
        DotConfig { set }
    }

    /// Whether a symbol (`CONFIG_X`) is `y`, `m` or has another value.
    pub fn sets(&self, symbol: &str) -> bool {
        self.set.contains_key(symbol.as_bytes())
    }

    /// Whether no symbol is set.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// The pieces of a text whose preprocessor condition is false, in order.
    pub fn left_out(&self, bytes: &[u8]) -> Vec<Span> {
        let mut found: Vec<Span> = Vec::new();
        let mut open: Vec<Arm> = Vec::new();
        let mut end = |arm: &Arm, at: u32| {
            if arm.holds == Some(0) {
                found.push(Span { start: arm.start, end: at });
            }
        };
        for token in lex(bytes, 0, bytes.len()) {
            if token.kind != TokenKind::Directive {
                continue;
            }
            let line = token.text(bytes);
            match directive(line) {
                Directive::If => {
                    let holds = self.line(line);
                    open.push(Arm { start: token.end, holds, before: holds });
                }
                kind @ (Directive::Elif | Directive::Else) => {
                    let Some(arm) = open.last_mut() else { continue };
                    end(arm, token.start);
                    let own = if kind == Directive::Else { Some(1) } else { self.line(line) };
                    arm.holds = and(not(arm.before), own);
                    arm.before = or(arm.before, own);
                    arm.start = token.end;
                }
                Directive::Endif => {
                    if let Some(arm) = open.pop() {
                        end(&arm, token.start);
                    }
                }
                _ => {}
            }
        }
        found.sort();
        found
    }

    /// What `#if`, `#ifdef` and the like come to.
    fn line(&self, line: &[u8]) -> Value {
        let (word, at) = keyword(line);
        let rest = &line[at..];
        let tokens = lex(rest, 0, rest.len());
        match word {
            b"ifdef" | b"elifdef" => self.defined(tokens.first()?.text(rest)),
            b"ifndef" | b"elifndef" => not(self.defined(tokens.first()?.text(rest))),
            _ => {
                let mut reader = Reader { config: self, text: rest, tokens: &tokens, at: 0 };
                let value = reader.binary(0, 0);
                if reader.at == tokens.len() { value } else { None }
            }
        }
    }

    fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.set.get(name).map(Vec::as_slice)
    }

    /// Whether a macro of this name is defined; `include/generated/autoconf.h` has `CONFIG_X` for
    /// what is built in, `CONFIG_X_MODULE` for what is a module.
    fn defined(&self, name: &[u8]) -> Value {
        if !name.starts_with(b"CONFIG_") {
            return None;
        }
        let module = name.strip_suffix(b"_MODULE").and_then(|name| self.value(name));
        let set = self.value(name).is_some_and(|value| value != b"m") || module == Some(b"m");
        Some(set.into())
    }

    /// What a name stands for in an expression.
    fn number(&self, name: &[u8]) -> Value {
        if self.defined(name)? == 0 {
            return Some(0);
        }
        match self.value(name) {
            Some(b"y") | None => Some(1),
            Some(value) => number(value),
        }
    }

    /// `IS_ENABLED(option)` and its kind.
    fn asks(&self, macro_name: &[u8], option: &[u8]) -> Value {
        if !option.starts_with(b"CONFIG_") {
            return None;
        }
        let (built_in, module) =
            (self.defined(option)? != 0, self.value(option).is_some_and(|value| value == b"m"));
        match macro_name {
            b"IS_ENABLED" => Some((built_in || module).into()),
            b"IS_BUILTIN" => Some(built_in.into()),
            b"IS_MODULE" => Some(module.into()),
            // Whether the code that asks is a module is not known here.
            b"IS_REACHABLE" if !module => Some(built_in.into()),
            _ => None,
        }
    }
}

/// Reads an expression.
struct Reader<'a> {
    config: &'a DotConfig,
    text: &'a [u8],
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Reader<'a> {
    fn word(&self, ahead: usize) -> &'a [u8] {
        self.tokens.get(self.at + ahead).map_or(b"", |token| token.text(self.text))
    }

    fn binary(&mut self, level: usize, depth: usize) -> Value {
        let Some(operators) = OPERATORS.get(level) else { return self.unary(depth) };
        let mut left = self.binary(level + 1, depth);
        while operators.contains(&self.word(0)) {
            let operator = self.word(0);
            self.at += 1;
            let right = self.binary(level + 1, depth);
            left = match operator {
                b"||" => or(left, right),
                b"&&" => and(left, right),
                _ => left.zip(right).and_then(|(left, right)| calculate(operator, left, right)),
            };
        }
        left
    }

    fn unary(&mut self, depth: usize) -> Value {
        let word = self.word(0);
        self.at += usize::from(self.at < self.tokens.len());
        if depth > DEEPEST {
            return None;
        }
        match word {
            b"!" => not(self.unary(depth + 1)),
            b"-" => self.unary(depth + 1).and_then(i64::checked_neg),
            b"(" => {
                let value = self.binary(0, depth + 1);
                if self.word(0) != b")" {
                    return None;
                }
                self.at += 1;
                value
            }
            b"defined" if self.word(0) == b"(" => self.call().and_then(|o| self.config.defined(o)),
            b"defined" => {
                let name = self.word(0);
                self.at += 1;
                self.config.defined(name)
            }
            _ if self.word(0) == b"(" => {
                self.call().and_then(|option| self.config.asks(word, option))
            }
            _ if word.first().is_some_and(u8::is_ascii_digit) => number(word),
            _ => self.config.number(word),
        }
    }

    /// Goes behind the parentheses of a call; what stands in them, if it is one word.
    fn call(&mut self) -> Option<&'a [u8]> {
        let option = (self.word(2) == b")").then(|| self.word(1));
        let mut depth = 0usize;
        while self.at < self.tokens.len() {
            match self.word(0) {
                b"(" => depth += 1,
                b")" => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        option
    }
}

fn number(text: &[u8]) -> Value {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.trim_end_matches(['u', 'U', 'l', 'L']);
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn calculate(operator: &[u8], left: i64, right: i64) -> Value {
    Some(match operator {
        b"==" => (left == right).into(),
        b"!=" => (left != right).into(),
        b"<" => (left < right).into(),
        b">" => (left > right).into(),
        b"<=" => (left <= right).into(),
        b">=" => (left >= right).into(),
        b"+" => left.checked_add(right)?,
        b"-" => left.checked_sub(right)?,
        b"*" => left.checked_mul(right)?,
        b"/" => left.checked_div(right)?,
        b"%" => left.checked_rem(right)?,
        _ => return None,
    })
}

fn not(value: Value) -> Value {
    value.map(|value| (value == 0).into())
}

fn and(left: Value, right: Value) -> Value {
    match (left, right) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        (Some(_), Some(_)) => Some(1),
        _ => None,
    }
}

fn or(left: Value, right: Value) -> Value {
    not(and(not(left), not(right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> DotConfig {
        DotConfig::read(
            "CONFIG_SMP=y\nCONFIG_IPV6=m\nCONFIG_HZ=250\n# CONFIG_NUMA is not set\nCONFIG_ODD=n\n\
             CONFIG_NAME=\"x\"\n",
        )
    }

    /// What is left of a text, in words.
    fn left(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for span in config().left_out(text.as_bytes()) {
            bytes[span.range()].fill(b' ');
        }
        let text = String::from_utf8(bytes).unwrap();
        let words = text.lines().filter(|line| !line.starts_with('#'));
        words.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn arms() {
        assert_eq!(left("#ifdef CONFIG_SMP\na\n#else\nb\n#endif\nc"), "a c");
        assert_eq!(left("#ifndef CONFIG_SMP\na\n#else\nb\n#endif\nc"), "b c");
        assert_eq!(
            left("#if defined(CONFIG_NUMA)\na\n#elif defined CONFIG_SMP\nb\n#else\nc\n#endif"),
            "b"
        );
        assert_eq!(left("#ifdef CONFIG_NUMA\na\n#ifdef CONFIG_SMP\nb\n#endif\n#endif\nc"), "c");
        assert_eq!(left("#ifdef OTHER\na\n#else\nb\n#endif"), "a b");
        assert_eq!(left("#else\na\n#endif\n#endif\n#ifdef CONFIG_NUMA\nb"), "a b");
    }

    #[test]
    fn expressions() {
        let held = |condition: &str| config().line(format!("#if {condition}").as_bytes());
        for (condition, value) in [
            ("IS_ENABLED(CONFIG_IPV6)", Some(1)),
            ("IS_BUILTIN(CONFIG_IPV6)", Some(0)),
            ("IS_MODULE(CONFIG_IPV6)", Some(1)),
            ("IS_REACHABLE(CONFIG_IPV6)", None),
            ("IS_REACHABLE(CONFIG_SMP)", Some(1)),
            ("defined(CONFIG_IPV6)", Some(0)),
            ("defined(CONFIG_IPV6_MODULE)", Some(1)),
            ("CONFIG_HZ > 100 && CONFIG_HZ != 0xfau", Some(0)),
            ("CONFIG_HZ * 2 == 1000 / 2", Some(1)),
            ("!(CONFIG_NUMA || defined(CONFIG_ODD))", Some(1)),
            ("OTHER && CONFIG_NUMA", Some(0)),
            ("OTHER || CONFIG_SMP", Some(1)),
            ("OTHER && CONFIG_SMP", None),
            ("GCC_VERSION >= 40000", None),
            ("ANY(CONFIG_SMP, 2) || 0", None),
            ("CONFIG_HZ / CONFIG_NUMA", None),
            ("CONFIG_NAME", None),
            ("0", Some(0)),
            ("1 1", None),
            ("", None),
        ] {
            assert_eq!(held(condition).map(|value| i64::from(value != 0)), value, "{condition}");
        }
    }

    #[test]
    fn whatever_the_text() {
        let deep = format!("#if {}1", "(!".repeat(100_000));
        for text in ["#if (", "#if )", "#if defined", "#if defined(", "#if a(", "#if -", &deep] {
            config().left_out(text.as_bytes());
        }
    }
}
