//! The type of an expression.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::index::IndexedFile;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::types::{Declared, Found, MacroDef, Qualified, Scopes, Type, Unit};

/// The type of an expression, and what kind of storage it names.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The type.
    pub ty: Qualified,
    /// The storage.
    pub base: Base,
    /// The declaration that the type comes from.
    pub site: Option<Rc<Site>>,
}

/// What an expression names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// A value, not an object.
    Value,
    /// A variable or parameter of the function.
    Local,
    /// A global variable.
    Global,
    /// Part of a variable of the function.
    LocalObject,
    /// Part of an object that the function allocated and has not handed out.
    Fresh,
    /// Part of an object reached through a pointer, or of a global.
    Shared,
}

/// A declaration.
#[derive(Clone)]
pub struct Site {
    /// The file that it stands in.
    pub file: Arc<IndexedFile>,
    /// The declared name.
    pub span: Span,
    /// What is declared: `struct a.b`, `c`.
    pub name: String,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.name, self.file.shown)
    }
}

/// Why an expression has no type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untyped {
    /// No declaration of a name is visible.
    NoDeclaration(String),
    /// No definition of a struct or union is visible.
    NoDefinition(String),
    /// A struct or union has no such member.
    NoMember(String, String),
    /// A member of something that is no struct or union.
    NotARecord(String),
    /// Something followed that is no pointer.
    NotAPointer(String),
    /// A macro whose expansion could not be typed.
    Macro(String),
    /// The parser did not understand the expression.
    Syntax,
    /// Too deeply nested.
    TooDeep,
}

impl fmt::Display for Untyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Untyped::NoDeclaration(name) => write!(f, "no declaration of {name} is visible"),
            Untyped::NoDefinition(name) => write!(f, "no definition of {name} is visible"),
            Untyped::NoMember(record, name) => write!(f, "{record} has no member {name}"),
            Untyped::NotARecord(name) => write!(f, "member {name} of something without members"),
            Untyped::NotAPointer(text) => write!(f, "{text} is followed but is no pointer"),
            Untyped::Macro(name) => write!(f, "the expansion of {name} has no known type"),
            Untyped::Syntax => write!(f, "not understood"),
            Untyped::TooDeep => write!(f, "nested too deeply"),
        }
    }
}

/// Nesting of expressions and expansions that is followed.
pub(super) const MAX_DEPTH: u32 = 120;

/// Types expressions in one place of a function.
pub struct Typer<'u, 'a> {
    /// The file.
    pub unit: &'u Unit<'a>,
    /// The variables visible here.
    pub scopes: &'u Scopes,
    pub(super) depth: &'u Cell<u32>,
}

pub(super) type Result<T> = std::result::Result<T, Untyped>;

impl<'u, 'a> Typer<'u, 'a> {
    /// Types expressions that see these variables.
    pub fn new(unit: &'u Unit<'a>, scopes: &'u Scopes, depth: &'u Cell<u32>) -> Typer<'u, 'a> {
        Typer { unit, scopes, depth }
    }

    /// The type of an expression.
    ///
    /// # Errors
    /// Why it has none.
    pub fn typed(&self, tree: &Tree, node: NodeId) -> Result<Typed> {
        if self.depth.get() > MAX_DEPTH || !self.unit.spend(1) {
            return Err(Untyped::TooDeep);
        }
        self.depth.set(self.depth.get() + 1);
        let result = self.expression(tree, node);
        self.depth.set(self.depth.get() - 1);
        result
    }

