//! Whether a reader section can be held in a function at all, told before any flow is followed.

use rustc_hash::FxHashSet;

use crate::flow::annotations::says_held;
use crate::flow::{Flows, makes_guard};
use crate::items::ItemKind;
use crate::kernel::context::{Kind, Verb, context};
use crate::text::lexer::{TokenKind, lex_with};

impl Flows<'_, '_> {
    /// Whether a reader section may be held in an item of the file: it takes one or says that one is
    /// held, itself or through what it calls, or so do its callers, or it may be called back in one.
    /// A yes may be wrong, a no never is: contexts tell of no reader section there.
    pub fn may_read(&self, item: u32) -> bool {
        if let Some(known) = self.may_read.borrow().get(&item) {
            return *known;
        }
        let mut seen = FxHashSet::from_iter([item]);
        let mut left = vec![item];
        let mut found = false;
        while let Some(at) = left.pop().filter(|_| !found) {
            let known = self.may_read.borrow().get(&at).copied();
            found = known.unwrap_or_else(|| self.speaks_of_readers(at));
            if found || known.is_some() {
                continue;
            }
            let file = &self.unit.file;
            let Some(name) = self.function_of(&file.items.items[at as usize]) else { continue };
            let pasted = self.pasted(&name);
            found |= pasted.iter().any(|way| way.readers().next().is_some());
            for mention in file.mentions(&name).iter() {
                let item = &file.items.items[mention.item as usize];
                found |= mention.escapes && self.names_reader_callback(file.text(item));
                let calls = mention.calls && item.kind == ItemKind::Function;
                if calls && seen.insert(mention.item) {
                    left.push(mention.item);
                }
            }
        }
        let mut known = self.may_read.borrow_mut();
        match found {
            true => drop(known.insert(item, true)),
            false => known.extend(seen.into_iter().map(|item| (item, false))),
        }
        found
    }

    fn speaks_of_readers(&self, item: u32) -> bool {
        let called = self.unit.file.called(item);
        called.iter().any(|name| {
            self.speaks(name)
                || self.reaches(&self.reach.readers, name, &|called| self.speaks(called))
        })
    }

    /// Whether a call of this name may leave a reader section held, or says that one is.
    fn speaks(&self, called: &str) -> bool {
        let mut effects = context().effects(called.as_bytes(), self.version);
        let reads = |kinds: &[Kind]| kinds.iter().any(|kind| kind.is_reader());
        effects.any(|one| one.verb != Verb::Release && reads(&one.kinds))
            || makes_guard(called.as_bytes())
            || says_held(called.as_bytes())
            || self.said_by(&format!("{called}(_)")).is_some_and(|said| said.kind.is_reader())
            || self.unit.others.is_some_and(|all| !all.across().unbalanced(called).is_empty())
    }

    fn names_reader_callback(&self, text: &[u8]) -> bool {
        let mut found = false;
        lex_with(text, 0, text.len(), |token| {
            found |=
                token.kind == TokenKind::Ident && context().registers_readers(token.text(text));
        });
        found
    }
}
