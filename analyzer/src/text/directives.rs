//! Preprocessor lines: what they say, and which arms of conditionals can hold together.

use crate::text::lexer::{Token, TokenKind, is_ident_byte, lex};

/// A preprocessor line, split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `#if`, `#ifdef`, `#ifndef`.
    If,
    /// `#elif`.
    Elif,
    /// `#else`.
    Else,
    /// `#endif`.
    Endif,
    /// `#include`.
    Include,
    /// `#define`.
    Define,
    /// Anything else.
    Other,
}

/// The keyword of a preprocessor line (`ifdef`) and the offset where what follows it starts.
pub fn keyword(line: &[u8]) -> (&[u8], usize) {
    let mut at = 1;
    while at < line.len() && matches!(line[at], b' ' | b'\t') {
        at += 1;
    }
    let start = at;
    while at < line.len() && is_ident_byte(line[at]) {
        at += 1;
    }
    (&line[start..at], at)
}

/// What a preprocessor line is.
pub fn directive(line: &[u8]) -> Directive {
    match keyword(line).0 {
        b"if" | b"ifdef" | b"ifndef" => Directive::If,
        b"elif" | b"elifdef" | b"elifndef" => Directive::Elif,
        b"else" => Directive::Else,
        b"endif" => Directive::Endif,
        b"include" | b"include_next" => Directive::Include,
        b"define" => Directive::Define,
        _ => Directive::Other,
    }
}

/// A stable 64-bit key of a name or text.
pub type Key = u64;

/// The key of some bytes (FNV-1a with a final mix, the same on every run).
pub fn key(bytes: &[u8]) -> Key {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for &byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What has to hold for some code to be compiled: names (or whole expressions) and whether each is
/// set. Two conditions that disagree about one of them never hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Condition {
    atoms: Vec<(Key, bool)>,
}

impl Condition {
    /// Whether both can hold in one configuration, as far as their atoms tell.
    pub fn compatible(&self, other: &Condition) -> bool {
        self.atoms.iter().all(|atom| !other.atoms.iter().any(|o| o.0 == atom.0 && o.1 != atom.1))
    }

    /// Whether nothing is required.
    pub fn is_empty(&self) -> bool {
        self.atoms.is_empty()
    }

    /// Adds what `other` requires.
    pub fn require(&mut self, other: &Condition) {
        for atom in &other.atoms {
            if !self.atoms.contains(atom) {
                self.atoms.push(*atom);
            }
        }
    }

    /// The opposite, where it can be said with atoms: `!(a && b)` can not.
    fn negated(&self) -> Condition {
        match self.atoms[..] {
            [(key, value)] => Condition { atoms: vec![(key, !value)] },
            _ => Condition::default(),
        }
    }
}

/// Code that requires more than this is taken for code that is never compiled: chains of arms would
/// cost the square of their length, and nobody writes one that long.
const MOST_ATOMS: usize = 256;

/// A condition of more tokens is one atom.
const MOST_TOKENS: usize = 1 << 10;

/// What is known of an arm's condition without a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Depends(Condition),
}

/// Names that kernel C code is never, or always, compiled with (the top Makefile's flags).
const UNDEFINED: [&[u8]; 7] = [
    b"__ASSEMBLY__",
    b"__ASSEMBLER__",
    b"__cplusplus",
    b"__CHECKER__",
    b"__GENKSYMS__",
    b"__DOXYGEN__",
    b"__BINDGEN__",
];
const DEFINED: [&[u8]; 2] = [b"__KERNEL__", b"__GNUC__"];

fn name_truth(name: &[u8], wanted: bool) -> Truth {
    let known = if UNDEFINED.contains(&name) {
        Some(false)
    } else if DEFINED.contains(&name) {
        Some(true)
    } else {
        None
    };
    match known {
        Some(value) if value == wanted => Truth::True,
        Some(_) => Truth::False,
        None => Truth::Depends(Condition { atoms: vec![(key(name), wanted)] }),
    }
}

fn truth(line: &[u8]) -> Truth {
    let (word, at) = keyword(line);
    let rest = &line[at..];
    let tokens = lex(rest, 0, rest.len());
    match word {
        b"ifdef" | b"ifndef" | b"elifdef" | b"elifndef" => match tokens.first() {
            Some(name) => name_truth(name.text(rest), word.ends_with(b"fdef")),
            None => Truth::False,
        },
        _ if tokens.len() > MOST_TOKENS => {
            Truth::Depends(Condition { atoms: vec![(key(rest.trim_ascii()), true)] })
        }
        _ => conjunction(rest, &tokens),
    }
}

