//! Which accessor an access should use: from what is known to protect it, and from how the code
//! around it uses accessors.
//!
//! What is held decides between the sides of the protocol (reader, updater, nobody else); other
//! calls tell by which name that side goes here (`rtnl_dereference()`, a driver's own wrapper) and
//! what it names as its proof. Where nothing is known to be held, the other calls decide alone, the
//! nearer the more. The words of the function come last.

mod arguments;
mod around;
mod candidates;
mod roles;
mod said;
mod votes;

use rculint_analyzer::facts::{Access, FileFacts, Storage};

use crate::accessor::around::{Around, Purpose};
use crate::accessor::candidates::Candidate;
use crate::accessor::votes::{Vote, Witnesses};
use crate::diagnostic::Applicability;

/// The accessor for a load, and how sure the choice is.
pub(crate) struct Choice {
    /// The accessor's name.
    pub name: String,
    /// Its arguments; where the pointer goes, `None`.
    arguments: Vec<Option<String>>,
    /// The advice, to follow "; ".
    pub advice: String,
    /// How sure.
    pub applicability: Applicability,
    /// Nothing speaks for this accessor rather than another.
    pub guess: bool,
}

impl Choice {
    /// The call that loads `pointer`.
    pub fn call(&self, pointer: &str) -> String {
        let arguments = self.arguments.iter().map(|other| other.as_deref().unwrap_or(pointer));
        format!("{}({})", self.name, arguments.collect::<Vec<_>>().join(", "))
    }
}

/// `rcu_assign_pointer()` is always right; storing the address of a constant object speaks against it.
const PUBLISHER: f64 = 0.8;
const CONSTANT: f64 = 6.0;
/// It is the more right the less is known of the value.
const SHARED_PUBLISHER: f64 = 2.0;
/// How much more a vote for the same declaration counts among those of one side.
const SAME: f64 = 8.0;
/// The share of all that speaks for any accessor from which on a choice is clear.
const CLEAR: f64 = 0.7;

/// Chooses accessors for the accesses of a file.
pub(crate) struct Chooser<'a> {
    witnesses: Witnesses<'a>,
    facts: &'a FileFacts,
}

