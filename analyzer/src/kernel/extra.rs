//! What a project adds to the tables: functions and macros of its own that do what the kernel's do.
//!
//! It is one for the whole process, like the tables themselves: [`extend`] is called before anything
//! is analyzed.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::kernel::context::{Kind, Wait};
use crate::kernel::{Accessor, AccessorResult, Api, builtin};

/// Rows to be added to the tables. Arguments are counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Extra {
    /// Accessors whose definitions do not show that they are: what they take is an `__rcu` lvalue.
    pub accessor: Vec<AccessorRow>,
    /// Functions and macros that do, with the same arguments, what one of the kernel's does.
    pub wrapper: Vec<WrapperRow>,
    /// Macros that head a loop over a list.
    pub iterator: Vec<IteratorRow>,
    /// Functions that take, release or assert a lock.
    pub lock: Vec<LockRow>,
    /// Functions that free an object at once.
    pub free: Vec<FreeRow>,
    /// Functions that free an object, or have a function called, behind a grace period.
    pub defer: Vec<DeferRow>,
    /// Functions that may sleep.
    pub sleep: Vec<SleepRow>,
    /// Macros that no type and no value depends on: they are read as if they were not there.
    pub decoration: Vec<String>,
}

/// An accessor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccessorRow {
    /// What they are called.
    pub names: Vec<String>,
    /// The argument that is the `__rcu` lvalue.
    #[serde(default)]
    pub pointer: usize,
    /// The argument that is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<usize>,
    /// The argument that says what protects the access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<usize>,
    /// The type of the call; if nothing is said, `void` of what stores, else the pointer without
    /// `__rcu`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<AccessorResult>,
    /// It takes lvalues without `__rcu` as well.
    #[serde(default)]
    pub unchecked: bool,
}

/// Wrappers of something that the tables know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WrapperRow {
    /// What they are called.
    pub names: Vec<String>,
    /// What they do: `rcu_dereference_protected`, `kfree`, `call_rcu`.
    pub of: Known,
}

/// The name of a function or macro that the tables know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Known(String);

/// A macro that heads a loop over a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IteratorRow {
    /// What they are called.
    pub names: Vec<String>,
    /// The argument that takes each element (with no member, each node).
    #[serde(default)]
    pub position: usize,
    /// The argument that is the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<usize>,
    /// The argument that is the member which links the element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<usize>,
    /// That member, where the macro does not ask for it: `struct net_device.dev_list`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The argument that says why it may run outside a reader section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<usize>,
    /// It loads the links as readers must.
    #[serde(default)]
    pub rcu: bool,
    /// Whose readers it is for, if not plain RCU's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Kind>,
    /// The same loop with the same arguments for readers, or of such a one the loop for updaters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
}

/// Functions around a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockRow {
    /// What is held. Spinlocks and rwlocks switch preemption off as well.
    pub kind: Kind,
    /// Functions that take it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acquire: Vec<String>,
    /// Functions that take it if what they return is not zero.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub r#try: Vec<String>,
    /// Functions that release it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub release: Vec<String>,
    /// Functions that say it is held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assert: Vec<String>,
    /// Which lock; nothing for what has no object (`kind = "preempt"`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<LockObject>,
    /// How lockdep is asked where that is not `lockdep_is_held()`; `{}` is the argument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Which lock a function is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum LockObject {
    /// The argument with this number.
    Argument(usize),
    /// A lock in what the first argument points to: `&{}->lock`, with the argument in place of `{}`.
    Path(String),
    /// A lock of this name: `rtnl_mutex`.
    Named(String),
}

/// Functions that free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FreeRow {
    /// What they are called.
    pub names: Vec<String>,
    /// The argument that is the object.
    #[serde(default)]
    pub argument: usize,
    /// What frees such an object behind a grace period, by the member for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<String>,
}

/// Functions that do something behind a grace period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeferRow {
    /// What they are called.
    pub names: Vec<String>,
    /// What they are given.
    pub what: Deferred,
    /// The argument that is the function which is called then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<usize>,
    /// Whose readers are waited for; plain RCU's, if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Wait>,
}

/// What a deferring function is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Deferred {
    /// The argument with this number is the object.
    Object(usize),
    /// The argument with this number points to a `struct rcu_head` in it.
    Head(usize),
}

/// Functions that may sleep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SleepRow {
    /// What they are called.
    pub names: Vec<String>,
    /// They wait for a grace period of this kind of reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Wait>,
}

impl FromStr for Known {
    type Err = String;

