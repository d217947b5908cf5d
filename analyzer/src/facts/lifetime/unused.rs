//! Members for a grace period that nothing uses: whoever added them meant the objects to be freed
//! behind one.

use crate::evidence::Neighbours;
use crate::evidence::heads::{UsedHead, used_heads};
use crate::facts::Declaration;
use crate::facts::lifetime::{Deferred, FreedNow};
use crate::flow::Flows;
use crate::types::Unit;

/// What is needed to know which members are used.
pub(super) struct Unused<'n, 'u, 'a> {
    pub unit: &'u Unit<'a>,
    pub flows: &'n Flows<'u, 'a>,
    pub neighbours: &'n Neighbours,
    /// What the file puts behind grace periods.
    pub deferred: Vec<Deferred>,
}

impl Unused<'_, '_, '_> {
    /// Whether nothing puts objects of a type behind a grace period by this member, so far as those
    /// files show that can see it. Of what a header elsewhere declares nothing is known.
    pub fn is_unused(&self, free: &FreedNow, head: &Declaration) -> bool {
        let Some(object) = &free.object else { return false };
        let member = head.name.rsplit('.').next().unwrap_or_default();
        let here = self.deferred.iter().any(|one| {
            // Behind a grace period without a member they are all the same.
            one.member.as_deref().is_none_or(|other| other == member)
                && match &one.object {
                    Some(other) => other == object,
                    None => one.member.is_some(),
                }
        });
        if here {
            return false;
        }
        let version = self.flows.version;
        let callbacks =
            |name: &[u8]| std::str::from_utf8(name).is_ok_and(|name| self.flows.is_callback(name));
        let own = used_heads(self.unit.file.source().bytes(), version, true, &callbacks);
        let tag = object.rsplit(' ').next().unwrap_or_default();
        let used = UsedHead::new(tag.as_bytes(), member.as_bytes());
        if own.contains(&used) {
            return false;
        }
        let header = head.path.extension().is_some_and(|extension| extension == "h");
        if head.path == self.unit.file.path && !header {
            return true;
        }
        if let Some(others) = self.unit.others.filter(|others| others.across().is_whole()) {
            return !others.across().uses_head(used);
        }
        head.path.parent() == self.unit.file.path.parent()
            && !self.neighbours.uses_head(&self.unit.file.path, used, version)
    }
}
