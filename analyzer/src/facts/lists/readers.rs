//! Which uses of lists concern readers, judged over all uses that a file sees.

use crate::facts::lists::identity::{Element, Head};
use crate::facts::lists::uses::{Use, What};
use crate::facts::lists::{ListChange, ListFacts, ListWalk};
use crate::facts::{Declaration, WhyBare};

/// Where a list is used for readers.
enum Shown<'a> {
    /// They walk it there.
    Walked(&'a Use),
    /// It is changed there in a way that they can bear.
    Changed(&'a Use),
}

/// All uses of lists that a file sees.
#[derive(Default)]
pub(in crate::facts) struct Lists {
    /// In the file itself.
    pub own: Vec<Use>,
    /// In what it includes.
    pub around: Vec<Use>,
    /// The file, as reports name it.
    pub file: String,
}

impl Lists {
    /// States what concerns readers.
    pub fn judge(&self, facts: &mut ListFacts) {
        for one in &self.own {
            match &one.what {
                What::Walk(walking, twin) => {
                    // Who walks for readers concerns nobody else; nor does who walks a list of its
                    // own, or changes what it walks with a loop that has no form for readers.
                    let updates = twin.is_none() && self.is_changed_in(one);
                    let readers = if walking.rcu || updates {
                        None
                    } else {
                        self.readers(one, false).map(declared)
                    };
                    let bare = one.bare.as_ref().filter(|why| match one.head {
                        Head::Private => false,
                        // Of those who hand a list in, one may hand in its own.
                        Head::Unknown => matches!(why, WhyBare::Callers),
                        Head::Known(..) | Head::Beside => true,
                    });
                    if if walking.rcu { bare.is_none() } else { readers.is_none() } {
                        continue;
                    }
                    facts.walks.push(ListWalk {
                        function: one.function.clone(),
                        span: one.place.span,
                        expression: one.written.clone(),
                        iterator: one.place.name.clone(),
                        twin: twin.clone(),
                        rcu: walking.rcu,
                        reader: walking.reader,
                        justified: walking.condition.is_some(),
                        list: self.name(one),
                        readers,
                        context: one.context.clone(),
                        bare: bare.cloned(),
                        condition: one.condition.clone(),
                    });
                }
                // A list that is handed in may be anybody's.
                What::Change(row, name)
                    if !row.rcu && row.adds && !matches!(one.head, Head::Unknown) =>
                {
                    let Some(readers) = self.readers(one, true) else { continue };
                    facts.changes.push(ListChange {
                        function: one.function.clone(),
                        span: one.place.span,
                        expression: one.written.clone(),
                        call: name.clone(),
                        twin: row.twin.clone(),
                        moves: row.moves,
                        list: self.name(one),
                        readers: declared(readers),
                        initial: one.initial,
                        context: one.context.clone(),
                        condition: one.condition.clone(),
                    });
                }
                What::Change(..) => {}
            }
        }
        facts.walks.sort_by_key(|walk| walk.span);
        facts.walks.dedup_by_key(|walk| walk.span);
        facts.changes.sort_by_key(|change| change.span);
        facts.changes.dedup_by_key(|change| change.span);
    }

    fn all(&self) -> impl Iterator<Item = &Use> {
        self.own.iter().chain(&self.around)
    }

    /// Who uses the same list for readers; walks count before changes, those whose reader section
    /// is in sight before others.
    fn readers(&self, one: &Use, adds: bool) -> Option<Shown<'_>> {
        if matches!(one.head, Head::Private) {
            return None;
        }
        let others = || {
            self.all().filter(|other| {
                other.is_rcu()
                    && other.place != one.place
                    && !matches!(other.head, Head::Private)
                    && self.same(one, other)
            })
        };
        let walks = || others().filter(|other| matches!(other.what, What::Walk(..)));
        let sure = walks().find(|other| reads(other) && other.context.readers().next().is_some());
        let walk = sure.or_else(|| walks().find(|other| reads(other)));
        // A list that nothing is added to or taken from under readers was whole when they first
        // saw it, and stays so.
        let changed = others().any(|other| matches!(other.what, What::Change(..)));
        let grows = changed
            || one.head.is_variable()
            || !adds && !one.head.is_in(&self.file) && !self.is_filled(one);
        if let Some(walk) = walk.filter(|_| grows) {
            return Some(Shown::Walked(walk));
        }
        if adds || !grows {
            return None;
        }
        others().next().map(|other| match other.what {
            What::Walk(..) => Shown::Walked(other),
            What::Change(..) => Shown::Changed(other),
        })
    }

    /// Whether the file itself fills a list, with plain calls.
    fn is_filled(&self, one: &Use) -> bool {
        self.own.iter().any(|other| {
            matches!(&other.what, What::Change(row, _) if !row.rcu && row.adds)
                && self.same(one, other)
        })
    }

    /// Whether a loop changes the list that it walks, itself or in a function that it names.
    fn is_changed_in(&self, one: &Use) -> bool {
        let (Some((span, named)), Some(element)) = (&one.body, &one.element) else { return false };
        self.own.iter().any(|other| {
            matches!(other.what, What::Change(..))
                && other.element.as_ref().is_some_and(|other| other.same(element))
                && (span.contains(other.place.span)
                    || other
                        .function
                        .as_deref()
                        .is_some_and(|function| named.iter().any(|name| **name == *function)))
        })
    }

    /// Whether both use the same list, so far as is known.
    fn same(&self, one: &Use, other: &Use) -> bool {
        match (&one.element, &other.element) {
            (Some(a), Some(b)) if !a.same(b) => false,
            (Some(element), Some(_)) => match (&one.head, &other.head) {
                (Head::Known(..), Head::Known(..)) => one.head.same(&other.head),
                // One of them is not known: there must be no other list that it could be.
                (a, b) => self.only_list(element, a) && self.only_list(element, b),
            },
            _ => one.head.same(&other.head),
        }
    }

    /// Whether elements are linked by a member into no other list than this one.
    fn only_list(&self, element: &Element, head: &Head) -> bool {
        let mut known: Option<&Head> = matches!(head, Head::Known(..)).then_some(head);
        for one in self.all() {
            if !matches!(one.head, Head::Known(..)) {
                continue;
            }
            let linked = one.element.as_ref().is_some_and(|linked| linked.same(element));
            if !linked {
                continue;
            }
            match known {
                None => known = Some(&one.head),
                Some(known) if known.same(&one.head) => {}
                Some(_) => return false,
            }
        }
        true
    }

    /// The list in words: where it begins, or else what it links.
    fn name(&self, one: &Use) -> Option<String> {
        match (&one.head, &one.element) {
            (Head::Known(key, _), _) => Some(key.name.clone()),
            (_, Some(Element(key))) => Some(key.name.clone()),
            _ => None,
        }
    }
}

/// Whether a loop for readers may run beside whoever changes the list: who holds a lock and no
/// reader section is an updater that uses the same loop.
fn reads(walk: &Use) -> bool {
    walk.context.readers().next().is_some() || walk.context.locks().next().is_none()
}

fn declared(shown: Shown<'_>) -> (Declaration, bool) {
    match shown {
        Shown::Walked(one) => (one.place.clone(), true),
        Shown::Changed(one) => (one.place.clone(), false),
    }
}
