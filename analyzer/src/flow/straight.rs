//! What a function does on every way through it, read off its tokens: nothing is parsed, so that it
//! can be asked of every function of a tree.
//!
//! The ways through a function are its statements from the first on that no `if`, loop, `switch`
//! or preprocessor arm guards. Early returns end some ways and are passed over, except where their
//! condition may be about whether it is allowed to sleep (`if (!(gfp & __GFP_WAIT)) return;`).

use std::ops::Range;

use crate::flow::effects::has_object;
use crate::flow::spelling::canonical;
use crate::kernel::context::{Kind, Object, Verb, Wait, context};
use crate::kernel::version::Version;
use crate::text::directives::live_tokens;
use crate::text::lexer::{Token, TokenKind, lex};
use crate::types::split_arguments;

/// What is certain of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Straight<'t> {
    /// The first call on the way that sleeps by the table, with nothing of the caller's released
    /// before.
    pub sleeper: Option<Sleeper<'t>>,
    /// The calls on the way of which the table knows nothing, in order.
    pub calls: Vec<&'t [u8]>,
    /// How many of them come before the caller's locks may be released, or it is asked whether it
    /// is allowed to sleep.
    pub certain: usize,
    /// It calls nothing and looks at no member of anything: a stub, perhaps.
    pub empty: bool,
    /// At the end something is held that was not at the start, or the other way round, so far as
    /// calls of the table go; or that depends on the way.
    pub unbalanced: bool,
    /// How much more is held at the end; less than zero if something was released.
    pub net: i8,
}

/// A call that sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sleeper<'t> {
    pub name: &'t [u8],
    /// It is a guard of this class (`guard(mutex)(&lock)`).
    pub guard: bool,
    pub waits: Option<Wait>,
    /// It waits only where no memory is left.
    pub seldom: bool,
}

/// What is certain of a function with this text.
pub(crate) fn of_function(text: &[u8], version: Version) -> Straight<'_> {
    let tokens = lex(text, 0, text.len());
    if !tokens.iter().any(|token| token.kind == TokenKind::Directive) {
        return of_tokens(text, &tokens, &[], version);
    }
    let (live, arms) = live_tokens(text, &tokens);
    let arms: Vec<Range<usize>> = arms.into_iter().map(|arm| arm.tokens).collect();
    of_tokens(text, &live, &arms, version)
}

/// What is certain of a function with these tokens, of which `arms` may be left out by the
/// preprocessor.
pub(crate) fn of_tokens<'t>(
    text: &'t [u8],
    tokens: &[Token],
    arms: &[Range<usize>],
    version: Version,
) -> Straight<'t> {
    let mut way = Way::new(text, tokens, arms, version);
    let Some(body) = way.head() else { return way.out };
    way.at = body;
    way.statement();
    way.finished(body)
}

/// What is certain where these tokens stand as a statement or an expression: the body of a macro.
pub(crate) fn of_statements<'t>(
    text: &'t [u8],
    tokens: &[Token],
    parameters: &[Box<str>],
    version: Version,
) -> Straight<'t> {
    let mut way = Way::new(text, tokens, &[], version);
    way.parameters = parameters;
    while way.at < tokens.len() && !way.ended {
        way.statement();
    }
    way.finished(0)
}

/// Words in the condition of an early return that may say whether it is allowed to sleep, or that
/// what follows is done for the last reference only.
const DECIDES: [&str; 27] = [
    "gfp",
    "atomic",
    "sleep",
    "schedul",
    "block",
    "wait",
    "irq",
    "interrupt",
    "preempt",
    "nmi",
    "rcu",
    "lock",
    "try",
    "and_test",
    "refcount",
    "kref",
    "put",
    "users",
    "last",
    "sync",
    "poll",
    "early",
    "system_state",
    "panic",
    "oops",
    "can_",
    "context",
];

/// Whether a word may decide whether it is allowed to sleep.
fn decides(word: &[u8]) -> bool {
    let word = word.to_ascii_lowercase();
    let word = String::from_utf8_lossy(&word);
    DECIDES.iter().any(|one| word.contains(one))
}

/// Operands of these are not evaluated, or not always.
fn is_lazy(name: &[u8]) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(name, part).is_some();
    has(b"dbg") || has(b"debug") || has(b"trace") || has(b"assert") || has(b"sizeof")
        || has(b"typeof") || has(b"offsetof") || has(b"BUILD_BUG") || has(b"__builtin")
        // A macro in capitals may do anything with its operands.
        || !name.iter().any(u8::is_ascii_lowercase)
            && !has(b"WARN") && !has(b"ERR") && !has(b"BUG_ON") && !has(b"ONCE")
}

