//! What the C index says of what Rust reaches through its bindings.

use std::cell::Cell;

use crate::facts::Declaration;
use crate::flow::accessors::AccessorKind;
use crate::flow::{Flows, concerns_readers};
use crate::index::IndexedFile;
use crate::items::ItemKind;
use crate::kernel::context::{Verb, context};
use crate::text::Span;
use crate::text::lexer::{TokenKind, lex_fragment};
use crate::types::{Qualified, Scopes, Site, Type, Typer, Unit};

/// C as the bindings of a tree see it (`rust/bindings/bindings_helper.h` and the helpers).
pub(super) struct Bindings<'u, 'a> {
    unit: &'u Unit<'a>,
    flows: Flows<'u, 'a>,
    scopes: Scopes,
    depth: Cell<u32>,
}

/// What a C function or macro is to a caller in Rust.
#[derive(Default)]
pub(super) struct Callee {
    /// What it returns.
    pub result: Option<Qualified>,
    /// It loads a pointer that is good as long as the reader section around it.
    pub loads: bool,
    /// It has to be called in a reader section.
    pub needs_reader: bool,
    /// It begins a reader section, or ends one.
    pub section: Option<bool>,
    /// It is an accessor: of its arguments nothing is known.
    pub accessor: bool,
    /// It is no function, and no helper makes one of it: whether it is a macro, and its definition.
    pub missing: Option<(bool, Declaration)>,
}

/// What helpers for Rust are called (rust/helpers/, rust/helpers.c).
const HELPER: &str = "rust_helper_";

impl<'u, 'a> Bindings<'u, 'a> {
    pub fn new(unit: &'u Unit<'a>) -> Bindings<'u, 'a> {
        Bindings { unit, flows: Flows::new(unit), scopes: Scopes::default(), depth: Cell::new(0) }
    }

    fn typer(&self) -> Typer<'_, 'a> {
        Typer::new(self.unit, &self.scopes, &self.depth)
    }

    /// The type that bindgen makes one of this name for: a struct, a union or a typedef.
    pub fn ty(&self, name: &str) -> Option<Qualified> {
        if !self.unit.records(name).is_empty() {
            return Some(Qualified::plain(Type::Tag(name.into())));
        }
        let typedef = self.unit.ordinary(name).iter().any(|found| found.what.typedef);
        typedef.then(|| Qualified::plain(Type::Named(name.into())))
    }

    /// A global variable.
    pub fn global(&self, name: &str) -> Option<Qualified> {
        let found = self.unit.ordinary(name);
        let found = found.iter().find(|found| !found.what.typedef)?;
        (!matches!(found.what.ty.ty, Type::Function(_))).then(|| found.what.ty.clone())
    }

    /// A member, as bindgen names it: that of an anonymous struct or union in a `__bindgen_anon_1`,
    /// one with the name of a keyword with `_` behind it.
    pub fn member(&self, of: &Qualified, name: &str) -> Option<(Qualified, Option<Declaration>)> {
        if name.starts_with("__bindgen_anon_") && self.is_record(of) {
            return Some((of.clone(), None));
        }
        let typer = self.typer();
        let find = |name: &str| typer.undisputed(|| typer.member(of, name).ok());
        let (ty, site) = find(name).or_else(|| find(name.strip_suffix('_')?))?;
        Some((ty, Some(declaration(&site))))
    }

    fn is_record(&self, ty: &Qualified) -> bool {
        matches!(self.typer().resolve(ty).ty, Type::Tag(_) | Type::Record(_))
    }

    /// What a pointer points to.
    pub fn pointee(&self, ty: &Qualified) -> Option<Qualified> {
        match self.typer().resolve(ty).ty {
            Type::Pointer(to) => Some(Qualified::plain(to.ty.clone())),
            _ => None,
        }
    }

    /// What an array is made of.
    pub fn element(&self, ty: &Qualified) -> Option<Qualified> {
        match self.typer().resolve(ty).ty {
            Type::Array(of) => Some((*of).clone()),
            _ => None,
        }
    }

    /// Whether it is a pointer that C declares `__rcu`.
    pub fn is_annotated(&self, ty: &Qualified) -> bool {
        self.typer().rcu_pointee(ty).is_some()
    }

    /// The type without the annotation.
    pub fn stripped(&self, ty: &Qualified) -> Qualified {
        self.typer().stripped(ty)
    }