    fn expression(&self, tree: &Tree, node: NodeId) -> Result<Typed> {
        let child = |field| tree.child(node, field).ok_or(Untyped::Syntax);
        match tree.kind(node) {
            Kind::Identifier => self.identifier(tree.text(node)),
            Kind::NumberLiteral
            | Kind::CharLiteral
            | Kind::True
            | Kind::False
            | Kind::SizeofExpression
            | Kind::AlignofExpression
            | Kind::OffsetofExpression => Ok(value(Type::INT)),
            Kind::Null => Ok(value(Type::Null)),
            Kind::StringLiteral | Kind::ConcatenatedString => {
                Ok(value(Type::Pointer(Arc::new(Qualified::plain(Type::Number("char"))))))
            }
            Kind::ParenthesizedExpression => {
                let inner = tree.first_child(node).ok_or(Untyped::Syntax)?;
                if tree.kind(inner) == Kind::CompoundStatement {
                    self.statement_expression(tree, inner)
                } else {
                    self.typed(tree, inner)
                }
            }
            Kind::ExtensionExpression => {
                self.typed(tree, tree.first_child(node).ok_or(Untyped::Syntax)?)
            }
            Kind::FieldExpression => self.field(tree, node),
            Kind::SubscriptExpression => {
                let array = self.typed(tree, child(Field::Argument)?)?;
                if let (Type::Number(_), Ok(index)) =
                    (&self.resolve(&array.ty).ty, child(Field::Index))
                {
                    // `0[array]`
                    let array = self.typed(tree, index)?;
                    return self.pointee(array, tree.text(node));
                }
                self.pointee(array, tree.text(node))
            }
            Kind::PointerExpression => {
                let argument = child(Field::Argument)?;
                if tree.operator(node) == b"*" {
                    let pointer = self.typed(tree, argument)?;
                    return self.pointee(pointer, tree.text(node));
                }
                let object = self.typed(tree, argument)?;
                Ok(Typed { ty: object.ty.pointer(), base: Base::Value, site: object.site })
            }
            Kind::UnaryExpression if tree.operator(node) == b"!" => Ok(value(Type::INT)),
            Kind::UnaryExpression | Kind::UpdateExpression => {
                Ok(rvalue(self.typed(tree, child(Field::Argument)?)?))
            }
            Kind::BinaryExpression => self.binary(tree, node),
            Kind::AssignmentExpression => Ok(rvalue(self.typed(tree, child(Field::Left)?)?)),
            Kind::CommaExpression => Ok(rvalue(self.typed(tree, child(Field::Right)?)?)),
            Kind::CastExpression | Kind::CompoundLiteralExpression => {
                let ty = self.descriptor(tree, child(Field::Type)?);
                let base = match tree.kind(node) {
                    Kind::CompoundLiteralExpression => Base::Local,
                    _ => Base::Value,
                };
                // `*(T __rcu **)slot`: the cast is what carries the annotation.
                let site = (tree.in_file && ty.mentions_rcu()).then(|| {
                    Rc::new(Site {
                        file: self.unit.file.clone(),
                        span: tree.file_span(child(Field::Type).unwrap_or(node)),
                        name: "this cast".to_owned(),
                    })
                });
                Ok(Typed { ty, base, site })
            }
            Kind::ConditionalExpression => {
                let alternative = self.typed(tree, child(Field::Alternative)?);
                let consequence = match tree.child(node, Field::Consequence) {
                    Some(consequence) => self.typed(tree, consequence),
                    None => self.typed(tree, child(Field::Condition)?),
                };
                match (consequence, alternative) {
                    (Ok(typed), Ok(other)) => {
                        Ok(rvalue(if self.says_little(&typed) { other } else { typed }))
                    }
                    (Ok(typed), Err(_)) | (Err(_), Ok(typed)) => Ok(rvalue(typed)),
                    (Err(reason), Err(_)) => Err(reason),
                }
            }
            Kind::CallExpression => self.call(tree, node),
            Kind::GenericExpression => tree
                .children(node)
                .skip(1)
                .filter(|at| tree.kind(*at) != Kind::TypeDescriptor)
                .find_map(|at| self.typed(tree, at).ok())
                .map(rvalue)
                .ok_or(Untyped::Syntax),
            Kind::GnuAsmExpression => Ok(value(Type::INT)),
            _ => Err(Untyped::Syntax),
        }
    }

    /// NULL and `void *` take the type of the other operand.
    fn says_little(&self, typed: &Typed) -> bool {
        match self.resolve(&typed.ty).ty {
            Type::Null | Type::Number(_) | Type::Void => true,
            Type::Pointer(to) => to.ty == Type::Void,
            _ => false,
        }
    }

