//! The accessors that an access may use, and how much speaks for each: what is held, the votes of
//! other calls, what becomes of the value, and last what words say.

use rculint_analyzer::evidence::{Wrapper, last_name};
use rculint_analyzer::facts::{Access, Fate, Flavour, Usage};

use crate::accessor::arguments::{Scope, mentions, rewritten};
use crate::accessor::around::{Around, HEARSAY, Lock, Purpose, Side};
use crate::accessor::roles::Leaning;
use crate::accessor::said::Said;
use crate::accessor::votes::{Party, Vote, parties};
use crate::accessor::{Chooser, SAME};

/// What speaks for an accessor.
pub(super) struct Candidate {
    pub name: String,
    pub purpose: Purpose,
    pub arguments: Vec<Option<String>>,
    /// How well it fits what is held.
    pub fit: f64,
    /// How many speak for it, on whatever declaration and on the same one.
    pub any: f64,
    pub same: f64,
    /// It asks for a lock that is held.
    pub asked: bool,
    /// It demands RTNL.
    pub rtnl: bool,
    /// The judgement.
    pub score: f64,
}

impl Candidate {
    /// The votes for it, those for the same declaration counting more.
    fn votes(&self) -> f64 {
        self.any + (SAME - 1.0) * self.same
    }
}

/// What is held counts as much as this.
const HELD: f64 = 6.0;
/// `rcu_dereference()` needs nothing to speak for it.
const READER: f64 = 0.15;
/// What is known of a function by its name alone, or by a comment, weighs little by itself.
const SAID: f64 = 0.3;
/// That the value is released makes it likely that nobody else can reach it: then the kernel prefers
/// `rcu_dereference_protected()` (include/linux/rcupdate.h: `rcu_access_pointer()`).
const UNSHARED: f64 = 0.3;
/// And `rcu_access_pointer()` this much where the value is only handed on.
const ONLOOKER: f64 = 1.5;
/// By how much what fits is favoured, and what does not is held back.
const FITS: f64 = 3.0;
const CONTRADICTS: f64 = 0.25;
/// How much the words of a function count, and how much if something is known to be held.
const WORDS: f64 = 0.5;
const WORDS_HELD: f64 = 0.15;
/// By how much the reader's side is held back in a function that stores to the pointer.
const STORES: f64 = 0.5;
/// And by how much the other sides are in a function whose name has `rcu` in it, or ends in `rtnl`,
/// `locked` or `protected`.
pub(super) const NAMED: f64 = 0.3;
/// How much a comment that tells of readers, or of RTNL, counts.
pub(super) const REMARK: f64 = 4.0;
/// How much the fate of the value counts.
const RELEASED: f64 = 2.0;
const LOOKED_AT: f64 = 4.0;
const LOOKED_AT_HELD: f64 = 1.2;
/// How much it counts that the object is freed.
const DYING: f64 = 6.0;
/// And that softirqs are off.
const SOFTIRQ: f64 = 1.7;

