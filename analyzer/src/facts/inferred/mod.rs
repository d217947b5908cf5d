//! Pointers that nobody annotated, and what code does with them that may show that readers follow
//! them: loads in reader sections, stores to objects that others can see ([`uses`]), and what stands
//! between a store and the end of what was there ([`grace`]). Whether that is enough is for a rule
//! to judge.

pub(super) mod grace;
mod purpose;
pub(super) mod uses;

use std::rc::Rc;

use rustc_hash::FxHashSet;

use serde::{Deserialize, Serialize};

use crate::text::lexer::{TokenKind, lex_with};

use crate::facts::{Context, Declaration, Insertion};
use crate::kernel::{Operand, api};

/// What a file does with pointers that nobody annotated.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct InferredFacts {
    /// By position.
    pub uses: Vec<PointerUse>,
    /// What is freed after a grace period: by its type.
    pub deferred: Vec<Deferred>,
    /// Structures of which functions have one of their own and hand it on: what they hold is
    /// private.
    pub own: Vec<Pointee>,
}

impl InferredFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        !self.uses.is_empty() || !self.deferred.is_empty() || !self.own.is_empty()
    }

    /// Adds those of another function or file.
    pub fn append(&mut self, other: &mut InferredFacts) {
        self.uses.append(&mut other.uses);
        self.deferred.append(&mut other.deferred);
        self.own.append(&mut other.own);
    }

    /// The members that may turn out to be RCU pointers, by their names: those that are changed as
    /// such, whose loads matter wherever they are, and those that readers follow, whose changes do.
    pub(super) fn doubtful(&self) -> Doubtful {
        let mut found = Doubtful::default();
        for one in &self.uses {
            let declared = one.pointer.declarations.first();
            let Some((_, member)) = declared.and_then(|(at, _)| at.name.split_once('.')) else {
                continue;
            };
            match &one.what {
                PointerUseKind::Store(store) => {
                    let grace = store.grace.as_ref();
                    if grace.is_some_and(|grace| grace.how > GraceKind::Waits) {
                        Rc::make_mut(&mut found.changed).insert(member.as_bytes().into());
                    }
                }
                PointerUseKind::Load(_) => {
                    found.loaded.insert(member.as_bytes().into());
                }
                PointerUseKind::Accessed => {}
            }
        }
        found
    }

    /// Sorts them, and leaves out what several readings of one item say.
    pub(super) fn settle(&mut self) {
        let place = |at: &Declaration| (at.path.clone(), at.span);
        self.uses.sort_by_cached_key(|one| (place(&one.place), one.strength()));
        self.uses.dedup_by(|a, b| a.place == b.place && a.pointer == b.pointer);
        self.deferred.sort_by_cached_key(|one| (one.what.clone(), place(&one.place)));
        self.deferred.dedup_by(|a, b| a.place == b.place && a.what == b.what);
        self.own.sort();
        self.own.dedup();
    }
}

/// Names of members.
pub(super) type Members = FxHashSet<Box<[u8]>>;

/// Members of which more is to be known.
#[derive(Default)]
pub(super) struct Doubtful {
    /// Those that are changed as RCU pointers are.
    pub changed: Rc<Members>,
    /// Those that readers load.
    pub loaded: Members,
}

impl Doubtful {
    /// Whether there are any.
    pub fn any(&self) -> bool {
        !self.changed.is_empty() || !self.loaded.is_empty()
    }

