//! Other calls of accessors as votes for one: the nearer a call is, the more its vote counts.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use rculint_analyzer::evidence::{Nearness, Words, Wrapper, last_name};
use rculint_analyzer::facts::{Access, FileFacts, Usage};

use crate::accessor::around::{Around, Purpose, Side, constant};

/// How much a vote counts by where the call stands. Found by trying on two kernels, where they
/// matter little within a factor of two.
mod weight {
    /// The same function, the same declaration.
    pub const FUNCTION_SAME: f64 = 10.0;
    /// The same function.
    pub const FUNCTION: f64 = 8.0;
    /// The same file, the same declaration.
    pub const FILE_SAME: f64 = 1.2;
    /// The same file.
    pub const FILE: f64 = 0.8;
    /// A neighbour, a member of the same name.
    pub const FOLDER_SAME: f64 = 0.3;
    /// A neighbour.
    pub const FOLDER: f64 = 0.2;
    /// How much of the same declaration is left where a member has but the same name.
    pub const BY_NAME: f64 = 0.2;
    /// What a function counts that has nothing in common with this one, and what likeness adds.
    pub const UNLIKE: f64 = 0.15;
    pub const LIKE: f64 = 40.0;
}

/// So many votes are heard for the accesses of a file; generated code can have more of both than
/// anyone would wait for. Files that people write need a hundredth of it.
const MOST_VOTES: usize = 1 << 24;

/// A call of an accessor, seen from an access.
pub(crate) struct Vote<'a> {
    pub name: &'a str,
    pub accessor: &'a Wrapper,
    pub arguments: &'a [String],
    pub purpose: Purpose,
    /// It is applied to the same declaration, or a member of the same name.
    pub same: bool,
    /// How sure that is: a neighbour's member is known by its name alone.
    pub certain: f64,
    /// Its value is only tested. Not known of a neighbour's.
    pub test: bool,
    /// The variables among its arguments, where they are known.
    pub locals: Option<&'a [(String, String)]>,
    pub weight: f64,
}

/// What is counted together: an accessor's name; constant conditions apart from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Party<'a> {
    pub name: &'a str,
    pub constant: bool,
}

/// What the file and its neighbours say.
pub(crate) struct Witnesses<'a> {
    facts: &'a FileFacts,
    nearness: OnceCell<Nearness>,
    /// How many votes there can be for one access.
    each: usize,
    /// How many are still heard.
    left: Cell<usize>,
}

impl<'a> Witnesses<'a> {
    /// For the accesses of a file.
    pub fn new(facts: &'a FileFacts) -> Witnesses<'a> {
        let evidence = &facts.evidence;
        let others = evidence.neighbours.iter().flat_map(|file| &file.functions);
        let others: usize = others.map(|function| function.calls.len()).sum();
        let each = evidence.calls.len() + others + facts.accesses.len();
        Witnesses { facts, nearness: OnceCell::new(), each, left: Cell::new(MOST_VOTES) }
    }

    /// What is said in the function of an access.
    pub fn words(&self, access: &Access) -> Option<&'a Words> {
        self.facts.evidence.functions.get(access.function.as_deref()?)
    }

    /// What the other loads say about an access, or the other stores. Accessors that check nothing
    /// have no vote.
    pub fn votes(&self, access: &Access) -> Vec<Vote<'a>> {
        self.left.set(self.left.get().saturating_sub(self.each));
        if self.exhausted() {
            return Vec::new();
        }
        let stores = matches!(access.usage, Usage::Store(_));
        let wanted = |purpose: &Purpose| (purpose.side() == Side::Publisher) == stores;
        let evidence = &self.facts.evidence;
        let around = Around::access(access);
        let near = self.near(access);
        let member = last_name(&access.expression);
        let mut votes = Vec::new();
        for call in &evidence.calls {
            let Some(accessor) = evidence.accessors.get(&call.name) else { continue };
            let purpose = Purpose::of(accessor, &call.arguments).filter(wanted);
            let Some(purpose) = purpose else { continue };
            let same = call.declaration.as_deref() == Some(access.declaration.name.as_str());
            let here = call.function.is_some() && call.function == access.function;
            let (own, other) = if same {
                (weight::FUNCTION_SAME, weight::FILE_SAME)
            } else {
                (weight::FUNCTION, weight::FILE)
            };
            let words = call.function.as_ref().and_then(|name| evidence.functions.get(name));
            let pointer = call.arguments.get(accessor.pointer).map_or("", String::as_str);
            let there = Around::call(call, pointer);
            let weight = if here { own } else { other * near(words) };
            votes.push(Vote {
                name: &call.name,
                accessor,
                arguments: &call.arguments,
                purpose,
                same,
                certain: 1.0,
                test: call.usage == Some(Usage::Test),
                locals: Some(&call.locals),
                weight: weight * around.likeness(&there),
            });
        }
        for function in evidence.neighbours.iter().flat_map(|file| &file.functions) {
            let nearness = near(Some(&function.words));
            for call in &function.calls {
                let Some(accessor) = evidence.accessors.get(&call.name) else { continue };
                let purpose = Purpose::of(accessor, &call.arguments).filter(wanted);
                let Some(purpose) = purpose else { continue };
                let Some(pointer) = call.arguments.get(accessor.pointer) else { continue };
                if call.arguments.len() != accessor.arguments() {
                    continue;
                }
                let same = last_name(pointer) == member;
                let place = if same { weight::FOLDER_SAME } else { weight::FOLDER };
                votes.push(Vote {
                    name: &call.name,
                    accessor,
                    arguments: &call.arguments,
                    purpose,
                    same,
                    certain: weight::BY_NAME,
                    test: false,
                    locals: None,
                    weight: place * nearness,
                });
            }
        }
        votes
    }

    /// Whether no more votes are heard.
    pub fn exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// How much what is said in a function makes it count.
    fn near(&self, access: &Access) -> impl Fn(Option<&Words>) -> f64 + '_ {
        let own = self.words(access);
        move |words| {
            let likeness =
                own.zip(words).map_or(0.0, |(own, words)| self.nearness().of(own, words));
            weight::UNLIKE + weight::LIKE * likeness * likeness
        }
    }

    fn nearness(&self) -> &Nearness {
        self.nearness.get_or_init(|| {
            let evidence = &self.facts.evidence;
            let others = evidence.neighbours.iter().flat_map(|file| &file.functions);
            let own = evidence.functions.values();
            Nearness::among(own.chain(others.map(|function| &function.words)))
        })
    }
}

impl<'a> Vote<'a> {
    /// Which party it is for.
    pub fn party(&self) -> Party<'a> {
        let takes = |at: usize| at != self.accessor.pointer;
        let mut others = (0..self.arguments.len()).filter(|at| takes(*at));
        let constant = others.any(|at| constant(&self.arguments[at]));
        Party { name: self.name, constant }
    }

    /// The pointer that the call is applied to.
    pub fn pointer(&self) -> &'a str {
        &self.arguments[self.accessor.pointer]
    }
}

/// The votes by party.
pub(crate) fn parties<'v, 'a>(
    votes: impl Iterator<Item = &'v Vote<'a>>,
) -> BTreeMap<Party<'a>, Vec<&'v Vote<'a>>> {
    let mut parties: BTreeMap<Party<'a>, Vec<&Vote<'a>>> = BTreeMap::new();
    for vote in votes {
        parties.entry(vote.party()).or_default().push(vote);
    }
    parties
}
