//! Facts about the kernel's API that cannot be read from a tree, as data (`api.toml`).

pub mod context;
pub mod dotconfig;
pub mod extra;
pub mod version;

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::context::ContextTable;
use crate::kernel::extra::Extra;
use crate::kernel::version::{Range, Version};

/// The table.
#[derive(Clone)]
pub struct Api {
    /// Accessors by name.
    pub accessors: FxHashMap<Vec<u8>, Accessor>,
    /// Typed operations by name.
    pub operations: FxHashMap<Vec<u8>, Operation>,
    /// Functions that return an object which nobody else has seen.
    pub allocators: FxHashSet<Vec<u8>>,
    /// Calls that make the object around a passed member visible.
    pub publishers: FxHashSet<Vec<u8>>,
    /// Functions that look at a pointer's value only.
    pub values: FxHashSet<Vec<u8>>,
    /// Tags of generic containers, whose links take accessors without being annotated.
    pub containers: FxHashSet<Vec<u8>>,
    /// Owners that read plainly by convention.
    pub owners: Vec<Owner>,
}

/// An RCU accessor.
#[derive(Clone, Debug, Deserialize)]
pub struct Accessor {
    name: String,
    /// Which argument is the `__rcu` lvalue, from 0.
    pub pointer: usize,
    /// Which argument is stored.
    pub value: Option<usize>,
    /// Which argument says what protects the access.
    pub condition: Option<usize>,
    /// The type of the call.
    pub result: AccessorResult,
    /// Takes lvalues without `__rcu` as well.
    #[serde(default)]
    pub unchecked: bool,
    since: Option<Version>,
    until: Option<Version>,
}

impl Accessor {
    /// The versions of the kernel that have it, for those who want to propose it. Where a tree uses
    /// it, it is an accessor whatever the version: distributions carry such things back.
    pub fn versions(&self) -> Range {
        Range { since: self.since, until: self.until }
    }
}

/// An owner that reads a member plainly by convention.
#[derive(Clone, Debug, Deserialize)]
pub struct Owner {
    /// The member: `struct task_struct.sighand`.
    pub declaration: String,
    /// Who may.
    pub who: Who,
    /// The kinds of lock that make an updater even of who is in a reader section.
    #[serde(default)]
    pub locks: Vec<context::Kind>,
    /// Why it may.
    pub reason: String,
    /// Where the kernel says so.
    pub source: String,
}

/// Who may read a member plainly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The running task, its own member.
    Current,
    /// Anyone but a reader.
    Updater,
    /// Anyone: what it points to goes only together with what holds it.
    Anyone,
}

/// The type of an accessor call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccessorResult {
    /// The pointer without `__rcu`.
    Stripped,
    /// The type of the argument that is stored.
    Value,
    /// Nothing.
    Void,
}

/// An operation whose type cannot be read from its definition.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The type of the call.
    pub result: OperationResult,
    /// What it does with its first argument.
    pub usage: Operand,
    /// Arguments that have the type of what the first one points to.
    pub stores: Vec<usize>,
    /// Arguments that have the type of the first one.
    pub like: Vec<usize>,
    /// The first argument is cast to `void *`.
    pub casts: bool,
}

/// The type of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationResult {
    /// The type of an argument.
    Same(usize),
    /// What an argument points to.
    Dereferenced(usize),
    /// A pointer to the type that an argument names.
    PointerTo(usize),
    /// The type that an argument names.
    TypeOf(usize),
    /// A number.
    Int,
    /// Nothing.
    Void,
}

/// What an operation does with its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operand {
    /// A volatile read.
    MarkedLoad,
    /// A volatile write of the second argument.
    MarkedStore,
    /// Takes a pointer to the location.
    Address,
    /// Looks only at its type.
    Unevaluated,
    /// An ordinary use of the value.
    Operand,
    /// Tests it.
    Test,
    /// Stands for the lvalue itself.
    Lvalue,
}

#[derive(Deserialize)]
struct File {
    accessor: Vec<Accessor>,
    operation: Vec<OperationRow>,
    allocators: Names,
    publishers: Names,
    values: Names,
    container: Vec<Container>,
    owner: Vec<Owner>,
}

#[derive(Deserialize)]
struct Container {
    tag: String,
}

#[derive(Deserialize)]
struct Names {
    names: Vec<String>,
}