impl<'a> Chooser<'a> {
    /// For a file.
    pub fn new(facts: &'a FileFacts) -> Chooser<'a> {
        Chooser { witnesses: Witnesses::new(facts), facts }
    }

    /// The accessor for loading the value of this lvalue.
    pub fn load(&self, access: &Access) -> Choice {
        let votes = self.witnesses.votes(access);
        if unpublished(access) {
            return self.unshared(&votes);
        }
        let mut candidates = self.candidates(access, &votes);
        let total: f64 = candidates.iter().map(|one| one.score).sum();
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = candidates.swap_remove(0);
        let around = Around::access(access);
        let held = best.fit > 0.5;
        let clear = best.score >= CLEAR * total && best.same > 0.0;
        let guess = !held && !clear && around.unknown();
        let advice = advice(&best, held, guess);
        Choice {
            name: best.name,
            arguments: best.arguments,
            advice,
            // By convention an owner needs no accessor. For all others even a guess makes the load
            // whole, and lets lockdep say what is wrong about it.
            applicability: match access.owner {
                Some(_) => Applicability::DisplayOnly,
                None => Applicability::Unsafe,
            },
            guess,
        }
    }

    /// The accessor for testing the value of this lvalue, where it is not `rcu_access_pointer()`: a
    /// lock is held, and who holds it says so here even where nothing is followed.
    pub fn test(&self, access: &Access) -> Option<Choice> {
        let around = Around::access(access);
        if around.reading {
            return None;
        }
        // What only the callers hold has to be demanded of the same pointer.
        let told = around.hearsay || around.told;
        let votes = self.witnesses.votes(access);
        let (mut demanded, mut looked) = (0.0, 0.0);
        let mut best = None;
        let near = |vote: &&Vote<'_>| vote.locals.is_some() || vote.same;
        for vote in votes.iter().filter(near) {
            if vote.purpose == Purpose::Look && (!vote.test || vote.same) {
                looked += vote.weight;
            } else if told && !(vote.same && vote.test) {
                continue;
            } else if let Some(arguments) = self.demanded(access, &around, vote) {
                demanded += vote.weight;
                best = best.or(Some((vote.name, arguments)));
            }
        }
        let (name, arguments) = best.filter(|_| demanded > looked)?;
        Some(Choice {
            name: name.to_owned(),
            arguments,
            advice: String::new(),
            applicability: Applicability::Unsafe,
            guess: false,
        })
    }

    /// The arguments of a call that demands what is held, as they have to be for an access.
    fn demanded(
        &self,
        access: &Access,
        around: &Around,
        vote: &Vote<'_>,
    ) -> Option<Vec<Option<String>>> {
        if vote.purpose != Purpose::Update {
            return None;
        }
        let rtnl = vote.accessor.condition.as_ref().is_some_and(|text| text.contains("rtnl"));
        if around.rtnl && rtnl && vote.accessor.arguments() == 1 {
            return Some(vec![None]);
        }
        let arguments = self.rewritten(access, vote)?;
        let said = vote.test && around.asked(vote.accessor, &arguments);
        said.then_some(arguments)
    }

    /// Whether a store of this value needs no order: the object is still private, or what it points
    /// to has been as it is since the kernel was built, and the code around it says so as well.
    pub fn initialises(&self, access: &Access, value: &str, source: &str) -> bool {
        let votes = self.witnesses.votes(access);
        let sum = |purpose: Purpose| -> (f64, f64) {
            let party = votes.iter().filter(|vote| vote.purpose == purpose);
            party.fold((0.0, 0.0), |(all, same), vote| {
                (all + vote.weight, same + if vote.same { vote.weight } else { 0.0 })
            })
        };
        let ((publish, published), (initialise, same)) =
            (sum(Purpose::Publish), sum(Purpose::Initialise));
        let publish = publish + (SAME - 1.0) * published;
        let mut initialise = initialise + (SAME - 1.0) * same;
        let constant = is_constant_object(access, value, source);
        if constant {
            initialise += CONSTANT;
        }
        let may = constant || unpublished(access) || same > 0.0;
        let own = constant || unpublished(access);
        may && initialise > publish + if own { PUBLISHER } else { SHARED_PUBLISHER }
    }

    /// How the file spells a condition that always holds.
    fn constant(&self, votes: &[Vote<'_>]) -> &'static str {
        let spelt = |word: &str| {
            let said = votes.iter().filter(|vote| vote.locals.is_some() && vote.party().constant);
            said.filter(|vote| vote.arguments.iter().any(|argument| argument == word)).count()
        };
        if spelt("1") > spelt("true") { "1" } else { "true" }
    }

    fn unshared(&self, votes: &[Vote<'_>]) -> Choice {
        let word = self.constant(votes);
        Choice {
            name: "rcu_dereference_protected".to_owned(),
            arguments: vec![None, Some(word.to_owned())],
            advice: format!("rcu_dereference_protected(..., {word}) says so"),
            applicability: Applicability::Unsafe,
            guess: false,
        }
    }
}

/// Longer sources are not searched for what sets a member: rcu_assign_pointer() is right as well.
const MOST_SEARCHED: usize = 1 << 20;

/// Whether a value is the address of an object outside functions whose members nobody sets.
fn is_constant_object(access: &Access, value: &str, source: &str) -> bool {
    let Some(name) = value.trim().strip_prefix('&') else { return false };
    let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let local = access.scope.iter().any(|(known, _)| known == name);
    let set = |at: usize| {
        let before = source[..at].ends_with(word);
        !before && source[at + name.len()..].trim_start().starts_with(['.', '['])
    };
    !name.is_empty()
        && source.len() <= MOST_SEARCHED
        && name.chars().all(word)
        && !local
        && !source.match_indices(name).any(|(at, _)| set(at))
}

fn advice(best: &Candidate, held: bool, guess: bool) -> String {
    let name = &best.name;
    if guess && name == "rcu_dereference" {
        return "use rcu_dereference() in a reader section, or \
                rcu_dereference_protected() under the lock that updaters hold"
            .to_owned();
    }
    let proof: Vec<&str> = best.arguments.iter().flatten().map(String::as_str).collect();
    let with = if proof.is_empty() { String::new() } else { format!(" with {}", proof.join(", ")) };
    if held {
        return format!("use {name}(){with}");
    }
    format!("use {name}(){with}, as the code around it does, if the same protects it here")
}

/// Whether no reader can see the object that holds the pointer.
pub(crate) fn unpublished(access: &Access) -> bool {
    matches!(access.storage, Storage::Fresh | Storage::LocalObject)
}
