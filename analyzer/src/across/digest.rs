//! What the tokens of a file say about its functions, before anything of it is parsed.

use crate::evidence::heads::{UsedHead, head_members, used_heads};
use crate::flow::reach::{takes_reader, wants_reader};
use crate::flow::straight::{self, Straight};
use crate::items::{FileItems, Item, ItemKind, function_name, scan_with};
use crate::kernel::context::{Wait, context};
use crate::kernel::version::Version;
use crate::text::directives::{Key, key};
use crate::text::lexer::{Token, TokenKind, lex, lex_fragment};
use crate::types::MacroDef;

use serde::{Deserialize, Deserializer, Serialize, de};

/// The functions of a file, and its macros that look like functions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Digest {
    pub functions: Vec<Function>,
    /// The keys of what they call on every way through, one function's after the other's.
    calls: Vec<Key>,
    /// The keys of all that the functions call, likewise.
    anywhere: Vec<Key>,
    /// The members by which something is put behind a grace period.
    pub heads: Vec<UsedHead>,
    /// The names of members that are for that.
    pub head_members: Vec<Key>,
}

/// A function, or a macro that looks like one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Function {
    pub key: Key,
    /// Index of its item.
    pub item: u32,
    /// Where its calls end among the calls.
    end: u32,
    /// Where it ends among all that is called.
    end_anywhere: u32,
    /// How many of the calls come before it is no longer certain that a call's sleep is this
    /// function's ([`Straight::certain`]).
    certain: u32,
    /// The call of the table that sleeps.
    pub sleeper: Option<Primitive>,
    /// How much more is held behind it than before, by the table.
    pub net: i8,
    pub unbalanced: bool,
    /// Only its own file sees it.
    pub own: bool,
    /// It may be a stub.
    pub empty: bool,
    /// What it does with readers.
    pub reads: Reads,
}

/// What a function does with reader sections, by the words in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Reads {
    #[default]
    Nothing,
    /// It loads for readers, and leaves the section to whoever calls.
    Wants,
    /// It takes one.
    Takes,
}

/// What sleeps by the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Primitive {
    /// The call, or the class of the guard.
    pub name: &'static str,
    pub guard: bool,
    pub waits: Option<Wait>,
    /// It waits only where no memory is left.
    pub seldom: bool,
}

/// As it is kept.
#[derive(Deserialize)]
struct KeptPrimitive {
    name: String,
    guard: bool,
    waits: Option<Wait>,
    seldom: bool,
}

impl<'de> Deserialize<'de> for Primitive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Primitive, D::Error> {
        let KeptPrimitive { name, guard, waits, seldom } = Deserialize::deserialize(deserializer)?;
        let known = if guard { context().guard_name(&name) } else { context().sleeper_name(&name) };
        let name = known.ok_or_else(|| de::Error::custom("no such name in the table"))?;
        Ok(Primitive { name, guard, waits, seldom })
    }
}

impl Reads {
    fn of(bytes: &[u8], tokens: &[Token], version: Version) -> Reads {
        let mut found = Reads::Nothing;
        for pair in tokens.windows(2).filter(|pair| pair[1].is(bytes, b"(")) {
            if pair[0].kind != TokenKind::Ident {
                continue;
            }
            let word = pair[0].text(bytes);
            if takes_reader(word, version) {
                return Reads::Takes;
            }
            if wants_reader(word, version) {
                found = Reads::Wants;
            }
        }
        found
    }
}

impl Digest {
    /// The digest of a file, and its items. What a header defines, others see.
    pub fn of_file(bytes: &[u8], header: bool, version: Version) -> (Digest, FileItems) {
        let mut digest = Digest::default();
        let mut index = 0;
        let items = scan_with(bytes, &mut |item, tokens| {
            match item.kind {
                ItemKind::Function => {
                    digest.function(bytes, item, tokens, index, header, version);
                }
                ItemKind::Define => digest.define(bytes, item, index, header, version),
                ItemKind::Declaration | ItemKind::MacroCall => {}
            }
            index += 1;
        });
        if memchr::memmem::find(bytes, b"rcu").is_some() {
            digest.heads = used_heads(bytes, version, false, &|_| false).into_iter().collect();
            digest.heads.sort_unstable();
        }
        let finders = [&b"rcu_head"[..], b"rcu_work"].map(memchr::memmem::Finder::new);
        if finders.iter().any(|finder| finder.find(bytes).is_some()) {
            let tokens = lex(bytes, 0, bytes.len());
            digest.head_members = head_members(bytes, &tokens).into_iter().collect();
            digest.head_members.sort_unstable();
        }
        digest.functions.shrink_to_fit();
        digest.calls.shrink_to_fit();
        digest.anywhere.shrink_to_fit();
        (digest, items)
    }

    fn function(
        &mut self,
        bytes: &[u8],
        item: &Item,
        tokens: &[Token],
        index: u32,
        header: bool,
        version: Version,
    ) {
        let Some(name) = function_name(bytes, tokens) else { return };
        let word = name.text(bytes);
        // `SYSCALL_DEFINE1(...) {`: the name is that of the macro.
        let head = !word.iter().any(u8::is_ascii_lowercase);
        let static_ = tokens
            .iter()
            .take_while(|token| token.start < name.start)
            .any(|token| token.is_word(bytes, b"static"));
        let text = &bytes[item.span.range()];
        let straight = if has_directive(text) {
            straight::of_function(text, version)
        } else {
            straight::of_tokens(bytes, tokens, &[], version)
        };
        if !header {
            self.called_anywhere(bytes, tokens);
        }
        self.add(word, index, &straight, head || static_ && !header);
        self.read(bytes, tokens, version);
    }