    fn identifier(&self, name: &[u8]) -> Result<Typed> {
        let text = || String::from_utf8_lossy(name).into_owned();
        if let Some(local) = self.scopes.find(name) {
            if local.typedef {
                return Err(Untyped::NoDeclaration(text()));
            }
            let site = Site {
                file: self.unit.file.clone(),
                span: local.span,
                name: local.name.to_string(),
            };
            if let Some((base, site)) = &local.stands_for {
                return Ok(Typed { ty: local.ty.clone(), base: *base, site: site.clone() });
            }
            let base = if local.shared { Base::Global } else { Base::Local };
            return Ok(Typed { ty: local.ty.clone(), base, site: Some(Rc::new(site)) });
        }
        if !name.iter().all(|byte| crate::text::lexer::is_ident_byte(*byte)) {
            return Err(Untyped::Syntax);
        }
        let name = text();
        if let Some(typed) = self.declared_by_macro(&name) {
            return Ok(typed);
        }
        let found = self.unit.ordinary(&name);
        let mut all = found.iter().filter(|f| !f.what.typedef && f.what.ty.ty != Type::Unknown);
        if let Some(declared) = all.next() {
            self.note_dispute(declared, all);
            let base = match declared.what.ty.ty {
                Type::Function(_) => Base::Value,
                _ => Base::Global,
            };
            let site =
                Site { file: declared.file.clone(), span: declared.what.span, name: name.clone() };
            let ty = declared.what.ty.clone();
            return Ok(Typed { ty, base, site: Some(Rc::new(site)) });
        }
        let macros = self.unit.macros(&name);
        for found in macros.iter().filter(|f| f.what.parameters.is_none()) {
            if let Ok(typed) = self.expansion(&found.what.body) {
                return Ok(sited(typed, found));
            }
        }
        if name == "__func__" || name == "__FUNCTION__" || name == "__FILE__" {
            return Ok(value(Type::Pointer(Arc::new(Qualified::plain(Type::Number("char"))))));
        }
        Err(if macros.is_empty() { Untyped::NoDeclaration(name) } else { Untyped::Macro(name) })
    }

