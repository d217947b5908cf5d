//! Which reader sections are open at a place, as their guards tell: structured, as blocks are.

use std::cell::Cell;

use crate::text::Span;

/// Whether a reader section is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// On some ways, or for all that is known.
    Perhaps,
    Ended,
}

/// A guard by its number.
pub(super) type GuardId = usize;

/// All guards of a function. The first stands for what its callers hold.
#[derive(Debug)]
pub(super) struct Guards {
    all: Vec<Guard>,
}

#[derive(Debug)]
struct Guard {
    state: State,
    /// A variable has it, or something else than the statement that made it.
    kept: bool,
    /// `bindings::rcu_read_lock()`: ends with a call.
    raw: bool,
    /// Where it ended, if at a place of its own.
    ended: Option<Span>,
}

/// What a function's callers hold, as far as that is known.
pub(super) const CALLERS: GuardId = 0;

/// What a pointer that was loaded for a reader is good for.
#[derive(Debug)]
pub(super) struct Bound {
    /// The guards of the sections in which it was loaded.
    guards: Vec<GuardId>,
    /// Where it was loaded.
    pub loaded: Span,
    /// Given to a function that may have taken a reference.
    pub handed: Cell<bool>,
}

impl Guards {
    pub fn new(callers: State) -> Guards {
        Guards { all: vec![Guard { state: callers, kept: true, raw: false, ended: None }] }
    }

    /// A guard that the statement at hand makes.
    pub fn make(&mut self, state: State) -> GuardId {
        self.all.push(Guard { state, kept: false, raw: false, ended: None });
        self.all.len() - 1
    }

    /// A section that lasts until a call ends it.
    pub fn begin(&mut self) {
        self.all.push(Guard { state: State::Open, kept: true, raw: true, ended: None });
    }

    /// Ends the section that a call began last.
    pub fn end_last(&mut self, at: Span) {
        let mut open = self.all.iter_mut().rev().filter(|guard| guard.raw);
        match open.find(|guard| guard.state != State::Ended) {
            Some(guard) => (guard.state, guard.ended) = (State::Ended, Some(at)),
            // That of a caller.
            None => self.all[CALLERS].state = State::Perhaps,
        }
    }

    pub fn end(&mut self, guard: GuardId, at: Option<Span>) {
        let guard = &mut self.all[guard];
        if guard.state != State::Ended {
            (guard.state, guard.ended) = (State::Ended, at);
        }
    }

    /// A guard goes where it is not followed.
    pub fn lose(&mut self, guard: GuardId) {
        let guard = &mut self.all[guard];
        guard.kept = true;
        if guard.state == State::Open {
            guard.state = State::Perhaps;
        }
    }

    /// A variable takes a guard; whether none has it yet.
    pub fn keep(&mut self, guard: GuardId) -> bool {
        !std::mem::replace(&mut self.all[guard].kept, true)
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Ends what was made since there were so many and nobody keeps.
    pub fn end_temporaries(&mut self, since: usize) {
        for guard in self.all.iter_mut().skip(since).filter(|guard| !guard.kept) {
            guard.state = State::Ended;
        }
    }

    /// Whether no reader section is open, for sure.
    pub fn none(&self) -> bool {
        self.all.iter().all(|guard| guard.state == State::Ended)
    }

    /// What a load at this place is good for; `None` where no section is open. Who takes a section
    /// does not rely on one that may be open around it.
    pub fn bound(&self, loaded: Span) -> Option<Bound> {
        let of = |state: State| -> Vec<GuardId> {
            (0..self.all.len()).filter(|at| self.all[*at].state == state).collect()
        };
        let open = of(State::Open);
        let guards = if open.is_empty() { of(State::Perhaps) } else { open };
        (!guards.is_empty()).then(|| Bound { guards, loaded, handed: Cell::new(false) })
    }

    /// Where the last of the sections ended in which something was loaded, if all have.
    pub fn over(&self, bound: &Bound) -> Option<Option<Span>> {
        let mut guards = bound.guards.iter().map(|guard| &self.all[*guard]);
        let over = guards.clone().all(|guard| guard.state == State::Ended);
        over.then(|| guards.find_map(|guard| guard.ended))
    }

    pub fn states(&self) -> Vec<State> {
        self.all.iter().map(|guard| guard.state).collect()
    }

    /// Goes back to an earlier state.
    pub fn restore(&mut self, states: &[State]) {
        for (at, guard) in self.all.iter_mut().enumerate() {
            guard.state = states.get(at).copied().unwrap_or(State::Ended);
            guard.ended = guard.ended.filter(|_| guard.state == State::Ended);
        }
    }

    /// What holds where ways meet.
    pub fn join(&mut self, ways: &[Vec<State>]) {
        for (at, guard) in self.all.iter_mut().enumerate() {
            let mut states = ways.iter().map(|way| way.get(at).copied().unwrap_or(State::Ended));
            let Some(first) = states.next() else { return };
            guard.state = if states.all(|state| state == first) { first } else { State::Perhaps };
        }
    }
}
