//! The type of a call: accessors and typed operations from the API table, macros by expansion,
//! functions by declaration.

use std::rc::Rc;

use crate::kernel::{AccessorResult, OperationResult, api};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::expr::{
    Base, Result, Site, Typed, Typer, Untyped, rvalue, shortened, sited, value,
};
use crate::types::macros::split_arguments;
use crate::types::{Qualified, Type};

impl Typer<'_, '_> {
    /// The type of a call of a function, a macro or an accessor.
    pub(super) fn call(&self, tree: &Tree, node: NodeId) -> Result<Typed> {
        let function = tree.child(node, Field::Function).ok_or(Untyped::Syntax)?;
        if let Some(ty) = self.parenthesized_type(tree, function) {
            return Ok(Typed { ty, base: Base::Value, site: None });
        }
        let bare = tree.bare(function);
        if tree.kind(bare) != Kind::Identifier {
            let function = self.typed(tree, bare)?;
            return self.result(function, tree.text(node));
        }
        let name = tree.text(bare);
        if self.scopes.find(name).is_some() {
            let function = self.typed(tree, bare)?;
            return self.result(function, tree.text(node));
        }
        if let Some(accessor) = api().accessors.get(name) {
            match (accessor.result, accessor.value) {
                (AccessorResult::Void, _) => return Ok(value(Type::Void)),
                (AccessorResult::Value, Some(at)) => {
                    let stored = rvalue(self.argument(tree, node, at)?);
                    return Ok(match self.resolve(&stored.ty).ty {
                        Type::Null | Type::Number(_) => {
                            Typed { ty: Qualified::plain(Type::Void).pointer(), ..stored }
                        }
                        _ => stored,
                    });
                }
                _ => {}
            }
            let mut typed = rvalue(self.argument(tree, node, accessor.pointer)?);
            typed.ty = self.stripped(&typed.ty);
            return Ok(typed);
        }
        if let Some(operation) = api().operations.get(name) {
            return match operation.result {
                OperationResult::Same(at) => self.argument(tree, node, at),
                OperationResult::Dereferenced(at) => {
                    let pointer = self.argument(tree, node, at)?;
                    self.pointee(pointer, tree.text(node)).map(rvalue)
                }
                OperationResult::PointerTo(at) => {
                    let ty = self.argument_type(tree, node, at)?;
                    Ok(Typed { ty: ty.pointer(), base: Base::Value, site: None })
                }
                OperationResult::TypeOf(at) => {
                    let ty = self.argument_type(tree, node, at)?;
                    Ok(Typed { ty, base: Base::Value, site: None })
                }
                OperationResult::Int => Ok(value(Type::INT)),
                OperationResult::Void => Ok(value(Type::Void)),
            };
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let macros = self.unit.macros(&name);
        for found in macros.iter().filter(|f| f.what.parameters.is_some()) {
            let text = arguments_text(tree, node);
            let arguments = split_arguments(&text);
            let expanded = found.what.substitute(&arguments);
            if calls_itself(&expanded, &name) {
                break;
            }
            if let Ok(typed) = self.expansion(&expanded) {
                return Ok(sited(typed, found));
            }
        }
        let found = self.unit.ordinary(&name);
        let mut all = found.iter().filter(|f| !f.what.typedef);
        if let Some(found) = all.next() {
            self.note_dispute(found, all);
            let site = Site { file: found.file.clone(), span: found.what.span, name };
            let function =
                Typed { ty: found.what.ty.clone(), base: Base::Value, site: Some(Rc::new(site)) };
            return self.result(function, tree.text(node));
        }
        for found in macros.iter().filter(|f| f.what.parameters.is_none()) {
            let text = format!("{}({})", found.what.body, arguments_text(tree, node));
            if let Ok(typed) = self.expansion(&text) {
                return Ok(typed);
            }
        }
        Err(if macros.is_empty() { Untyped::NoDeclaration(name) } else { Untyped::Macro(name) })
    }

    fn argument(&self, tree: &Tree, call: NodeId, index: usize) -> Result<Typed> {
        let arguments = tree.child(call, Field::Arguments).ok_or(Untyped::Syntax)?;
        let argument = tree.children(arguments).nth(index).ok_or(Untyped::Syntax)?;
        self.typed(tree, argument)
    }

    fn argument_type(&self, tree: &Tree, call: NodeId, index: usize) -> Result<Qualified> {
        let text = arguments_text(tree, call);
        let arguments = split_arguments(&text);
        let argument = arguments.get(index).ok_or(Untyped::Syntax)?;
        self.type_text(argument)
            .ok_or_else(|| Untyped::NoDefinition(shortened(argument.as_bytes())))
    }

    /// What calling something gives.
    fn result(&self, function: Typed, text: &[u8]) -> Result<Typed> {
        let mut ty = self.resolve(&function.ty);
        for _ in 0..3 {
            match ty.ty {
                Type::Function(signature) => {
                    return Ok(Typed {
                        ty: signature.result.clone(),
                        base: Base::Value,
                        site: function.site,
                    });
                }
                Type::Pointer(to) => ty = self.resolve(&to),
                _ => break,
            }
        }
        Err(Untyped::NotAPointer(shortened(text)))
    }
}

/// The text between the parentheses of a call.
pub fn arguments_text(tree: &Tree, call: NodeId) -> String {
    let Some(arguments) = tree.child(call, Field::Arguments) else { return String::new() };
    let text = tree.text(arguments);
    let inside = text.strip_prefix(b"(").unwrap_or(text);
    let inside = inside.strip_suffix(b")").unwrap_or(inside);
    String::from_utf8_lossy(inside).into_owned()
}

/// `#define f(x) f(x)`: the function of the same name is meant.
fn calls_itself(text: &str, name: &str) -> bool {
    text.trim_start()
        .strip_prefix(name)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}