/// Words that stand before a parenthesis and call nothing.
fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"for"
            | b"while"
            | b"switch"
            | b"return"
            | b"sizeof"
            | b"typeof"
            | b"__typeof__"
            | b"alignof"
            | b"__alignof__"
            | b"__attribute__"
            | b"asm"
            | b"__asm__"
            | b"case"
            | b"else"
            | b"do"
            | b"goto"
    )
}

struct Way<'w, 't> {
    text: &'t [u8],
    tokens: &'w [Token],
    arms: &'w [Range<usize>],
    version: Version,
    /// For each bracket that opens: the one that closes it.
    partners: Vec<u32>,
    at: usize,
    /// The way ends here.
    ended: bool,
    /// That what follows sleeps would say nothing of the function.
    over: bool,
    /// By how much more of each kind is held than at the start.
    net: Vec<(Kind, i8)>,
    /// Something is taken or released on some ways only.
    varies: bool,
    /// What the function took so far, on any way.
    taken: Vec<(Kind, String)>,
    /// Stems of what it locked by functions that the table does not know.
    locked: Vec<Vec<u8>>,
    /// Variables: a call of one is not a call of the function with its name.
    variables: Vec<&'t [u8]>,
    parameters: &'w [Box<str>],
    out: Straight<'t>,
}

impl<'w, 't> Way<'w, 't> {
    fn new(
        text: &'t [u8],
        tokens: &'w [Token],
        arms: &'w [Range<usize>],
        version: Version,
    ) -> Way<'w, 't> {
        Way {
            text,
            tokens,
            arms,
            version,
            partners: partners(text, tokens),
            at: 0,
            ended: false,
            over: false,
            net: Vec::new(),
            varies: false,
            taken: Vec::new(),
            locked: Vec::new(),
            variables: Vec::new(),
            parameters: &[],
            out: Straight::default(),
        }
    }