    /// Notes where other declarations of a name disagree with the one that counts.
    pub(super) fn note_dispute<'f>(
        &self,
        one: &Found<Declared>,
        mut others: impl Iterator<Item = &'f Found<Declared>>,
    ) {
        if others.any(|other| other.what.ty.mentions_rcu() != one.what.ty.mentions_rcu()) {
            self.unit.disputed.set(true);
        }
    }

    /// What `find` finds, unless definitions that it met on the way disagree about the annotation.
    pub fn undisputed<T>(&self, find: impl FnOnce() -> Option<T>) -> Option<T> {
        let before = self.unit.disputed.replace(false);
        let found = find();
        let disputed = self.unit.disputed.replace(before);
        found.filter(|_| !disputed)
    }

    /// A variable that a macro call declares: `DECLARE_SOCKADDR(type, name, value)`,
    /// `CLASS(fd, name)(value)`, or the cursor of a loop macro.
    fn declared_by_macro(&self, name: &str) -> Option<Typed> {
        let searched: usize = self.scopes.macro_calls().map(|call| call.len()).sum();
        if !self.unit.spend_on_text(searched) {
            return None;
        }
        let calls: Vec<_> = self
            .scopes
            .macro_calls()
            .filter(|call| mentions_word(call.as_bytes(), name.as_bytes()))
            .filter(|call| self.unit.may_declare(call, name))
            .cloned()
            .collect();
        calls.iter().find_map(|call| {
            let (tree, declarations) = self.unit.declared_by_call(call)?;
            let node = declarations.iter().find(|(one, _)| **one == *name)?.1;
            // In its own expansion the name means something further out.
            let _entered = self.unit.enter_call(call)?;
            self.enter(|| {
                let mut scopes = self.scopes.clone();
                self.unit.declare(&tree, node, &mut scopes, self.depth);
                let local = scopes.find(name.as_bytes())?;
                let base = if local.shared { Base::Global } else { Base::Local };
                Some(Typed { ty: local.ty.clone(), base, site: None })
            })
        })
    }

    fn field(&self, tree: &Tree, node: NodeId) -> Result<Typed> {
        let argument = tree.child(node, Field::Argument).ok_or(Untyped::Syntax)?;
        let name = tree.child(node, Field::Field).ok_or(Untyped::Syntax)?;
        let name = String::from_utf8_lossy(tree.text(name)).into_owned();
        let mut object = self.typed(tree, argument)?;
        let fresh = self.is_fresh(tree, argument);
        let base = if tree.operator(node) == b"->" {
            object = self.pointee(object, tree.text(node))?;
            if fresh { Base::Fresh } else { object.base }
        } else {
            match object.base {
                Base::Local => Base::LocalObject,
                Base::Global | Base::Value => Base::Shared,
                other => other,
            }
        };
        // Members lie where their structure does.
        let space = object.ty.rcu;
        match self.member(&object.ty, &name) {
            Ok((ty, site)) => {
                let ty = Qualified { rcu: ty.rcu || space, ty: ty.ty };
                Ok(Typed { ty, base, site: Some(Rc::new(site)) })
            }
            Err(reason) => self.renamed_member(tree, argument, node, &name).ok_or(reason),
        }
    }

    /// `#define old_member inner.new_member`
    fn renamed_member(
        &self,
        tree: &Tree,
        argument: NodeId,
        node: NodeId,
        name: &str,
    ) -> Option<Typed> {
        let macros = self.unit.macros(name);
        let renamed =
            macros.iter().find(|f| f.what.parameters.is_none() && f.what.body.len() > 1)?;
        let object = String::from_utf8_lossy(tree.text(argument));
        let operator = String::from_utf8_lossy(tree.operator(node));
        self.expansion(&format!("({object}){operator}{}", renamed.what.body)).ok()
    }

    /// Whether an expression is a variable that points to an object nobody else has seen.
    fn is_fresh(&self, tree: &Tree, node: NodeId) -> bool {
        let node = tree.bare(node);
        tree.kind(node) == Kind::Identifier
            && self.scopes.find(tree.text(node)).is_some_and(|local| local.fresh)
    }

    /// What a pointer points to, or an element of an array.
    pub(super) fn pointee(&self, pointer: Typed, text: &[u8]) -> Result<Typed> {
        let site = pointer.site.clone();
        match self.resolve(&pointer.ty).ty {
            Type::Pointer(to) => {
                // `*f` of a function pointer is the function.
                let base = if let Type::Function(_) = to.ty { Base::Value } else { Base::Shared };
                Ok(Typed { ty: (*to).clone(), base, site })
            }
            Type::Array(of) => {
                let base = match pointer.base {
                    Base::Local => Base::LocalObject,
                    Base::Global | Base::Value => Base::Shared,
                    other => other,
                };
                // Elements lie where their array does.
                let ty = Qualified { rcu: of.rcu || pointer.ty.rcu, ty: of.ty.clone() };
                Ok(Typed { ty, base, site })
            }
            Type::Function(_) => Ok(pointer),
            _ => Err(Untyped::NotAPointer(shortened(text))),
        }
    }

    fn binary(&self, tree: &Tree, node: NodeId) -> Result<Typed> {
        let left = tree.child(node, Field::Left).ok_or(Untyped::Syntax)?;
        let right = tree.child(node, Field::Right).ok_or(Untyped::Syntax)?;
        match tree.operator(node) {
            b"+" | b"-" => {
                if let Some(ty) = self.parenthesized_type(tree, left) {
                    return Ok(Typed { ty, base: Base::Value, site: None });
                }
                let first = self.typed(tree, left);
                match &first {
                    Ok(typed) if self.is_pointer(&typed.ty) => {
                        let difference = tree.operator(node) == b"-"
                            && self.typed(tree, right).is_ok_and(|t| self.is_pointer(&t.ty));
                        if difference {
                            return Ok(value(Type::INT));
                        }
                        return first.map(rvalue);
                    }
                    _ => {}
                }
                match self.typed(tree, right) {
                    Ok(typed) if self.is_pointer(&typed.ty) => Ok(rvalue(typed)),
                    Ok(_) => first.map(rvalue).or_else(|_| Ok(value(Type::INT))),
                    Err(reason) => first.map(rvalue).map_err(|_| reason),
                }
            }
            // `(type)&x` and `(type)*x` look like products to a grammar without typedefs.
            b"&" | b"*" => match self.parenthesized_type(tree, left) {
                Some(ty) => Ok(Typed { ty, base: Base::Value, site: None }),
                None => Ok(value(Type::INT)),
            },
            _ => Ok(value(Type::INT)),
        }
    }

    fn is_pointer(&self, ty: &Qualified) -> bool {
        matches!(self.resolve(ty).ty, Type::Pointer(_) | Type::Array(_))
    }

    /// The type of an expression given as text.
    ///
    /// # Errors
    /// Why it has none.
    pub fn typed_text(&self, text: &str) -> Result<Typed> {
        self.expansion(text)
    }

    /// The type of an expanded macro.
    pub(super) fn expansion(&self, text: &str) -> Result<Typed> {
        if self.depth.get() > MAX_DEPTH {
            return Err(Untyped::TooDeep);
        }
        let tree = self.unit.snippet(text).ok_or(Untyped::Syntax)?;
        let body = tree
            .all()
            .find(|node| tree.kind(*node) == Kind::CompoundStatement)
            .ok_or(Untyped::Syntax)?;
        let statement = tree.children(body).next().ok_or(Untyped::Syntax)?;
        if tree.kind(statement) != Kind::ExpressionStatement {
            return Err(Untyped::Syntax);
        }
        let node = tree.first_child(statement).ok_or(Untyped::Syntax)?;
        self.depth.set(self.depth.get() + 4);
        let result = self.typed(&tree, node);
        self.depth.set(self.depth.get() - 4);
        result
    }

    /// `({ ...; value; })`
    fn statement_expression(&self, tree: &Tree, body: NodeId) -> Result<Typed> {
        let mut scopes = self.scopes.clone();
        scopes.enter();
        let mut last = None;
        for statement in tree.children(body) {
            last = Some(statement);
            if tree.kind(statement) == Kind::Declaration {
                self.unit.declare(tree, statement, &mut scopes, self.depth);
            }
        }
        let last = last.filter(|last| tree.kind(*last) == Kind::ExpressionStatement);
        let node = last.and_then(|last| tree.first_child(last)).ok_or(Untyped::Syntax)?;
        let inner = Typer { unit: self.unit, scopes: &scopes, depth: self.depth };
        inner.typed(tree, node).map(rvalue)
    }
}