impl Chooser<'_> {
    /// Every accessor that something speaks for, `rcu_dereference()` among them.
    pub(super) fn candidates(&self, access: &Access, votes: &[Vote<'_>]) -> Vec<Candidate> {
        let leaning = self.witnesses.words(access).map(Leaning::of).unwrap_or_default();
        let around = Around::access(access);
        let mut candidates: Vec<Candidate> = Vec::new();
        // Where nothing but a test is made of the value, everyone may look at it.
        let loads = votes.iter().filter(|vote| vote.purpose != Purpose::Look || !vote.test);
        for (party, votes) in &parties(loads) {
            let Some(first) = votes.first() else { continue };
            let near = |vote: &&Vote<'_>| vote.same && vote.locals.is_some();
            if first.purpose == Purpose::Look
                && access.fate == Fate::Followed
                && !votes.iter().any(near)
            {
                continue;
            }
            let Some(arguments) = self.arguments(access, &around, *party, votes) else { continue };
            candidates.push(Candidate {
                name: party.name.to_owned(),
                purpose: first.purpose,
                asked: around.asked(first.accessor, &arguments),
                arguments,
                fit: around.fit(first.accessor, first.purpose),
                any: votes.iter().map(|vote| vote.weight).sum(),
                same: votes
                    .iter()
                    .filter(|vote| vote.same)
                    .map(|vote| vote.weight * vote.certain)
                    .sum(),
                rtnl: first.accessor.condition.as_ref().is_some_and(|text| text.contains("rtnl")),
                score: 0.0,
            });
        }
        let mut called_for = around.accessor();
        if called_for.as_ref().is_some_and(|(name, ..)| *name == "rcu_dereference_protected") {
            // That lock may be asked for by another name.
            let others = candidates.iter_mut().filter(|one| one.asked);
            // Who holds it needs no accessor for both sides, unless that one names the lock as well.
            let others = others.filter(|one| {
                one.purpose == Purpose::Update || one.same > 0.0 && around.named(&one.arguments)
            });
            let most = others.max_by(|one, other| one.votes().total_cmp(&other.votes()));
            if let Some(most) = most.filter(|one| one.name != "rcu_dereference_protected") {
                most.any += if around.hearsay { HELD * 0.3 } else { HELD };
                most.fit = if around.hearsay { HEARSAY } else { 1.0 };
                called_for = None;
            }
        }
        // What needs no witness.
        let mut add = |name: &str, purpose: Purpose, condition: Option<String>, weight: f64| {
            let known = candidates
                .iter_mut()
                .find(|one| one.name == name && one.purpose.side() == purpose.side());
            if let Some(known) = known {
                known.any += weight;
                return;
            }
            candidates.push(Candidate {
                name: name.to_owned(),
                purpose,
                arguments: std::iter::once(None).chain(condition.map(Some)).collect(),
                fit: around.fit_of(name, purpose),
                any: weight,
                same: 0.0,
                asked: false,
                rtnl: name == "rtnl_dereference",
                score: 0.0,
            });
        };
        if let Some((name, purpose, condition)) = called_for {
            add(name, purpose, condition, if around.hearsay { HELD * 0.3 } else { HELD });
        }
        add("rcu_dereference", Purpose::Read(Flavour::Rcu), None, READER);
        let said = Said::of(access, self.witnesses.words(access));
        if around.softirq {
            add("rcu_dereference_bh", Purpose::Read(Flavour::Bh), None, READER);
        }
        if said.rtnl || said.ends_in == Some("rtnl") {
            add("rtnl_dereference", Purpose::Update, None, SAID);
        }
        if access.fate == Fate::Released || access.dying {
            let word = self.constant(votes);
            add("rcu_dereference_protected", Purpose::Unshared, Some(word.to_owned()), UNSHARED);
        }
        if access.fate != Fate::Followed {
            let alone = leaning.behind(Purpose::Look) == 0.0;
            let weight = match access.fate {
                Fate::Released => UNSHARED,
                _ if alone => ONLOOKER,
                _ => READER,
            };
            add("rcu_access_pointer", Purpose::Look, None, weight);
        }
        judge(&around, leaning, &mut candidates);
        let stores = self.stores(access);
        for one in &mut candidates {
            one.score *= said.behind(one, &around) * fate(access, one, &around);
            // Who puts nothing in its place is no updater.
            if access.fate == Fate::Released && around.unknown() && !stores {
                one.score *= if one.purpose == Purpose::Update { CONTRADICTS } else { 1.0 };
            }
            if stores && !around.reading && one.purpose.side() == Side::Reader {
                one.score *= STORES;
            }
        }
        candidates
    }

    /// The arguments of the nearest call whose arguments mean something at the access.
    fn arguments(
        &self,
        access: &Access,
        around: &Around,
        party: Party<'_>,
        votes: &[&Vote<'_>],
    ) -> Option<Vec<Option<String>>> {
        let mut choices: Vec<(f64, Vec<Option<String>>)> = Vec::new();
        for vote in votes {
            let Some(arguments) = self.rewritten(access, vote) else { continue };
            match choices.iter_mut().find(|(_, known)| *known == arguments) {
                Some((weight, _)) => *weight += vote.weight,
                None => choices.push((vote.weight, arguments)),
            }
        }
        // The lock that is held, in the words that are used for it.
        let accessor = votes.first()?.accessor;
        let asked = |arguments: &[Option<String>]| around.asked(accessor, arguments);
        if choices.iter().any(|(_, arguments)| asked(arguments)) {
            choices.retain(|(_, arguments)| asked(arguments));
        } else if let Some(arguments) = by_lock(around, accessor, votes) {
            return Some(arguments);
        } else if let ("rcu_dereference_protected", false, Some(lock)) =
            (party.name, party.constant, around.locks.first())
        {
            return Some(vec![None, Some(lock.condition.clone())]);
        }
        best(choices)
    }

    pub(super) fn rewritten(
        &self,
        access: &Access,
        vote: &Vote<'_>,
    ) -> Option<Vec<Option<String>>> {
        let scope = Scope {
            variables: &access.scope,
            globals: vote.locals.is_none().then_some(&self.facts.evidence.globals),
            theirs: vote.locals,
        };
        let same_member = vote.same;
        let each = vote.arguments.iter().enumerate().map(|(at, argument)| {
            if at == vote.accessor.pointer {
                return Some(None);
            }
            let ours = access.expression.as_str();
            let text = rewritten(argument, vote.pointer(), ours, same_member, &scope)?;
            // A proof must not hang on what it is to prove.
            (!mentions(&text, ours)).then_some(Some(text))
        });
        each.collect()
    }

    /// Whether the function of an access stores to the same declaration.
    fn stores(&self, access: &Access) -> bool {
        let name = &access.declaration.name;
        let stores = |usage: &Usage| matches!(usage, Usage::Store(_) | Usage::NullStore(_));
        access.function.is_some()
            && !self.witnesses.exhausted()
            && (self.facts.evidence.calls.iter().any(|call| {
                call.function == access.function
                    && call.declaration.as_ref() == Some(name)
                    && matches!(
                        call.name.as_str(),
                        "rcu_assign_pointer" | "RCU_INIT_POINTER" | "rcu_replace_pointer"
                    )
            }) || self.facts.accesses.iter().any(|other| {
                other.function == access.function
                    && other.declaration.name == *name
                    && stores(&other.usage)
            }))
    }
}

/// The arguments with which an accessor asks for a lock that is held, where they name the same kind
/// of object as in other calls.
fn by_lock(
    around: &Around,
    accessor: &Wrapper,
    votes: &[&Vote<'_>],
) -> Option<Vec<Option<String>>> {
    let ask = |lock: &Lock| accessor.argument_that_asks(&lock.condition);
    let found = around.locks.iter().chain(&around.others).find_map(ask)?;
    let others = || (0..accessor.arguments()).filter(|at| *at != accessor.pointer);
    let alike = |vote: &&Vote<'_>| {
        let given = others().filter_map(|at| vote.arguments.get(at));
        given.map(|text| last_name(text)).any(|name| name == last_name(&found))
    };
    votes.iter().any(alike).then(|| {
        let mut arguments = vec![None; accessor.arguments()];
        others().for_each(|at| arguments[at] = Some(found.clone()));
        arguments
    })
}

/// Which side the access is on is told by all votes; by which name that side goes, by those for
/// the same declaration, since it is the declaration that has a lock.
fn judge(around: &Around, leaning: Leaning, candidates: &mut [Candidate]) {
    let words = if around.unknown() { WORDS } else { WORDS_HELD };
    let sides: Vec<(f64, f64)> = candidates
        .iter()
        .map(|one| {
            let side = candidates.iter().filter(|o| o.purpose.side() == one.purpose.side());
            side.fold((0.0, 0.0), |(any, all), o| (any + o.any, all + o.votes()))
        })
        .collect();
    for (one, (any, all)) in candidates.iter_mut().zip(sides) {
        let fit = match one.fit {
            fit if fit > 0.0 => 1.0 + (FITS - 1.0) * fit,
            fit => CONTRADICTS.powf(-fit),
        };
        let words = (words * leaning.behind(one.purpose)).exp();
        one.score = any * (one.votes() / all) * fit * words;
    }
}

fn best(choices: Vec<(f64, Vec<Option<String>>)>) -> Option<Vec<Option<String>>> {
    let mut best: Option<(f64, Vec<Option<String>>)> = None;
    for (weight, arguments) in choices {
        if best.as_ref().is_none_or(|(known, _)| weight > *known) {
            best = Some((weight, arguments));
        }
    }
    best.map(|(_, arguments)| arguments)
}

/// How much what becomes of the value, and of the object, speaks for an accessor.
fn fate(access: &Access, one: &Candidate, around: &Around) -> f64 {
    let alone = around.unknown();
    let mut fits = 1.0;
    match (access.fate, one.purpose.side()) {
        (Fate::Released, Side::Owner | Side::Onlooker) if alone => fits *= RELEASED,
        (Fate::Released, Side::Reader) if alone => fits /= RELEASED,
        (Fate::LookedAt, Side::Onlooker) if alone => fits *= LOOKED_AT,
        (Fate::LookedAt, Side::Onlooker) => fits *= LOOKED_AT_HELD,
        _ => {}
    }
    if access.dying && alone {
        match one.purpose.side() {
            Side::Owner => fits *= DYING,
            Side::Onlooker => fits *= RELEASED,
            _ => {}
        }
    }
    if around.softirq {
        match one.purpose {
            Purpose::Read(Flavour::Bh) => fits *= SOFTIRQ,
            Purpose::Update => fits *= CONTRADICTS,
            _ => {}
        }
    }
    fits
}
