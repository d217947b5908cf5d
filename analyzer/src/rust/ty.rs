//! Rust types, as far as declarations give them.

use std::sync::Arc;

use crate::types::Qualified;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) enum Ty {
    /// Nothing is known.
    #[default]
    Unknown,
    /// What bindgen makes of the C type of this name: `bindings::file`.
    Binding(Arc<str>),
    /// A C type that the declaration of a member or a function gives.
    C(Qualified),
    /// `*const T`, `*mut T`.
    Pointer(Arc<Ty>),
    /// `&T`, `&mut T`.
    Reference(Arc<Ty>),
    /// `[T]`, `[T; N]`.
    Slice(Arc<Ty>),
    /// `(A, B)`.
    Tuple(Arc<[Ty]>),
    /// A type that Rust declares.
    Named(Named),
}

/// A type that Rust declares, as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub name: Arc<str>,
    /// The module that the path names before it, `rcu` of `kernel::sync::rcu::Guard`; of a type of the
    /// file at hand, its module.
    pub module: Option<Arc<str>>,
    pub arguments: Arc<[Ty]>,
}

/// Types of the core library and of the kernel's (rust/kernel/{alloc,sync,types}.rs) that lead to their
/// first argument wherever a member or method is asked for (`Deref`).
const POINTERS: [&str; 13] = [
    "ARef",
    "Arc",
    "ArcBorrow",
    "Box",
    "KBox",
    "KVBox",
    "ListArc",
    "ManuallyDrop",
    "Pin",
    "UniqueArc",
    "VBox",
    "Cow",
    "Ref",
];

impl Ty {
    pub fn pointer(self) -> Ty {
        Ty::Pointer(Arc::new(self))
    }

    pub fn reference(self) -> Ty {
        Ty::Reference(Arc::new(self))
    }

    /// A type of the core library.
    pub fn core(name: &str, arguments: impl Into<Arc<[Ty]>>) -> Ty {
        Ty::Named(Named { name: name.into(), module: None, arguments: arguments.into() })
    }

    /// Whether it is a Rust type of this name.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Ty::Named(named) if *named.name == *wanted)
    }

    /// The first generic argument.
    pub fn argument(&self) -> Ty {
        match self {
            Ty::Named(named) => named.arguments.first().cloned().unwrap_or_default(),
            _ => Ty::Unknown,
        }
    }

    /// The type of `kernel::sync::rcu::Guard`.
    pub fn guard() -> Ty {
        let (name, module) = ("Guard".into(), Some("rcu".into()));
        Ty::Named(Named { name, module, arguments: [].into() })
    }

    /// The guard of a reader section, `kernel::sync::rcu::Guard` (rust/kernel/sync/rcu.rs, since 6.14).
    pub fn is_guard(&self) -> bool {
        match self {
            Ty::Named(named) => *named.name == *"Guard" && named.module.as_deref() == Some("rcu"),
            _ => false,
        }
    }

    /// What a reference or one of the well-known smart pointers leads to.
    pub fn dereferenced(&self) -> Option<Ty> {
        match self {
            Ty::Reference(to) => Some((**to).clone()),
            Ty::Named(named) if POINTERS.contains(&&*named.name) => {
                named.arguments.first().cloned()
            }
            _ => None,
        }
    }

    /// The type with generic parameters replaced.
    pub fn with(&self, parameters: &[(Arc<str>, Ty)]) -> Ty {
        if parameters.is_empty() {
            return self.clone();
        }
        let inner = |to: &Arc<Ty>| Arc::new(to.with(parameters));
        match self {
            Ty::Named(named) => {
                let own = parameters.iter().find(|(name, _)| *name == named.name);
                match own.filter(|_| named.arguments.is_empty() && named.module.is_none()) {
                    Some((_, ty)) => ty.clone(),
                    None => {
                        let arguments = named.arguments.iter().map(|ty| ty.with(parameters));
                        Ty::Named(Named { arguments: arguments.collect(), ..named.clone() })
                    }
                }
            }
            Ty::Pointer(to) => Ty::Pointer(inner(to)),
            Ty::Reference(to) => Ty::Reference(inner(to)),
            Ty::Slice(to) => Ty::Slice(inner(to)),
            Ty::Tuple(types) => Ty::Tuple(types.iter().map(|ty| ty.with(parameters)).collect()),
            Ty::Unknown | Ty::Binding(_) | Ty::C(_) => self.clone(),
        }
    }

    /// Notes what the generic parameters in this type stand for where it is `actual`.
    pub fn matched(&self, actual: &Ty, parameters: &[Arc<str>], found: &mut Vec<(Arc<str>, Ty)>) {
        match (self, actual) {
            (Ty::Named(named), _) if named.arguments.is_empty() && named.module.is_none() => {
                let free = !found.iter().any(|(name, _)| *name == named.name);
                if free && *actual != Ty::Unknown && parameters.contains(&named.name) {
                    found.push((named.name.clone(), actual.clone()));
                }
            }
            (Ty::Named(one), Ty::Named(other)) if one.name == other.name => {
                for (one, other) in one.arguments.iter().zip(&*other.arguments) {
                    one.matched(other, parameters, found);
                }
            }
            (Ty::Pointer(one), Ty::Pointer(other))
            | (Ty::Reference(one), Ty::Reference(other))
            // `&mut T` is given where `*mut T` is asked for.
            | (Ty::Pointer(one), Ty::Reference(other))
            | (Ty::Slice(one), Ty::Slice(other)) => one.matched(other, parameters, found),
            _ => {}
        }
    }

    /// Whether `wanted` holds for it or a type in it.
    pub fn mentions(&self, wanted: &dyn Fn(&Ty) -> bool) -> bool {
        wanted(self)
            || match self {
                Ty::Named(named) => named.arguments.iter().any(|ty| ty.mentions(wanted)),
                Ty::Pointer(to) | Ty::Reference(to) | Ty::Slice(to) => to.mentions(wanted),
                Ty::Tuple(types) => types.iter().any(|ty| ty.mentions(wanted)),
                Ty::Unknown | Ty::Binding(_) | Ty::C(_) => false,
            }
    }
}