/// `a && b && !defined(c)`: each part is an atom of its own.
fn conjunction(text: &[u8], tokens: &[Token]) -> Truth {
    let mut all = Condition::default();
    let mut depth = 0usize;
    let mut start = 0;
    let mut parts = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.text(text) {
            b"(" => depth += 1,
            b")" => depth = depth.saturating_sub(1),
            // A disjunction is one atom as a whole.
            b"||" | b"?" if depth == 0 => {
                parts.clear();
                start = 0;
                break;
            }
            b"&&" if depth == 0 => {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    for part in parts {
        match atom(text, part) {
            Truth::True => {}
            Truth::False => return Truth::False,
            Truth::Depends(condition) => all.require(&condition),
        }
    }
    if all.is_empty() { Truth::True } else { Truth::Depends(all) }
}

fn atom(text: &[u8], mut part: &[Token]) -> Truth {
    let whole = part.len();
    let mut wanted = true;
    while let Some(first) = part.first() {
        let (_, last) = (first, part[part.len() - 1]);
        if first.is(text, b"!") {
            wanted = !wanted;
            part = &part[1..];
        } else if first.is(text, b"(") && last.is(text, b")") && closes_at_end(text, part) {
            part = &part[1..part.len() - 1];
        } else {
            break;
        }
    }
    let words: Vec<&[u8]> = part.iter().map(|token| token.text(text)).collect();
    match words[..] {
        [b"0"] => return if wanted { Truth::False } else { Truth::True },
        [b"1"] => return if wanted { Truth::True } else { Truth::False },
        [b"defined", name] | [b"defined" | b"IS_ENABLED", b"(", name, b")"] => {
            return name_truth(name, wanted);
        }
        _ => {}
    }
    // In parentheses that do not enclose all of it, it is no conjunction: `f(a && b)`.
    let bared = part.len() < whole;
    if bared && words.contains(&&b"&&"[..]) && wanted && !words.contains(&&b"||"[..]) {
        return conjunction(text, part);
    }
    Truth::Depends(Condition { atoms: vec![(key(&words.join(&b' ')), wanted)] })
}

fn closes_at_end(text: &[u8], part: &[Token]) -> bool {
    let mut depth = 0;
    for (index, token) in part.iter().enumerate() {
        match token.text(text) {
            b"(" => depth += 1,
            b")" => {
                depth -= 1;
                if depth == 0 {
                    return index + 1 == part.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// One arm of a conditional: its tokens and what it requires.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Which conditional it belongs to.
    pub group: u32,
    /// Tokens of the arm, as indices into the live tokens.
    pub tokens: std::ops::Range<usize>,
    /// What it requires, earlier arms' negations included.
    pub condition: Condition,
    /// Offset of the preprocessor line that opens it, where it is in the text.
    pub line: Option<(u32, u32)>,
}

/// Follows the conditionals of a token sequence.
#[derive(Debug, Default)]
pub struct Conditionals {
    stack: Vec<Open>,
    groups: u32,
}

#[derive(Debug)]
struct Open {
    group: u32,
    /// Negations of the arms so far.
    before: Condition,
    current: Condition,
    /// The current arm is never compiled.
    dead: bool,
    /// An earlier arm is always compiled, so the rest never is.
    taken: bool,
    guard: bool,
    line: (u32, u32),
}

/// What a preprocessor line did to the conditionals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A conditional opened.
    Opened,
    /// The next arm of the innermost conditional began.
    NextArm,
    /// The innermost conditional closed.
    Closed,
    /// `#else`, `#elif` or `#endif` of a conditional that opened before this text.
    Unmatched(Directive),
    /// No conditional.
    None,
}

impl Conditionals {
    /// Takes a preprocessor line. `next` is the line after it, to recognise include guards.
    pub fn step(&mut self, line: &[u8], span: (u32, u32), next: Option<&[u8]>) -> Step {
        match directive(line) {
            Directive::If => {
                let guard = is_guard(line, next);
                let truth = if guard { Truth::True } else { truth(line) };
                self.groups += 1;
                let mut open = Open {
                    group: self.groups - 1,
                    before: Condition::default(),
                    current: Condition::default(),
                    dead: false,
                    taken: false,
                    guard,
                    line: span,
                };
                open.enter(truth);
                open.dead |= atoms(&self.stack) + open.atoms() > MOST_ATOMS;
                self.stack.push(open);
                Step::Opened
            }
            kind @ (Directive::Elif | Directive::Else) => {
                let Some((open, around)) = self.stack.split_last_mut() else {
                    return Step::Unmatched(kind);
                };
                open.line = span;
                let truth = if kind == Directive::Else { Truth::True } else { truth(line) };
                let last = std::mem::take(&mut open.current);
                if !open.dead {
                    open.before.require(&last.negated());
                }
                open.enter(truth);
                open.dead |= atoms(around) + open.atoms() > MOST_ATOMS;
                Step::NextArm
            }
            Directive::Endif => match self.stack.pop() {
                Some(_) => Step::Closed,
                None => Step::Unmatched(Directive::Endif),
            },
            _ => Step::None,
        }
    }

    /// Whether the code here is never compiled.
    pub fn dead(&self) -> bool {
        self.stack.iter().any(|open| open.dead)
    }

    /// What the code here requires, if it is compiled at all.
    pub fn condition(&self) -> Condition {
        let mut all = Condition::default();
        for open in compiled(&self.stack) {
            all.require(&open.before);
            all.require(&open.current);
        }
        all
    }

    /// The innermost conditional: its number, what its current arm requires, and its line.
    pub fn innermost(&self) -> Option<(u32, Condition, (u32, u32))> {
        self.stack.last().map(|open| {
            let mut condition = open.before.clone();
            condition.require(&open.current);
            (open.group, condition, open.line)
        })
    }

    /// How many conditionals are open.
    pub fn depth(&self) -> usize {
        self.stack.len()
    }

    /// The innermost conditional line that is no include guard, as it stands in the text.
    pub fn line(&self) -> Option<(u32, u32)> {
        self.stack.iter().rev().find(|open| !open.guard && !open.current.is_empty()).map(|o| o.line)
    }
}

/// The conditionals up to the first arm that is never compiled.
fn compiled(stack: &[Open]) -> impl Iterator<Item = &Open> {
    stack.iter().take_while(|open| !open.dead)
}

fn atoms(stack: &[Open]) -> usize {
    compiled(stack).map(Open::atoms).sum()
}

impl Open {
    fn atoms(&self) -> usize {
        self.before.atoms.len() + self.current.atoms.len()
    }

    fn enter(&mut self, truth: Truth) {
        self.dead = self.taken;
        self.current = Condition::default();
        match truth {
            Truth::False => self.dead = true,
            Truth::True => self.taken = true,
            Truth::Depends(condition) => self.current = condition,
        }
    }
}

/// `#ifndef X` whose next line is `#define X`.
fn is_guard(line: &[u8], next: Option<&[u8]>) -> bool {
    let Some(next) = next else { return false };
    let (word, at) = keyword(line);
    let (define, define_at) = keyword(next);
    let negative = word == b"ifndef" || memchr::memmem::find(line, b"!defined").is_some();
    if !negative || define != b"define" {
        return false;
    }
    let name = lex(next, define_at, next.len());
    let Some(name) = name.first().map(|token| token.text(next)) else { return false };
    lex(line, at, line.len()).iter().any(|token| token.text(line) == name)
        && next[define_at..].trim_ascii().len() == name.len()
}

/// The innermost conditional line around a place, as it is written; of an `#else`, with the line that
/// it belongs to. Include guards are none.
pub fn condition_at(bytes: &[u8], at: u32) -> Option<String> {
    let tokens = lex(bytes, 0, bytes.len());
    let lines: Vec<&Token> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Directive && token.start < at)
        .collect();
    let mut state = Conditionals::default();
    let mut first: Vec<&[u8]> = Vec::new();
    let mut open: Vec<&[u8]> = Vec::new();
    for (index, token) in lines.iter().enumerate() {
        let line = token.text(bytes);
        let next = lines.get(index + 1).map(|next| next.text(bytes));
        match state.step(line, (token.start, token.end), next) {
            Step::Opened => {
                let guard = state.stack.last().is_some_and(|open| open.guard);
                first.push(line);
                open.push(if guard { b"" } else { line });
            }
            Step::NextArm => {
                open.pop();
                open.push(line);
            }
            Step::Closed => {
                first.pop();
                open.pop();
            }
            Step::Unmatched(_) | Step::None => {}
        }
    }
    let (line, first) = open.into_iter().zip(first).rfind(|(line, _)| !line.is_empty())?;
    let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    Some(match directive(line) {
        Directive::Else => format!("#else of {}", text(first)),
        _ => text(line),
    })
}

/// Separates tokens from preprocessor lines: the tokens that can be compiled, and the arms that
/// they stand in, by first token. Conditionals that opened before the text count as opened at its
/// start.
pub fn live_tokens(bytes: &[u8], tokens: &[Token]) -> (Vec<Token>, Vec<Arm>) {
    let mut live = Vec::with_capacity(tokens.len());
    let mut arms: Vec<Arm> = Vec::new();
    let mut open_arms: Vec<usize> = Vec::new();
    let mut state = Conditionals::default();
    // An unmatched `#else` means that the text began inside a conditional: replay with it opened.
    let unmatched = unmatched_depth(bytes, tokens);
    let implicit: &[u8] = b"#if __rculint_outer_condition__";
    for _ in 0..unmatched {
        state.step(implicit, (0, 0), None);
        let (group, condition, _) = state.innermost().expect("just opened");
        open_arms.push(arms.len());
        arms.push(Arm { group, tokens: 0..0, condition, line: None });
    }
    for token in tokens {
        if token.kind != TokenKind::Directive {
            if !state.dead() {
                live.push(*token);
            }
            continue;
        }
        let line = token.text(bytes);
        match state.step(line, (token.start, token.end), None) {
            Step::Opened | Step::NextArm => {
                if state.depth() == open_arms.len() {
                    let ended = open_arms.pop().expect("an arm is open");
                    arms[ended].tokens.end = live.len();
                }
                let (group, condition, line) = state.innermost().expect("an arm is open");
                open_arms.push(arms.len());
                arms.push(Arm {
                    group,
                    tokens: live.len()..live.len(),
                    condition,
                    line: Some(line),
                });
            }
            Step::Closed => {
                let ended = open_arms.pop().expect("an arm is open");
                arms[ended].tokens.end = live.len();
            }
            Step::Unmatched(_) | Step::None => {}
        }
    }
    for ended in open_arms {
        arms[ended].tokens.end = live.len();
    }
    (live, arms)
}

fn unmatched_depth(bytes: &[u8], tokens: &[Token]) -> usize {
    let (mut depth, mut unmatched, mut else_at) = (0usize, 0usize, 0usize);
    for token in tokens.iter().filter(|token| token.kind == TokenKind::Directive) {
        match directive(token.text(bytes)) {
            Directive::If => depth += 1,
            Directive::Endif if depth == 0 => unmatched += 1,
            Directive::Endif => depth -= 1,
            Directive::Elif | Directive::Else if depth == 0 => else_at = unmatched + 1,
            _ => {}
        }
    }
    unmatched.max(else_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arms(source: &str) -> (Vec<String>, Vec<Arm>) {
        let bytes = source.as_bytes();
        let (live, arms) = live_tokens(bytes, &lex(bytes, 0, bytes.len()));
        (live.iter().map(|t| String::from_utf8_lossy(t.text(bytes)).into_owned()).collect(), arms)
    }

    #[test]
    fn if_0_is_not_code() {
        assert_eq!(arms("a\n#if 0\nb\n#else\nc\n#endif\nd").0, ["a", "c", "d"]);
    }

    #[test]
    fn arms_of_one_condition_exclude_each_other() {
        let (_, found) = arms("#ifdef A\nx\n#else\ny\n#endif\n#if !IS_ENABLED(A)\nz\n#endif\n");
        assert!(!found[0].condition.compatible(&found[1].condition));
        assert!(!found[0].condition.compatible(&found[2].condition));
        assert!(found[1].condition.compatible(&found[2].condition));
    }

    #[test]
    fn conjunctions_are_atoms_of_their_own() {
        let (_, found) = arms("#if defined(A) && B > 1\nx\n#endif\n#ifndef A\ny\n#endif\n");
        assert!(!found[0].condition.compatible(&found[1].condition));
    }

    #[test]
    fn what_stands_in_other_parentheses_is_no_conjunction() {
        for line in
            ["#if f(A && B)\n", "#if (A && B\n", "#if (A && (B && C)\n", "#if !!((A && B)\n"]
        {
            let (_, found) = arms(&format!("{line}x\n#else\ny\n#endif\n"));
            assert!(!found[0].condition.compatible(&found[1].condition), "{line}");
        }
        let (_, found) = arms("#if ((A) && (B && f(C && D)))\nx\n#endif\n#ifndef B\ny\n#endif\n");
        assert!(!found[0].condition.compatible(&found[1].condition));
    }

    #[test]
    fn a_text_may_begin_inside_a_conditional() {
        let (live, found) = arms("int f(int a)\n#else\nint f(long a)\n#endif\n{}");
        assert_eq!(live.len(), 14);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].tokens, 0..6);
    }

    #[test]
    fn conditions_as_written() {
        let text =
            "#ifndef X_H\n#define X_H\na\n#ifdef A\nb\n#if B\nc\n#endif\nd\n#else\ne\n#endif\nf";
        let at = |word: &str| condition_at(text.as_bytes(), text.rfind(word).unwrap() as u32);
        let found =
            ["\na", "\nb", "\nc", "\nd", "\ne\n", "\nf"].map(|word| at(word).unwrap_or_default());
        assert_eq!(found, ["", "#ifdef A", "#if B", "#ifdef A", "#else of #ifdef A", ""]);
    }

    #[test]
    fn include_guards_require_nothing() {
        let mut state = Conditionals::default();
        state.step(b"#ifndef _X_H", (0, 0), Some(b"#define _X_H"));
        assert!(state.condition().is_empty());
    }
}
