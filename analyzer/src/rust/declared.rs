//! What a Rust file declares: the members of its structs, what its functions return.

use std::collections::BTreeMap;
use std::sync::Arc;

use syn::{
    Attribute, Fields, FnArg, Generics, ImplItem, Item, Meta, ReceiverKind, ReturnType, Signature,
    Type,
};

use super::names::{Names, plain};
use super::ty::Ty;

/// The declarations of a module, a file or one in it.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// The module that it is.
    pub module: Arc<str>,
    structs: BTreeMap<Arc<str>, Struct>,
    aliases: BTreeMap<Arc<str>, (Vec<Arc<str>>, Ty)>,
    functions: BTreeMap<Arc<str>, Function>,
    /// By type and name; of several, those that agree.
    methods: BTreeMap<(Arc<str>, Arc<str>), Option<Function>>,
    targets: BTreeMap<Arc<str>, Function>,
}

/// A struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Struct {
    parameters: Vec<Arc<str>>,
    members: Vec<(Arc<str>, Ty)>,
}

/// A function, or one of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// The type as the `impl` block names it.
    of: Ty,
    /// The names that stand for types in it.
    parameters: Vec<Arc<str>>,
    /// The types of what it takes, `self` apart.
    inputs: Vec<Ty>,
    result: Ty,
    /// Whether it takes `self` by value.
    pub consumes: bool,
}

impl Struct {
    /// The type of a member.
    pub fn member(&self, name: &str, arguments: &[Ty]) -> Option<Ty> {
        let (_, ty) = self.members.iter().find(|(known, _)| **known == *name)?;
        Some(ty.with(&replaced(&self.parameters, arguments)))
    }

    /// The types of its members.
    pub fn types(&self) -> impl Iterator<Item = &Ty> {
        self.members.iter().map(|(_, ty)| ty)
    }
}

impl Function {
    /// What it returns, for a type with these generic arguments, when it is given values of these types.
    pub fn result(&self, of: &Ty, given: &[Ty]) -> Ty {
        let mut known = Vec::new();
        self.of.matched(of, &self.parameters, &mut known);
        for (input, given) in self.inputs.iter().zip(given) {
            input.matched(given, &self.parameters, &mut known);
        }
        for name in &self.parameters {
            if !known.iter().any(|(one, _)| one == name) {
                known.push((name.clone(), Ty::Unknown));
            }
        }
        self.result.with(&known)
    }

    fn new(names: &Names, signature: &Signature, of: Option<&Ty>, outer: &[Arc<str>]) -> Function {
        let inputs = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(names.ty(&typed.ty, of)),
            FnArg::Receiver(_) => None,
        });
        let consumes = signature.inputs.first().is_some_and(|first| match first {
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Value => true,
                ReceiverKind::Typed(_, ty) => !matches!(**ty, Type::Reference(_)),
                _ => false,
            },
            FnArg::Typed(_) => false,
        });
        Function {
            of: of.cloned().unwrap_or_default(),
            parameters: [outer, &parameters(&signature.generics)].concat(),
            inputs: inputs.collect(),
            result: returned(names, &signature.output, of),
            consumes,
        }
    }
}

fn replaced(parameters: &[Arc<str>], arguments: &[Ty]) -> Vec<(Arc<str>, Ty)> {
    let arguments = arguments.iter().cloned().chain(std::iter::repeat(Ty::Unknown));
    parameters.iter().cloned().zip(arguments).collect()
}

impl Declared {
    /// What the items of a module declare, and those of the modules in it.
    pub fn all((module, parent): (Arc<str>, Arc<str>), items: &[Item]) -> Vec<Arc<Declared>> {
        let mut names = Names::new((module.clone(), parent), items);
        let mut declared = Declared { module: module.clone(), ..Declared::default() };
        declared.add(&mut names, items);
        let mut all = vec![Arc::new(declared)];
        for item in items {
            if let Item::Mod(one) = item {
                if let Some((_, items)) = one.content.as_ref().filter(|_| !is_test(&one.attrs)) {
                    let inner = (plain(&one.ident).into(), module.clone());
                    all.extend(Declared::all(inner, items));
                }
            }
        }
        all
    }