    /// Whether a text stores to a member that readers load: `x->member =`, `x->member[i] =`,
    /// `WRITE_ONCE(x->member, ...)`, `xchg(&x->member, ...)`.
    pub fn are_stored(&self, text: &[u8]) -> bool {
        if self.loaded.is_empty() {
            return false;
        }
        let (mut member, mut named, mut depth, mut found) = (false, false, 0usize, false);
        let mut stores = false;
        lex_with(text, 0, text.len(), |token| {
            let word = token.text(text);
            match word {
                b"[" if named => depth += 1,
                b"]" if depth > 0 => depth -= 1,
                _ if depth > 0 => {}
                _ => {
                    found |= named && (word == b"=" || stores && word == b",");
                    if token.kind == TokenKind::Ident {
                        let operation = api().operations.get(word);
                        stores |= operation.is_some_and(|one| {
                            one.usage == Operand::MarkedStore || !one.stores.is_empty()
                        });
                    }
                    stores &= word != b";";
                    named = member && token.kind == TokenKind::Ident && self.loaded.contains(word);
                    member = matches!(word, b"->" | b".");
                }
            }
        });
        found
    }
}

/// A pointer in shared storage whose declaration lacks `__rcu`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The declarations, the one that most files see first, with the place where `__rcu ` would go.
    pub declarations: Vec<(Declaration, Option<Insertion>)>,
    /// Whether the first of them lies in a preprocessor arm, and under which condition.
    pub under: Option<String>,
    /// The pointer is what is declared, not something that it leads to (`*slot`, `table[i]`).
    pub direct: bool,
    /// The type with the annotation.
    pub annotated: String,
    /// What it points to: the tag and the file that defines it.
    pub pointee: Option<Pointee>,
}

/// A structure: its tag, and the file that defines it.
pub type Pointee = (String, String);

/// One use of such a pointer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PointerUse {
    /// The pointer.
    pub pointer: Pointer,
    /// The function it stands in.
    pub function: Option<String>,
    /// Where it stands; its name is the text.
    pub place: Declaration,
    /// What is done.
    pub what: PointerUseKind,
    /// In what context.
    pub context: Context,
}

impl PointerUse {
    /// Of several readings of one use, the one that tells most comes first.
    fn strength(&self) -> u8 {
        match &self.what {
            PointerUseKind::Accessed => 0,
            PointerUseKind::Store(store) => 1 + u8::from(store.grace.is_none()),
            PointerUseKind::Load(_) => 3,
        }
    }
}

/// What is done with a pointer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PointerUseKind {
    /// Loaded, and not only looked at.
    Load(PointerLoad),
    /// Changed where readers may see it.
    Store(PointerStore),
    /// An accessor is applied to it.
    Accessed,
}

/// A load, in a reader section or, of what is changed as RCU pointers are, anywhere.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PointerLoad {
    /// The function itself follows it; otherwise it is handed on.
    pub followed: bool,
    /// The function asks whether it is NULL.
    pub tested: bool,
    /// The function takes the section, and nothing else in it is known to want one.
    pub alone: bool,
}

/// A change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PointerStore {
    /// NULL is written.
    pub null: bool,
    /// `WRITE_ONCE()`, `smp_store_release()`.
    pub marked: bool,
    /// `xchg()` and its like.
    pub exchanged: bool,
    /// What keeps for readers what was there before.
    pub grace: Option<Grace>,
    /// What was there is freed at once.
    pub freed: bool,
}

/// What stands between a change and the end of what was there before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grace {
    /// The call that waits or defers; its name is that of what is called.
    pub place: Declaration,
    /// How it keeps what was there.
    pub how: GraceKind,
    /// Its end, seen here, waits for readers who can have found it nowhere else, so far as is known: it
    /// was in no list, and no other pointer was changed before.
    pub only: bool,
}

/// How something is kept for readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GraceKind {
    /// Readers are waited for, for whatever reason.
    Waits,
    /// A reference to it is dropped, and it is freed after a grace period when the last one goes.
    Dropped,
    /// Readers are waited for at once, and nothing else was hidden from them before.
    WaitsNext,
    /// Readers are waited for, and something is done with it behind that.
    WaitsFor,
    /// It is freed after a grace period.
    Defers,
}

/// Something that is freed after a grace period.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deferred {
    /// Its type.
    pub what: Pointee,
    /// The call that defers it, or frees it behind one that waits; its name is that of what is
    /// called.
    pub place: Declaration,
    /// It is freed at once, behind a call that waits for readers.
    pub waited: bool,
}
