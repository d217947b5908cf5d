//! Which accessor an access should use, from what is known to protect it.

use rculint_analyzer::facts::{Access, Flavour, Protection, Storage};

use crate::diagnostic::Applicability;

/// The accessor for a load, and how sure the choice is.
pub(crate) struct Choice {
    /// The accessor's name.
    pub name: &'static str,
    /// What follows the pointer among the accessor's arguments.
    pub condition: Option<String>,
    /// The advice, to follow "; ".
    pub advice: String,
    /// How sure.
    pub applicability: Applicability,
}

impl Choice {
    /// The call that loads `pointer`.
    pub fn call(&self, pointer: &str) -> String {
        match &self.condition {
            Some(condition) => format!("{}({pointer}, {condition})", self.name),
            None => format!("{}({pointer})", self.name),
        }
    }
}

/// The accessor for loading the value of this lvalue.
pub(crate) fn for_load(access: &Access) -> Choice {
    if unpublished(access) {
        return Choice {
            name: "rcu_dereference_protected",
            condition: Some("true".to_owned()),
            advice: "rcu_dereference_protected(..., true) says so".to_owned(),
            applicability: Applicability::Unsafe,
        };
    }
    let (name, condition) = match &access.protection {
        Protection::Reader(Flavour::Rcu) | Protection::Unknown => ("rcu_dereference", None),
        Protection::Reader(Flavour::Bh) => ("rcu_dereference_bh", None),
        Protection::Reader(Flavour::Sched) => ("rcu_dereference_sched", None),
        Protection::Rtnl => ("rtnl_dereference", None),
        Protection::Lock(lock) => {
            ("rcu_dereference_protected", Some(format!("lockdep_is_held({lock})")))
        }
    };
    let unknown = access.protection == Protection::Unknown;
    let advice = match &condition {
        _ if unknown => "use rcu_dereference() in a reader section, or \
                         rcu_dereference_protected() under the lock that updaters hold"
            .to_owned(),
        Some(condition) => format!("use {name}() with {condition}"),
        None => format!("use {name}()"),
    };
    let sure = !unknown && access.owner.is_none();
    let applicability = if sure { Applicability::Unsafe } else { Applicability::DisplayOnly };
    Choice { name, condition, advice, applicability }
}

/// Whether no reader can see the object that holds the pointer.
pub(crate) fn unpublished(access: &Access) -> bool {
    matches!(access.storage, Storage::Fresh | Storage::LocalObject)
}
