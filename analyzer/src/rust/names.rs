//! What paths stand for in one module: its imports, its own names, and the types that it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use syn::{GenericArgument, ImplItem, Item, ItemImpl, PathArguments, PathSegment, Type, UseTree};

use super::ty::{Named, Ty};

/// The names of a module, a file or one in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// What the last segment of an imported path stands for.
    imports: BTreeMap<String, Vec<String>>,
    /// The types that it declares.
    own: BTreeSet<String>,
    /// What it is called, and what the module around it is.
    pub module: Arc<str>,
    pub parent: Arc<str>,
    /// What the `impl` block at hand says that types are: `Self::State`.
    pub associated: BTreeMap<String, Ty>,
}

/// The module that a file is, and the one around it: `rcu` in `sync` for `sync/rcu.rs` and
/// `sync/rcu/mod.rs`.
pub(crate) fn module_of(path: &Path) -> (Arc<str>, Arc<str>) {
    let name = |path: Option<&Path>| -> Arc<str> {
        let name = path.and_then(Path::file_stem).and_then(|name| name.to_str());
        name.unwrap_or_default().into()
    };
    let folder = path.parent();
    let own = name(Some(path));
    match matches!(&*own, "mod" | "lib") {
        true => (name(folder), name(folder.and_then(Path::parent))),
        false => (own, name(folder)),
    }
}

impl Names {
    /// The names of a module.
    pub fn new((module, parent): (Arc<str>, Arc<str>), items: &[Item]) -> Names {
        let mut names = Names { module, parent, ..Names::default() };
        for item in items {
            match item {
                Item::Use(one) => names.import(&one.tree, &mut Vec::new()),
                Item::Struct(one) => drop(names.own.insert(plain(&one.ident))),
                Item::Enum(one) => drop(names.own.insert(plain(&one.ident))),
                Item::Type(one) => drop(names.own.insert(plain(&one.ident))),
                _ => {}
            }
        }
        names
    }

    /// Adds what a function imports for itself.
    pub fn import(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        let mut name = |name: String, path: &[String], last: String| {
            let whole = match last.as_str() {
                "self" => path.to_vec(),
                _ => path.iter().cloned().chain([last]).collect(),
            };
            self.imports.insert(name, whole);
        };
        match tree {
            UseTree::Path(one) => {
                path.push(plain(&one.ident));
                self.import(&one.tree, path);
                path.pop();
            }
            UseTree::Name(one) => {
                let last = plain(&one.ident);
                let called = match last.as_str() {
                    "self" => path.last().cloned().unwrap_or_default(),
                    _ => last.clone(),
                };
                name(called, path, last);
            }
            UseTree::Rename(one) => name(plain(&one.rename), path, plain(&one.ident)),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, path));
            }
            UseTree::Glob(_) => {}
        }
    }

    /// The path with its first segment as it was imported.
    pub fn whole(&self, path: &syn::Path) -> Vec<String> {
        self.whole_of(path.segments.iter())
    }

    fn whole_of<'p>(&self, segments: impl Iterator<Item = &'p PathSegment>) -> Vec<String> {
        let mut segments = segments.map(|segment| plain(&segment.ident));
        let first = segments.next().unwrap_or_default();
        let mut whole = match self.imports.get(&first) {
            Some(imported) => imported.clone(),
            None => vec![first],
        };
        whole.extend(segments);
        whole
    }

    /// Notes the types that an `impl` block names.
    pub fn associate(&mut self, block: &ItemImpl, own: &Ty) {
        self.associated.clear();
        for item in &block.items {
            if let ImplItem::Type(one) = item {
                let ty = self.ty(&one.ty, Some(own));
                self.associated.insert(plain(&one.ident), ty);
            }
        }
    }

    /// The type that is written; `own` is `Self`.
    pub fn ty(&self, ty: &Type, own: Option<&Ty>) -> Ty {
        match ty {
            Type::Ptr(ptr) => self.ty(&ptr.elem, own).pointer(),
            Type::Reference(reference) => self.ty(&reference.elem, own).reference(),
            Type::Paren(inner) => self.ty(&inner.elem, own),
            Type::Group(inner) => self.ty(&inner.elem, own),
            Type::Slice(slice) => Ty::Slice(Arc::new(self.ty(&slice.elem, own))),
            Type::Array(array) => Ty::Slice(Arc::new(self.ty(&array.elem, own))),
            Type::Tuple(tuple) => {
                Ty::Tuple(tuple.elems.iter().map(|ty| self.ty(ty, own)).collect())
            }
            Type::Path(path) if path.qself.is_none() => self.named(&path.path, own),
            _ => Ty::Unknown,
        }
    }

    /// The type that a path names.
    pub fn named(&self, path: &syn::Path, own: Option<&Ty>) -> Ty {
        self.named_by(&path.segments.iter().collect::<Vec<_>>(), own)
    }

    /// The type that the segments of a path name.
    pub fn named_by(&self, segments: &[&PathSegment], own: Option<&Ty>) -> Ty {
        let whole = self.whole_of(segments.iter().copied());
        let Some((name, before)) = whole.split_last() else { return Ty::Unknown };
        let module = before.last().map(String::as_str);
        if name == "Self" && before.is_empty() {
            return own.cloned().unwrap_or_default();
        }
        if is_bindings(module) {
            return Ty::Binding(name.as_str().into());
        }
        // `Self::Data`, `T::Data`
        if module == Some("Self") {
            return self.associated.get(name).cloned().unwrap_or_default();
        }
        let module = match module {
            Some("self") | None if self.own.contains(name) => Some(self.module.clone()),
            Some("super") => Some(self.parent.clone()),
            Some("crate" | "kernel" | "self") => None,
            other => other.map(Arc::from),
        };
        let arguments = segments.last().map(|last| self.arguments(&last.arguments, own));
        Ty::Named(Named {
            name: name.as_str().into(),
            module,
            arguments: arguments.unwrap_or_default().into(),
        })
    }

    /// The generic arguments that are types.
    pub fn arguments(&self, arguments: &PathArguments, own: Option<&Ty>) -> Vec<Ty> {
        let PathArguments::AngleBracketed(angle) = arguments else { return Vec::new() };
        let types = angle.args.iter().filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(self.ty(ty, own)),
            _ => None,
        });
        types.collect()
    }
}

/// Whether a module is one of those that bindgen makes of C (rust/bindings/lib.rs, rust/uapi/lib.rs).
pub(crate) fn is_bindings(module: Option<&str>) -> bool {
    matches!(module, Some("bindings" | "uapi"))
}

/// An identifier without `r#`.
pub(crate) fn plain(ident: &syn::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}
