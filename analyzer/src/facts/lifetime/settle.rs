//! Judges what was found in the functions of a file, once all of it was looked at.

use super::callbacks::lone_callbacks;
use super::flavours::{Flavours, wrong_waits};
use super::unused::Unused;
use super::{Deferred, LifetimeFacts};
use crate::evidence::Neighbours;
use crate::facts::lists::uses::Use;
use crate::flow::Flows;
use crate::types::Unit;

/// Keeps what is wrong.
pub(in crate::facts) fn settle(
    unit: &Unit<'_>,
    flows: &Flows<'_, '_>,
    neighbours: &Neighbours,
    (deferred, flavours): (Vec<Deferred>, Flavours),
    walked: &[&Use],
    facts: &mut LifetimeFacts,
) {
    facts.callbacks = lone_callbacks(flows, &deferred);
    facts.freed.sort_by_key(|one| one.span);
    facts.freed.dedup_by_key(|one| one.span);
    facts.early.sort_by_key(|one| (one.span, one.hidden));
    facts.early.dedup_by_key(|one| one.span);
    facts.wrong = wrong_waits(&flavours, walked, &deferred);
    let unused = Unused { unit, flows, neighbours, deferred };
    facts.freed.retain_mut(|one| {
        if one.queued {
            return true;
        }
        // Further up the same would be said again.
        if one.comes_to.is_none() {
            one.uncalled =
                one.is_callback && one.object.is_some() && !flows.is_given_away(&one.callee);
            one.unused = one.head.as_ref().is_some_and(|head| unused.is_unused(one, head));
        }
        // Who does both knows when there are readers.
        let either = unused.deferred.iter().any(|other| {
            other.function == one.function && other.key.is_some() && other.key == one.key
        });
        let read = || one.reckoned || is_read(one.object.as_deref(), walked);
        let kept = one.hidden.is_some() && !either && read() || one.unused || one.uncalled;
        let name = one.function.as_deref();
        kept && !name.is_some_and(|name| flows.is_called_after_readers(name))
    });
}

/// Whether readers are seen to walk a list of such objects.
pub(super) fn is_read(object: Option<&str>, walked: &[&Use]) -> bool {
    let Some(object) = object else { return false };
    walked.iter().any(|one| {
        one.is_rcu()
            && one.owner().is_some_and(|owner| owner == object)
            && one.context.readers().next().is_some()
    })
}