    /// Notes what a function calls on any way: words in its body before a parenthesis that are not
    /// all capitals. What of them are keywords or variables, no function has the name of.
    fn called_anywhere(&mut self, bytes: &[u8], tokens: &[Token]) {
        let start = self.anywhere.len();
        let body = tokens.iter().position(|token| token.is(bytes, b"{")).unwrap_or(tokens.len());
        for pair in tokens[body..].windows(2) {
            let word = pair[0].text(bytes);
            if pair[0].kind == TokenKind::Ident
                && pair[1].is(bytes, b"(")
                && word.iter().any(u8::is_ascii_lowercase)
            {
                self.anywhere.push(key(word));
            }
        }
        self.anywhere[start..].sort_unstable();
        let mut last = None;
        let mut kept = start;
        for at in start..self.anywhere.len() {
            let one = self.anywhere[at];
            if last.replace(one) != Some(one) {
                self.anywhere[kept] = one;
                kept += 1;
            }
        }
        self.anywhere.truncate(kept);
    }

    fn define(&mut self, bytes: &[u8], item: &Item, index: u32, header: bool, version: Version) {
        let line = &bytes[item.span.range()];
        // Nothing is called without two pairs of parentheses.
        if memchr::memchr_iter(b'(', line).nth(1).is_none() {
            return;
        }
        let Some(def) = MacroDef::read(line, 0) else { return };
        let Some(parameters) = &def.parameters else { return };
        let body = def.body.as_bytes();
        let tokens = lex_fragment(body);
        let straight = straight::of_statements(body, &tokens, parameters, version);
        self.add(def.name.as_bytes(), index, &straight, !header);
        self.read(body, &tokens, version);
    }

    /// Notes what the function that was added last does with readers.
    fn read(&mut self, bytes: &[u8], tokens: &[Token], version: Version) {
        if let Some(added) = self.functions.last_mut() {
            added.reads = Reads::of(bytes, tokens, version);
        }
    }

    fn add(&mut self, name: &[u8], item: u32, straight: &Straight<'_>, own: bool) {
        let own_key = key(name);
        // `#define f(x) f(x, 0)` is no definition of its own.
        let mut certain = 0;
        for (at, call) in straight.calls.iter().enumerate() {
            let call = key(call);
            if call != own_key {
                certain += u32::from(at < straight.certain);
                self.calls.push(call);
            }
        }
        let sleeper = straight.sleeper.and_then(|sleeper| {
            let name = std::str::from_utf8(sleeper.name).ok()?;
            let name = if sleeper.guard {
                context().guard_name(name)?
            } else {
                context().sleeper_name(name)?
            };
            Some(Primitive {
                name,
                guard: sleeper.guard,
                waits: sleeper.waits,
                seldom: sleeper.seldom,
            })
        });
        self.functions.push(Function {
            key: own_key,
            item,
            end: self.calls.len() as u32,
            end_anywhere: self.anywhere.len() as u32,
            certain,
            sleeper,
            net: straight.net,
            unbalanced: straight.unbalanced,
            own,
            empty: straight.empty,
            reads: Reads::Nothing,
        });
    }

    /// What a function calls on every way through.
    pub fn calls(&self, at: usize) -> &[Key] {
        let start = at.checked_sub(1).map_or(0, |before| self.functions[before].end);
        &self.calls[start as usize..self.functions[at].end as usize]
    }

    /// Those of them by which it may come to sleep.
    pub fn certain(&self, at: usize) -> &[Key] {
        &self.calls(at)[..self.functions[at].certain as usize]
    }

    /// What a function calls on any way; nothing for macros and what headers define.
    pub fn anywhere(&self, at: usize) -> &[Key] {
        let start = at.checked_sub(1).map_or(0, |before| self.functions[before].end_anywhere);
        &self.anywhere[start as usize..self.functions[at].end_anywhere as usize]
    }
}

/// Whether a line of a text is a preprocessor's.
fn has_directive(text: &[u8]) -> bool {
    memchr::memchr_iter(b'#', text).any(|at| {
        let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
        text[line..at].trim_ascii().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_macros() {
        let text = b"\
#define spin_it(a) do { spin_lock(&(a)->lock); } while (0)
#define EMPTY(a) a
static int one(struct a *a)
{
	two(three(a));
	return 0;
}
void two(struct a *a)
{
#ifdef X
	three(a);
#endif
	mutex_lock(&a->lock);
	four(a);
}
SYSCALL_DEFINE1(x, int, y)
{
	return one(y);
}
";
        let (digest, items) = Digest::of_file(text, false, Version::LATEST);
        let keys: Vec<Key> = digest.functions.iter().map(|function| function.key).collect();
        let names = [&b"spin_it"[..], b"one", b"two", b"SYSCALL_DEFINE1"];
        assert_eq!(keys, names.map(key));
        assert_eq!(digest.calls(1), [key(b"three"), key(b"two")]);
        assert!(digest.certain(2).is_empty());
        assert_eq!(digest.calls(2), [key(b"four")]);
        let mut anywhere = [&b"three"[..], b"mutex_lock", b"four"].map(key);
        anywhere.sort_unstable();
        assert_eq!(digest.anywhere(2), anywhere);
        assert_eq!(digest.functions[2].sleeper.map(|sleeper| sleeper.name), Some("mutex_lock"));
        let own: Vec<bool> = digest.functions.iter().map(|function| function.own).collect();
        assert_eq!(own, [true, true, false, true]);
        let net: Vec<i8> = digest.functions.iter().map(|function| function.net).collect();
        assert_eq!(net, [2, 0, 1, 0]);
        for function in &digest.functions {
            assert_eq!(items.names[function.item as usize].item, function.item);
        }
    }
}