    /// What a call through the bindings reaches.
    pub fn callee(&self, name: &str) -> Callee {
        let helper = format!("{HELPER}{name}");
        let helpers = self.unit.functions(&helper);
        let kind = self.flows.accessor(name).map(|accessor| accessor.kind);
        let mut callee = Callee { section: self.section(name), ..Callee::default() };
        callee.accessor = kind.is_some();
        match kind {
            Some(AccessorKind::Reader(_)) => (callee.loads, callee.needs_reader) = (true, true),
            Some(AccessorKind::Either(_) | AccessorKind::Raw) => callee.loads = true,
            _ => {}
        }
        if !helpers.is_empty() {
            callee.result = self.result(&helper);
            for at in &helpers {
                let (loads, section) = self.calls(at.text());
                callee.loads |= loads && returns_pointer(&callee.result);
                callee.needs_reader |= loads && !section;
            }
            return callee;
        }
        callee.result = self.result(name);
        let concerns = concerns_readers(name.as_bytes(), self.flows.version) || kind.is_some();
        if concerns {
            callee.missing = self.no_function(name);
        }
        callee
    }

    fn section(&self, name: &str) -> Option<bool> {
        let effects = context().effects(name.as_bytes(), self.flows.version);
        let mut of_readers = effects.filter(|e| e.kinds.iter().any(|kind| kind.is_reader()));
        of_readers.find_map(|effect| match effect.verb {
            Verb::Take => Some(true),
            Verb::Release => Some(false),
            _ => None,
        })
    }

    fn result(&self, function: &str) -> Option<Qualified> {
        let found = self.unit.ordinary(function);
        found.iter().find_map(|found| match &found.what.ty.ty {
            Type::Function(signature) => Some(signature.result.clone()),
            _ => None,
        })
    }

    /// Whether a body loads for a reader, and whether it has a reader section itself.
    fn calls(&self, text: &[u8]) -> (bool, bool) {
        let tokens = lex_fragment(text);
        let (mut loads, mut section) = (false, false);
        for (at, token) in tokens.iter().enumerate() {
            let call = tokens.get(at + 1).is_some_and(|next| next.is(text, b"("));
            if token.kind != TokenKind::Ident || !call {
                continue;
            }
            let Ok(name) = std::str::from_utf8(token.text(text)) else { continue };
            let kind = self.flows.accessor(name).map(|accessor| accessor.kind);
            loads |= matches!(kind, Some(AccessorKind::Reader(_)));
            section |= self.section(name) == Some(true) || matches!(name, "guard" | "scoped_guard");
        }
        (loads, section)
    }

    /// What a name is defined as, if that is a macro or an inline function: bindgen makes a function of
    /// neither.
    fn no_function(&self, name: &str) -> Option<(bool, Declaration)> {
        let inline = self.unit.functions(name);
        let is_static = |text: &[u8]| {
            let head = &text[..memchr::memchr(b'{', text).unwrap_or(text.len())];
            memchr::memmem::find(head, b"static").is_some()
                || memchr::memmem::find(head, b"__always_inline").is_some()
        };
        if inline.iter().any(|at| !is_static(at.text())) {
            return None;
        }
        if let Some(at) = inline.first() {
            let item = &at.file.items.items[at.item as usize];
            let name_at = memchr::memmem::find(at.text(), name.as_bytes()).unwrap_or_default();
            let start = item.span.start as usize + name_at;
            let span = Span::new(start, start + name.len());
            return Some((false, declared(&at.file, span, name.to_owned())));
        }
        // A prototype without a body: a function of its own.
        if self.result(name).is_some() {
            return None;
        }
        let macros = self.unit.macros(name);
        let found = macros.iter().find(|found| found.what.parameters.is_some())?;
        let is_it = |item: &&crate::items::Item| {
            item.kind == ItemKind::Define
                && memchr::memmem::find(found.file.text(item), format!("{name}(").as_bytes())
                    .is_some_and(|at| at < MOST_BEFORE_NAME)
        };
        let item = found.file.items.items.iter().find(is_it)?;
        let name_at = memchr::memmem::find(found.file.text(item), name.as_bytes())?;
        let start = item.span.start as usize + name_at;
        let span = Span::new(start, start + name.len());
        Some((true, declared(&found.file, span, name.to_owned())))
    }
}

/// `#`, `define` and white space stand before the name of a macro.
const MOST_BEFORE_NAME: usize = 24;

fn returns_pointer(result: &Option<Qualified>) -> bool {
    result.as_ref().is_some_and(|result| matches!(result.ty, Type::Pointer(_) | Type::Named(_)))
}

fn declaration(site: &Site) -> Declaration {
    declared(&site.file, site.span, site.name.clone())
}

fn declared(file: &IndexedFile, span: Span, name: String) -> Declaration {
    let source = file.source();
    Declaration {
        name,
        path: file.path.clone(),
        shown: file.shown.clone(),
        span,
        start: source.position(span.start),
        end: source.position(span.end),
    }
}