#[derive(Deserialize)]
struct OperationRow {
    name: String,
    result: String,
    #[serde(rename = "use")]
    usage: Operand,
    #[serde(default)]
    stores: Vec<usize>,
    #[serde(default)]
    like: Vec<usize>,
    #[serde(default)]
    casts: bool,
}

fn result(text: &str) -> Option<OperationResult> {
    let (kind, argument) = text.split_once(':').unwrap_or((text, "0"));
    let argument = argument.parse().ok()?;
    Some(match kind {
        "same" => OperationResult::Same(argument),
        "deref" => OperationResult::Dereferenced(argument),
        "pointer" => OperationResult::PointerTo(argument),
        "type" => OperationResult::TypeOf(argument),
        "int" => OperationResult::Int,
        "void" => OperationResult::Void,
        _ => return None,
    })
}

/// Whether a version of the kernel has an accessor, or anything that the tables know (a guard is
/// spelt `guard(rcu)`), so that a fix may propose it.
pub fn proposes(name: &str, version: Version) -> bool {
    let accessor = api().accessors.get(name.as_bytes());
    accessor.is_none_or(|accessor| accessor.versions().has(version))
        && context::context().present(name).is_none_or(|versions| versions.has(version))
}

/// The table, read once, with what a project adds to it ([`extra::extend`]).
pub fn api() -> &'static Api {
    &tables().0
}

/// Both tables as they are used; asked for every name of every function.
fn tables() -> &'static (Api, ContextTable) {
    static TABLES: OnceLock<&'static (Api, ContextTable)> = OnceLock::new();
    TABLES.get_or_init(|| {
        static EXTENDED: OnceLock<(Api, ContextTable)> = OnceLock::new();
        match extra::extra() {
            none if *none == Extra::default() => builtin(),
            extra => EXTENDED.get_or_init(|| {
                let (mut api, mut context) = builtin().clone();
                api.extend(extra);
                context.extend(extra);
                (api, context)
            }),
        }
    })
}

/// The tables that are built into the program.
///
/// # Panics
/// They are broken; a test reads them.
fn builtin() -> &'static (Api, ContextTable) {
    static BUILTIN: OnceLock<(Api, ContextTable)> = OnceLock::new();
    BUILTIN.get_or_init(|| {
        let file: File = toml::from_str(include_str!("api.toml")).expect("api.toml is valid");
        (file.api(), context::load())
    })
}

impl File {
    fn api(self) -> Api {
        let set = |names: Names| names.names.into_iter().map(String::into_bytes).collect();
        Api {
            accessors: self
                .accessor
                .into_iter()
                .map(|a| (a.name.clone().into_bytes(), a))
                .collect(),
            operations: self
                .operation
                .into_iter()
                .map(|row| {
                    let result = result(&row.result).expect("api.toml: a known result");
                    let OperationRow { name, usage, stores, like, casts, .. } = row;
                    (name.into_bytes(), Operation { result, usage, stores, like, casts })
                })
                .collect(),
            allocators: set(self.allocators),
            publishers: set(self.publishers),
            values: set(self.values),
            containers: self.container.into_iter().map(|one| one.tag.into_bytes()).collect(),
            owners: self.owner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        assert_eq!(api().accessors[&b"rcu_assign_pointer"[..]].value, Some(1));
        assert_eq!(api().operations[&b"container_of"[..]].result, OperationResult::PointerTo(1));
        assert!(api().accessors[&b"rcu_dereference_raw"[..]].unchecked);
        assert!(api().accessors[&b"rcu_swap_protected"[..]].versions().until.is_some());
        assert!(api().owners.iter().all(|owner| !owner.source.is_empty()));
    }
    #[test]
    fn only_what_a_version_has_is_proposed() {
        let has = |name, version| proposes(name, version);
        assert!(has("rcu_dereference", Version(5, 4)));
        assert!(!has("rcu_replace_pointer", Version(5, 4)));
        assert!(has("rcu_replace_pointer", Version(5, 5)));
        assert!(!has("unrcu_pointer", Version(5, 10)));
        assert!(!has("rcu_dereference_all", Version(6, 12)));
        assert!(has("rcu_dereference_all", Version::LATEST));
        assert!(!has("rcu_swap_protected", Version::LATEST));
        assert!(!has("kfree_rcu_mightsleep", Version(6, 1)));
        assert!(!has("guard(rcu)", Version(6, 1)));
        assert!(has("guard(rcu)", Version(6, 12)));
        assert!(has("kfree_rcu", Version(6, 1)));
    }
}
