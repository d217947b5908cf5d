//! The variables that a function's code sees.

use std::rc::Rc;
use std::sync::Arc;

use crate::text::Span;
use crate::types::{Base, Parameter, Qualified, Site};

/// A variable of a function.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Qualified,
    /// Its declared name in the file.
    pub span: Span,
    /// `static` or `extern`: not the function's own.
    pub shared: bool,
    /// Names a type.
    pub typedef: bool,
    /// Points to an object that the function allocated and has not handed out.
    pub fresh: bool,
    /// For the parameter of a macro: the storage that its argument names, and its declaration.
    pub stands_for: Option<(Base, Option<Rc<Site>>)>,
}

/// Nested blocks, innermost last.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    locals: Vec<Local>,
    /// Macro calls that may declare a variable, as text; most do not.
    macro_calls: Vec<Arc<str>>,
    blocks: Vec<(usize, usize)>,
}

impl Scopes {
    /// Enters a block.
    pub fn enter(&mut self) {
        self.blocks.push((self.locals.len(), self.macro_calls.len()));
    }

    /// Leaves the innermost block.
    pub fn leave(&mut self) {
        if let Some((locals, calls)) = self.blocks.pop() {
            self.locals.truncate(locals);
            self.macro_calls.truncate(calls);
        }
    }

    /// Declares a variable in the innermost block.
    pub fn declare(&mut self, local: Local) {
        self.locals.push(local);
    }

    /// Declares a parameter, if it has a name.
    pub fn declare_parameter(&mut self, parameter: &Parameter) {
        let Some(name) = &parameter.name else { return };
        self.declare(Local {
            name: name.clone(),
            ty: parameter.ty.clone(),
            span: parameter.span,
            shared: false,
            typedef: false,
            fresh: false,
            stands_for: None,
        });
    }

    /// Notes a macro call that stands where a declaration could, or heads a loop.
    pub fn note_macro_call(&mut self, call: &str) {
        self.macro_calls.push(call.into());
    }

    /// The noted macro calls, the last first.
    pub fn macro_calls(&self) -> impl Iterator<Item = &Arc<str>> {
        self.macro_calls.iter().rev()
    }

    /// The variable that a name means here.
    pub fn find(&self, name: &[u8]) -> Option<&Local> {
        self.locals.iter().rev().find(|local| local.name.as_bytes() == name)
    }

    /// The variables, the innermost first.
    pub fn all(&self) -> impl Iterator<Item = &Local> {
        self.locals.iter().rev()
    }

    /// The variable that a name means here, to change what is known of it.
    pub fn find_mut(&mut self, name: &[u8]) -> Option<&mut Local> {
        self.locals.iter_mut().rev().find(|local| local.name.as_bytes() == name)
    }

    /// Which visible variables point to objects that nobody else has seen.
    pub fn fresh(&self) -> Vec<bool> {
        self.locals.iter().map(|local| local.fresh).collect()
    }

    /// Goes back to what [`Scopes::fresh`] said.
    pub fn set_fresh(&mut self, fresh: &[bool]) {
        for (local, fresh) in self.locals.iter_mut().zip(fresh) {
            local.fresh = *fresh;
        }
    }
}