/// What a macro stands for; where its own text has the annotation (`*(T __rcu **)slot`), the macro
/// is what declares it.
pub(super) fn sited(mut typed: Typed, found: &Found<Arc<MacroDef>>) -> Typed {
    if typed.site.is_none() && found.what.body.contains("__rcu") {
        typed.site = Some(Rc::new(Site {
            file: found.file.clone(),
            span: found.what.name_span(),
            name: found.what.name.to_string(),
        }));
    }
    typed
}

pub(super) fn value(ty: Type) -> Typed {
    Typed { ty: Qualified::plain(ty), base: Base::Value, site: None }
}

/// The value of an object. Arrays keep naming their storage: their elements do.
pub(super) fn rvalue(mut typed: Typed) -> Typed {
    if !matches!(typed.ty.ty, Type::Array(_)) {
        typed.base = Base::Value;
        // A value lies nowhere.
        typed.ty.rcu = false;
    }
    typed
}

fn mentions_word(text: &[u8], word: &[u8]) -> bool {
    let boundary = |at: Option<&u8>| !at.is_some_and(|b| crate::text::lexer::is_ident_byte(*b));
    memchr::memmem::find_iter(text, word).any(|at| {
        boundary(at.checked_sub(1).and_then(|at| text.get(at)))
            && boundary(text.get(at + word.len()))
    })
}

pub(super) fn shortened(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.len() > 60 {
        let cut = (0..=57).rev().find(|at| words.is_char_boundary(*at)).unwrap_or(0);
        words.truncate(cut);
        words.push_str("...");
    }
    words
}
