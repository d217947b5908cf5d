//! What the name of a function and the comments at it say about readers and locks.

use rculint_analyzer::evidence::{WordKind, Words};
use rculint_analyzer::facts::Access;

use crate::accessor::around::{Around, Side};
use crate::accessor::candidates::{Candidate, NAMED, REMARK};

/// How comments tell of readers.
const READERS: &[&str] = &[
    "rcu_read_lock",
    "rcu read",
    "rcu_read",
    "under rcu",
    "in rcu",
    "with rcu",
    "rcu lock",
    "rcu protected",
    "rcu protection",
    "rcu section",
    "read side",
];
/// And of RTNL.
const RTNL: &[&str] = &["rtnl", "rtnl_lock", "rtnl_mutex"];
/// What a name ends in that is for whoever holds the lock.
const LOCKED: &[&str] = &["rtnl", "locked", "protected"];

/// What is said at the function of an access.
pub(crate) struct Said {
    /// Its name has `rcu` in it.
    rcu: bool,
    /// The last part of its name, where that tells of a lock.
    pub ends_in: Option<&'static str>,
    /// A comment tells of readers.
    readers: bool,
    /// A comment tells of RTNL, and none of readers.
    pub rtnl: bool,
}

impl Said {
    /// At an access.
    pub fn of(access: &Access, words: Option<&Words>) -> Said {
        let name = access.function.as_deref().unwrap_or("");
        let last = name.rsplit('_').next();
        let remark = |list: &[&str]| {
            words.is_some_and(|words| list.iter().any(|word| words.has(WordKind::Remark, word)))
        };
        let readers = remark(READERS);
        Said {
            rcu: name.split('_').any(|part| part == "rcu"),
            ends_in: LOCKED.iter().copied().find(|word| last == Some(word)),
            readers,
            rtnl: !readers && remark(RTNL),
        }
    }

    /// How much that speaks for an accessor, or against it.
    pub fn behind(&self, one: &Candidate, around: &Around) -> f64 {
        let side = one.purpose.side();
        let mut fits = 1.0;
        if self.rcu && around.unknown() && side != Side::Reader {
            fits *= NAMED;
        }
        if self.ends_in.is_some() && side != Side::Updater {
            fits *= NAMED;
        }
        if self.ends_in == Some("rtnl") && one.rtnl {
            fits /= NAMED;
        }
        if around.unknown() || around.hearsay {
            if self.rtnl && one.rtnl {
                fits *= REMARK;
            }
            if self.readers && side == Side::Reader && !one.rtnl {
                fits *= REMARK;
            }
        }
        fits
    }
}