    fn from_str(name: &str) -> Result<Known, String> {
        let (api, context) = builtin();
        let mut names: Vec<&[u8]> = api.names().chain(context.names()).collect();
        if names.contains(&name.as_bytes()) {
            return Ok(Known(name.to_owned()));
        }
        names.sort_unstable();
        let near = names
            .into_iter()
            .filter_map(|known| std::str::from_utf8(known).ok())
            .map(|known| (strsim::jaro_winkler(known, name), known))
            .filter(|(likeness, _)| *likeness > 0.8)
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        Err(match near {
            Some((_, near)) => format!("`{name}` is in no table; did you mean `{near}`?"),
            None => format!("`{name}` is in no table"),
        })
    }
}

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Known, D::Error> {
        word(from)
    }
}

/// Reads a word that has to mean something. Done while the string is read, so that what is wrong has
/// the string's place.
///
/// # Errors
/// It is no string, or means nothing.
pub fn word<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: fmt::Display,
{
    struct Word<T>(PhantomData<T>);

    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Word<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    from.deserialize_str(Word(PhantomData))
}

impl Known {
    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

static EXTRA: OnceLock<Extra> = OnceLock::new();

/// Adds rows to the tables.
///
/// # Errors
/// Others were added before, or something was analyzed already: what was concluded without these rows
/// cannot be taken back.
pub fn extend(extra: Extra) -> Result<(), TooLate> {
    if EXTRA.get_or_init(|| extra.clone()) == &extra { Ok(()) } else { Err(TooLate) }
}

/// The tables were in use before they were to be extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate;

/// What was added, for whoever keeps results; nothing more can be from now on.
pub fn added() -> &'static Extra {
    extra()
}

/// What was added; nothing more can be from now on.
pub(crate) fn extra() -> &'static Extra {
    EXTRA.get_or_init(Extra::default)
}

impl Api {
    /// The names of functions and macros in the table.
    fn names(&self) -> impl Iterator<Item = &[u8]> {
        let sets = [&self.allocators, &self.publishers, &self.values];
        let sets = sets.into_iter().flatten();
        let names = self.accessors.keys().chain(self.operations.keys()).chain(sets);
        names.map(Vec::as_slice)
    }

    /// Adds rows.
    pub(super) fn extend(&mut self, extra: &Extra) {
        for row in &extra.accessor {
            let result = row.result.unwrap_or(match row.value {
                Some(_) => AccessorResult::Void,
                None => AccessorResult::Stripped,
            });
            for name in &row.names {
                let accessor = Accessor {
                    name: name.clone(),
                    pointer: row.pointer,
                    value: row.value,
                    condition: row.condition,
                    result,
                    unchecked: row.unchecked,
                    since: None,
                    until: None,
                };
                self.accessors.insert(name.clone().into_bytes(), accessor);
            }
        }
        for row in &extra.wrapper {
            let of = row.of.as_bytes();
            for name in &row.names {
                let key = || name.clone().into_bytes();
                if let Some(known) = self.accessors.get(of).cloned() {
                    self.accessors.insert(key(), Accessor { name: name.clone(), ..known });
                }
                if let Some(known) = self.operations.get(of).cloned() {
                    self.operations.insert(key(), known);
                }
                for set in [&mut self.allocators, &mut self.publishers, &mut self.values] {
                    if set.contains(of) {
                        set.insert(key());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_of_what_is_known() {
        let row = |of: &str| toml::from_str::<WrapperRow>(&format!("names = [\"x\"]\nof = '{of}'"));
        for of in ["kfree", "rcu_dereference", "list_add_rcu", "kzalloc", "synchronize_rcu"] {
            assert_eq!(row(of).unwrap().of.as_bytes(), of.as_bytes());
        }
        let error = row("rcu_derefrence").unwrap_err();
        assert_eq!(
            error.message(),
            "`rcu_derefrence` is in no table; did you mean `rcu_dereference`?"
        );
        assert!(error.span().is_some());
        assert_eq!(row("zzz").unwrap_err().message(), "`zzz` is in no table");
    }

    #[test]
    fn rows_are_added() {
        let extra: Extra = toml::from_str(
            "[[accessor]]\nnames = ['port_cfg']\n\
             [[accessor]]\nnames = ['port_set']\nvalue = 1\n\
             [[wrapper]]\nnames = ['port_free']\nof = 'kfree'\n\
             [[wrapper]]\nnames = ['port_deref']\nof = 'rcu_dereference_check'\n\
             [[wrapper]]\nnames = ['port_alloc']\nof = 'kzalloc'\n",
        )
        .unwrap();
        let mut api = builtin().0.clone();
        api.extend(&extra);
        assert_eq!(api.accessors[&b"port_cfg"[..]].result, AccessorResult::Stripped);
        assert_eq!(api.accessors[&b"port_set"[..]].result, AccessorResult::Void);
        assert_eq!(api.accessors[&b"port_deref"[..]].condition, Some(1));
        assert!(api.allocators.contains(&b"port_alloc"[..]));
        assert!(!api.accessors.contains_key(&b"port_free"[..]));
    }
}