    pub fn record(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name)
    }

    pub fn alias(&self, name: &str, arguments: &[Ty]) -> Option<Ty> {
        let (parameters, ty) = self.aliases.get(name)?;
        Some(ty.with(&replaced(parameters, arguments)))
    }

    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.get(name)
    }

    pub fn method(&self, of: &str, name: &str) -> Option<&Function> {
        self.methods.get(&(of.into(), name.into()))?.as_ref()
    }

    /// What `Deref` leads to.
    pub fn target(&self, of: &str) -> Option<&Function> {
        self.targets.get(of)
    }

    fn add(&mut self, names: &mut Names, items: &[Item]) {
        for item in items {
            match item {
                Item::Struct(one) => {
                    let members = match &one.fields {
                        Fields::Named(fields) => fields
                            .named
                            .iter()
                            .filter_map(|field| {
                                let name = plain(field.ident.as_ref()?);
                                Some((name.into(), names.ty(&field.ty, None)))
                            })
                            .collect(),
                        Fields::Unnamed(fields) => (0..)
                            .zip(&fields.unnamed)
                            .map(|(at, field)| {
                                let name: usize = at;
                                (name.to_string().into(), names.ty(&field.ty, None))
                            })
                            .collect(),
                        Fields::Unit => Vec::new(),
                    };
                    let parameters = parameters(&one.generics);
                    self.structs.insert(plain(&one.ident).into(), Struct { parameters, members });
                }
                Item::Type(one) => {
                    let ty = names.ty(&one.ty, None);
                    let entry = (parameters(&one.generics), ty);
                    self.aliases.insert(plain(&one.ident).into(), entry);
                }
                Item::Fn(one) => {
                    let function = Function::new(names, &one.sig, None, &[]);
                    self.functions.insert(plain(&one.sig.ident).into(), function);
                }
                Item::Impl(one) => self.block(names, one),
                _ => {}
            }
        }
    }

    fn block(&mut self, names: &mut Names, block: &syn::ItemImpl) {
        let of = names.ty(&block.self_ty, None);
        names.associate(block, &of);
        let Ty::Named(named) = &of else { return };
        let outer = parameters(&block.generics);
        for item in &block.items {
            match item {
                ImplItem::Fn(one) => {
                    let method = Function::new(names, &one.sig, Some(&of), &outer);
                    let key = (named.name.clone(), plain(&one.sig.ident).into());
                    match self.methods.get_mut(&key) {
                        None => drop(self.methods.insert(key, Some(method))),
                        Some(known)
                            if known.as_ref().is_some_and(|m| m.result != method.result) =>
                        {
                            *known = None;
                        }
                        Some(_) => {}
                    }
                }
                ImplItem::Type(one) if one.ident == "Target" => {
                    let result = names.ty(&one.ty, Some(&of));
                    let (of, parameters, inputs) = (of.clone(), outer.clone(), Vec::new());
                    let target = Function { of, parameters, inputs, result, consumes: false };
                    self.targets.insert(named.name.clone(), target);
                }
                _ => {}
            }
        }
    }
}

fn returned(names: &Names, output: &ReturnType, own: Option<&Ty>) -> Ty {
    match output {
        ReturnType::Default => Ty::Tuple([].into()),
        ReturnType::Type(_, ty) => names.ty(ty, own),
    }
}

/// The names of generic types.
pub(crate) fn parameters(generics: &Generics) -> Vec<Arc<str>> {
    generics.type_params().map(|parameter| plain(&parameter.ident).into()).collect()
}

/// Whether code is compiled for tests alone: `#[cfg(test)]`, `#[test]`, a module of KUnit tests.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        let name = last.map(|last| plain(&last.ident)).unwrap_or_default();
        match name.as_str() {
            "test" | "kunit_tests" => true,
            "cfg" => match &attribute.meta {
                Meta::List(list) => list.tokens.to_string() == "test",
                _ => false,
            },
            _ => false,
        }
    })
}