    fn word(&self, at: usize) -> &'t [u8] {
        self.tokens.get(at).map_or(&b""[..], |token| token.text(self.text))
    }

    fn is_ident(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Ident)
    }

    fn in_arm(&self, at: usize) -> bool {
        self.arms.iter().any(|arm| arm.contains(&at))
    }

    /// Notes the parameters; where the body opens. A macro's head (`SYSCALL_DEFINE1(...) {`) is
    /// one as well.
    fn head(&mut self) -> Option<usize> {
        let mut depth = 0usize;
        for at in 0..self.tokens.len() {
            match self.word(at) {
                b"{" if depth == 0 => return Some(at),
                b"(" => depth += 1,
                b")" => depth = depth.saturating_sub(1),
                word if depth > 0 && self.is_ident(at) => self.variables.push(word),
                _ => {}
            }
        }
        None
    }

    fn is_empty(&self, from: usize) -> bool {
        !(from..self.tokens.len()).any(|at| {
            let calls =
                self.is_ident(at) && self.word(at + 1) == b"(" && !is_keyword(self.word(at));
            calls || self.word(at) == b"->"
        })
    }

    /// The token that closes the bracket at `open`; the last one if none does.
    fn close(&self, open: usize) -> usize {
        self.partners.get(open).map_or(self.tokens.len().saturating_sub(1), |at| *at as usize)
    }

    fn finished(mut self, body: usize) -> Straight<'t> {
        if !self.over {
            self.out.certain = self.out.calls.len();
        }
        self.out.empty = self.is_empty(body);
        self.out.unbalanced = self.varies || self.net.iter().any(|(_, count)| *count != 0);
        self.out.net = self.net.iter().fold(0, |sum: i8, (_, count)| sum.saturating_add(*count));
        self.out
    }

    /// From here on it would say nothing if something slept.
    fn end_certainty(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            self.out.certain = self.out.calls.len();
        }
    }

    /// The first token from `at` on that is `;` outside all brackets opened since, or closes the
    /// block around it.
    fn semicolon(&self, mut at: usize) -> usize {
        while at < self.tokens.len() {
            match self.word(at) {
                b"(" | b"[" | b"{" => at = self.close(at),
                b";" | b"}" => return at,
                _ => {}
            }
            at += 1;
        }
        self.tokens.len()
    }

    /// Where the statement at `at` ends: the token behind it.
    fn behind(&self, at: usize) -> usize {
        match self.word(at) {
            b"{" => self.close(at) + 1,
            b"if" | b"for" | b"while" | b"switch" => {
                let end = self.behind(self.close(at + 1) + 1);
                if self.word(at) == b"if" && self.word(end) == b"else" {
                    self.behind(end + 1)
                } else {
                    end
                }
            }
            b"do" => {
                let end = self.behind(at + 1);
                self.semicolon(end) + 1
            }
            _ if self.is_loop(at) => self.behind(self.close(at + 1) + 1),
            _ if self.is_ident(at) && self.word(at + 1) == b":" => self.behind(at + 2),
            _ => (self.semicolon(at) + 1).max(at + 1),
        }
    }

    /// `for_each_x(...) statement`
    fn is_loop(&self, at: usize) -> bool {
        if !self.is_ident(at) || self.word(at + 1) != b"(" || is_keyword(self.word(at)) {
            return false;
        }
        let next = self.close(at + 1) + 1;
        self.word(next) == b"{" || self.is_ident(next)
    }

    /// Follows the statement that begins here.
    fn statement(&mut self) {
        let at = self.at;
        if self.ended || at >= self.tokens.len() {
            self.ended = true;
            return;
        }
        if self.in_arm(at) {
            return self.arm();
        }
        match self.word(at) {
            b"{" => {
                let close = self.close(at);
                self.at = at + 1;
                while self.at < close && !self.ended {
                    self.statement();
                }
                self.at = close + 1;
            }
            b"if" | b"while" | b"switch" | b"for" => {
                let close = self.close(at + 1);
                let head = at + 2..close;
                // Of `for (a; b; c)`, `c` is evaluated behind the first round.
                let sure = match self.word(at) {
                    b"for" => {
                        let first = self.semicolon(head.start).min(close);
                        self.evaluate(head.start..first);
                        first + 1..self.semicolon(first + 1).min(close)
                    }
                    _ => head.clone(),
                };
                self.evaluate(sure);
                let end = self.behind(at).min(self.tokens.len());
                self.perhaps(close + 1..end, head);
                self.at = end;
            }
            b"do" => {
                self.at = at + 1;
                self.statement();
                if self.word(self.at) == b"while" {
                    let close = self.close(self.at + 1);
                    self.evaluate(self.at + 2..close);
                    self.at = self.semicolon(close) + 1;
                }
            }
            b"return" => {
                let end = self.semicolon(at);
                self.evaluate(at + 1..end);
                self.ended = true;
            }
            b"goto" | b"break" | b"continue" | b"case" | b"default" | b"else" | b"}" => {
                self.ended = true;
            }
            b";" => self.at = at + 1,
            b"asm" | b"__asm__" | b"typedef" => self.at = self.semicolon(at) + 1,
            b"scoped_guard" => {
                let close = self.close(at + 1);
                let class = self.word(at + 2);
                self.guard(class);
                self.at = close + 1;
                self.statement();
            }
            b"guard" | b"CLASS" if self.word(at + 1) == b"(" => {
                let class = self.word(at + 2);
                let close = self.close(at + 1);
                if self.word(close + 1) == b"(" {
                    self.evaluate(close + 2..self.close(close + 1));
                }
                self.guard(class);
                self.at = self.semicolon(at) + 1;
            }
            _ if self.is_ident(at) && self.word(at + 1) == b":" => self.at = at + 2,
            _ if self.is_loop(at) => {
                let close = self.close(at + 1);
                let end = self.behind(at).min(self.tokens.len());
                self.perhaps(close + 1..end, at + 2..close);
                self.at = end;
            }
            _ => {
                let end = self.semicolon(at);
                self.evaluate(at..end);
                self.at = (end + 1).max(at + 1);
            }
        }
    }

    /// What the preprocessor may leave out.
    fn arm(&mut self) {
        let arms = self.arms.iter().filter(|arm| arm.contains(&self.at));
        let Some(arm) = arms.max_by_key(|arm| arm.end).cloned() else { return };
        let mut depth = 0i32;
        for at in arm.clone() {
            match self.word(at) {
                b"{" => depth += 1,
                b"}" => depth -= 1,
                _ => {}
            }
            if depth < 0 {
                break;
            }
        }
        // A statement that goes on behind the arm (`if (x)`, `else`): it cannot be told apart.
        let whole = arm.end > arm.start
            && matches!(self.word(arm.end - 1), b";" | b"}")
            && self.word(arm.end) != b"else";
        if depth != 0 || !whole {
            self.end_certainty();
            self.ended = true;
            self.varies = true;
            return;
        }
        self.perhaps(self.at..arm.end, 0..0);
        self.at = arm.end;
    }

    /// Follows an expression or a declaration, which is evaluated for sure.
    fn evaluate(&mut self, range: Range<usize>) {
        let mut sure = true;
        let mut at = range.start;
        let mut lazy = 0;
        while at < range.end {
            let word = self.word(at);
            match word {
                b"&&" | b"||" | b"?" | b"if" | b"for" | b"while" | b"switch" | b"return"
                | b"goto" => sure = false,
                _ if self.is_ident(at) => {
                    let next = self.word(at + 1);
                    let before = at.checked_sub(1).map_or(&b""[..], |at| self.word(at));
                    let member = matches!(before, b"->" | b".");
                    if next == b"(" && self.declares_pointer(at + 1) {
                        self.variables.push(self.word(at + 3));
                        at += 5;
                        continue;
                    }
                    if next == b"(" {
                        let sure = sure && at >= lazy && !self.in_arm(at);
                        // `int f(int);` declares.
                        let declares = at > range.start
                            && self.is_ident(at - 1)
                            && !matches!(before, b"return" | b"else" | b"do" | b"case");
                        if !member && !declares && !is_keyword(word) {
                            // What stands in the arguments is evaluated first.
                            let close = self.close(at + 1);
                            if is_lazy(word) {
                                lazy = lazy.max(close);
                            } else if sure {
                                self.evaluate(at + 2..close);
                                self.call(at, close, true);
                                at = close + 1;
                                continue;
                            }
                            self.call(at, close, sure);
                        } else if is_lazy(word) {
                            lazy = lazy.max(self.close(at + 1));
                        }
                    } else if next == b"=" && !member {
                        self.variables.push(word);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// `(*f)(` behind a type.
    fn declares_pointer(&self, open: usize) -> bool {
        self.word(open + 1) == b"*"
            && self.is_ident(open + 2)
            && self.word(open + 3) == b")"
            && self.word(open + 4) == b"("
    }

    /// Looks at what is done on some ways only, under `condition`.
    fn perhaps(&mut self, range: Range<usize>, condition: Range<usize>) {
        let mut leaves = false;
        let mut deciding = self.deciding(condition);
        let before = self.net.clone();
        for at in range {
            match self.word(at) {
                b"return" | b"goto" => leaves = true,
                b"if" | b"switch" | b"while" if self.word(at + 1) == b"(" => {
                    deciding |= self.deciding(at + 2..self.close(at + 1));
                }
                word if self.is_ident(at) && self.word(at + 1) == b"(" => {
                    let before = at.checked_sub(1).map_or(&b""[..], |at| self.word(at));
                    if !matches!(before, b"->" | b".") && !is_keyword(word) {
                        self.call(at, self.close(at + 1), false);
                    }
                }
                _ => {}
            }
        }
        // What is held where another way goes on does not count.
        let after = std::mem::replace(&mut self.net, before);
        let differs = |(kind, count): &(Kind, i8)| self.held(*kind) != *count;
        self.varies |= !leaves && after.iter().any(differs);
        if leaves && deciding {
            self.end_certainty();
        }
    }

    fn held(&self, kind: Kind) -> i8 {
        self.net.iter().find(|(known, _)| *known == kind).map_or(0, |(_, count)| *count)
    }

    fn count(&mut self, kind: Kind, by: i8) {
        match self.net.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count = count.saturating_add(by),
            None => self.net.push((kind, by)),
        }
    }

    fn deciding(&self, condition: Range<usize>) -> bool {
        condition.into_iter().any(|at| self.is_ident(at) && decides(self.word(at)))
    }

    fn guard(&mut self, class: &'t [u8]) {
        let guard = std::str::from_utf8(class)
            .ok()
            .and_then(|class| context().guard(class, self.version))
            .filter(|guard| !guard.conditional);
        let sleeps = guard.is_some_and(|guard| {
            guard.kinds.iter().any(|kind| {
                matches!(
                    kind,
                    Kind::Mutex | Kind::Semaphore | Kind::RwsemRead | Kind::RwsemWrite | Kind::Sock
                )
            })
        });
        if sleeps {
            self.found(Sleeper { name: class, guard: true, waits: None, seldom: false });
        }
    }

    fn found(&mut self, sleeper: Sleeper<'t>) {
        if !self.over {
            self.out.sleeper = Some(sleeper);
            self.end_certainty();
        }
    }

    /// A call with its arguments up to `close`.
    fn call(&mut self, at: usize, close: usize, sure: bool) {
        let name = self.word(at);
        let table = context();
        let sleeper = table.sleeper(name, self.version);
        let mut effects = table.effects(name, self.version).peekable();
        let mut known = sleeper.is_some();
        if known || effects.peek().is_some() {
            let (start, end) = (self.tokens[at + 1].end, self.tokens[close].start);
            let inside = self.text.get(start as usize..end as usize).unwrap_or(b"");
            let inside = String::from_utf8_lossy(inside);
            let arguments = split_arguments(&inside);
            if let Some(sleeper) = sleeper.filter(|sleeper| sure && sleeper.sleeps(&arguments)) {
                let (waits, seldom) = (sleeper.waits, sleeper.seldom);
                self.found(Sleeper { name, guard: false, waits, seldom });
            }
            for effect in effects {
                known = true;
                for kind in &effect.kinds {
                    let object = match &effect.object {
                        _ if !has_object(*kind) => String::new(),
                        Object::None => String::new(),
                        Object::Argument(at) => {
                            arguments.get(*at).map(|text| canonical(text)).unwrap_or_default()
                        }
                        Object::Named(name) => name.clone(),
                    };
                    match effect.verb {
                        Verb::Take => {
                            self.count(*kind, 1);
                            self.taken.push((*kind, object));
                        }
                        Verb::Release => {
                            self.count(*kind, -1);
                            self.release(*kind, &object);
                        }
                        Verb::Assert => {}
                    }
                }
            }
        }
        if !known {
            self.lock_by_name(name);
            let variable = self.variables.contains(&name)
                || self.parameters.iter().any(|parameter| parameter.as_bytes() == name);
            if sure && !variable {
                self.out.calls.push(name);
            }
        }
    }

    /// What was not taken here is the caller's: from there on nothing is known of what it holds.
    fn release(&mut self, kind: Kind, object: &str) {
        if !self.taken.iter().any(|(known, of)| *known == kind && *of == *object) {
            self.end_certainty();
        }
    }

    /// `foo_unlock()` releases what `foo_lock()` took.
    fn lock_by_name(&mut self, name: &[u8]) {
        let Some(at) = memchr::memmem::find(name, b"lock") else { return };
        if memchr::memmem::find(name, b"block").is_some_and(|block| block + 1 == at) {
            return;
        }
        let unlocks = at >= 2 && &name[at - 2..at] == b"un";
        if unlocks {
            if !self.locked.iter().any(|stem| *stem == name[..at - 2]) {
                self.end_certainty();
            }
        } else {
            self.locked.push(name[..at].to_vec());
        }
    }
}

/// For each bracket that opens, the one that closes it; where none does, the last token.
fn partners(text: &[u8], tokens: &[Token]) -> Vec<u32> {
    let last = tokens.len().saturating_sub(1) as u32;
    let mut partners = vec![last; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.kind == TokenKind::Punct) {
        match token.text(text) {
            b"(" | b"[" | b"{" => open.push(at),
            b")" | b"]" | b"}" => {
                if let Some(opened) = open.pop() {
                    partners[opened] = at as u32;
                }
            }
            _ => {}
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeps(body: &str) -> String {
        let text = format!("int f(struct a *a, gfp_t gfp)\n{{\n{body}\n}}\n");
        let found = of_function(text.as_bytes(), Version::LATEST);
        let words = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        match found.sleeper {
            Some(sleeper) => words(sleeper.name),
            None => {
                let calls = &found.calls[..found.certain];
                let calls: Vec<String> = calls.iter().map(|name| words(name)).collect();
                format!("({})", calls.join(" "))
            }
        }
    }

    #[test]
    fn what_stands_on_every_way() {
        assert_eq!(sleeps("mutex_lock(&a->lock);"), "mutex_lock");
        assert_eq!(sleeps("if (!a) return 0; { do { msleep(1); } while (0); }"), "msleep");
        assert_eq!(
            sleeps("if (mutex_lock_interruptible(&a->m)) return 1;"),
            "mutex_lock_interruptible"
        );
        assert_eq!(sleeps("int x = g(h(a));"), "(h g)");
        assert_eq!(sleeps("out: return kmalloc(3, GFP_KERNEL);"), "kmalloc");
        assert_eq!(sleeps("guard(mutex)(&a->lock); g();"), "mutex");
        assert_eq!(sleeps("scoped_guard(rcu) { g(); } h();"), "(g h)");
        assert_eq!(sleeps("for (i = g(); h(); k()) l(); m();"), "(g h m)");
    }

    #[test]
    fn what_stands_on_some_ways() {
        assert_eq!(sleeps("if (a) mutex_lock(&a->lock);"), "()");
        assert_eq!(sleeps("if (a) { g(); } else msleep(1);"), "()");
        assert_eq!(sleeps("list_for_each_entry(b, &a->l, n) { msleep(1); }"), "()");
        assert_eq!(sleeps("list_for_each_entry(b, &a->l, n) msleep(1); g();"), "(g)");
        assert_eq!(sleeps("a && mutex_lock(&a->lock);"), "()");
        assert_eq!(sleeps("g() ? h() : k();"), "(g)");
        assert_eq!(sleeps("switch (a->x) { case 1: msleep(1); }"), "()");
        assert_eq!(sleeps("return g(); msleep(1);"), "(g)");
        assert_eq!(sleeps("pr_debug(\"%d\", g());"), "(pr_debug)");
        assert_eq!(sleeps("\n#ifdef X\nmsleep(1);\n#endif\ng();"), "(g)");
        assert_eq!(
            sleeps("\n#ifdef X\nif (a) {\n#else\nif (b) {\n#endif\ng(); }\nmsleep(1);"),
            "()"
        );
    }

    #[test]
    fn whether_it_may_sleep_is_asked() {
        assert_eq!(
            sleeps("if (!gfpflags_allow_blocking(gfp)) return 0; msleep(1);"),
            "(gfpflags_allow_blocking)"
        );
        assert_eq!(sleeps("if (in_atomic()) goto out; msleep(1); out: return 0;"), "(in_atomic)");
        assert_eq!(sleeps("if (!dec_and_test(&a->r)) return 0; msleep(1);"), "(dec_and_test)");
        assert_eq!(sleeps("kmalloc(1, gfp);"), "()");
    }

    #[test]
    fn what_the_caller_holds_is_released() {
        assert_eq!(sleeps("spin_unlock(&a->lock); msleep(1);"), "()");
        assert_eq!(
            sleeps(
                "spin_lock(&a->lock); if (x) { spin_unlock(&a->lock); return 0; } spin_unlock(&a->lock); msleep(1);"
            ),
            "msleep"
        );
        assert_eq!(sleeps("if (x) rcu_read_unlock(); msleep(1);"), "()");
        assert_eq!(sleeps("a_unlock(a); msleep(1);"), "()");
        assert_eq!(sleeps("a_lock(a); a_unlock(a); msleep(1);"), "msleep");
    }

    #[test]
    fn what_is_held_at_the_end() {
        let net = |body: &str| {
            let text = format!("int f(struct a *a)\n{{\n{body}\n}}\n");
            let found = of_function(text.as_bytes(), Version::LATEST);
            (found.unbalanced, found.net)
        };
        let balanced = (false, 0);
        assert_eq!(net("rcu_read_lock(); g(); rcu_read_unlock();"), balanced);
        assert_eq!(
            net("rcu_read_lock(); if (x) { rcu_read_unlock(); return 0; } rcu_read_unlock();"),
            balanced
        );
        assert_eq!(net("rcu_read_lock(); if (x) goto out; out: rcu_read_unlock();"), balanced);
        assert_eq!(net("rcu_read_lock(); if (!x) rcu_read_unlock();"), (true, 1));
        assert_eq!(net("rcu_read_lock(); return 0;"), (true, 1));
        assert_eq!(net("if (!mutex_trylock(&a->m)) return 0; return 1;"), (true, 1));
        assert_eq!(net("mutex_unlock(&a->m);"), (true, -1));
        assert_eq!(net("guard(rcu)(); g();"), balanced);
    }

    #[test]
    fn variables_are_no_functions() {
        assert_eq!(sleeps("int (*g)(int) = a->g; g(1); h = a->h; h(); k();"), "(k)");
    }
}
