//! Calls of functions and methods: what they return, and what they do to guards and pointers.

use syn::{Expr, ExprCall, ExprMethodCall, GenericArgument};

use super::facts::{MissingHelper, RustOutsideKind};
use super::guards::State;
use super::names::{is_bindings, plain};
use super::place::{MOST_STEPS, Usage};
use super::ty::Ty;
use super::walk::{Value, Walk, bare, option};

/// Functions that have a closure fill an object in before anyone else has it, and those that
/// make an initializer of one (rust/kernel/types.rs: `Opaque`; rust/pin-init, rust/kernel/init.rs).
const INITIALISERS: [&str; 6] = [
    "ffi_init",
    "try_ffi_init",
    "pin_ffi_init",
    "try_pin_ffi_init",
    "init_from_closure",
    "pin_init_from_closure",
];

impl Walk<'_, '_, '_> {
    pub fn call(&mut self, call: &ExprCall) -> Value {
        let Expr::Path(path) = bare(&call.func) else {
            self.eval(&call.func);
            self.arguments(call.args.iter());
            return Value::opaque();
        };
        let whole = self.names.whole(&path.path);
        let Some((name, before)) = whole.split_last() else { return Value::default() };
        let module = before.last().map(String::as_str);
        if is_bindings(module) {
            return self.c_call(call, path, name);
        }
        let local = module.is_none() && self.variable(name).is_some();
        match (module, name.as_str()) {
            _ if local || path.qself.is_some() => {
                self.arguments(call.args.iter());
                return Value::opaque();
            }
            (Some("ptr"), "null" | "null_mut") => {
                return Value { null: true, ..Value::default() };
            }
            (Some("ptr"), _) => return self.pointer_function(call, name),
            (None | Some("mem"), "drop") if call.args.len() == 1 => {
                let value = self.eval(&call.args[0]);
                if let Some(guard) = value.guard.filter(|_| !value.borrowed) {
                    self.guards.end(guard, Some(self.span(call)));
                    self.release(guard);
                }
                return Value::default();
            }
            (Some("mem"), "forget") | (None, "forget") if call.args.len() == 1 => {
                let value = self.eval(&call.args[0]);
                self.give_away(&value);
                return Value::default();
            }
            // rust/kernel/sync/rcu.rs; it need not be there.
            (Some("rcu"), "read_lock") => return self.made(Ty::guard()),
            (Some("Guard"), "new" | "default")
                if self.qualifier(path).is_some_and(|ty| ty.is_guard()) =>
            {
                return self.made(Ty::guard());
            }
            (_, "Some" | "Ok") if call.args.len() == 1 => {
                let value = self.eval(&call.args[0]);
                let ty = match value.ty.clone() {
                    Ty::Unknown => Ty::Unknown,
                    ty if name == "Some" => option(ty),
                    ty => Ty::core("Result", [ty]),
                };
                return value.retyped(ty);
            }
            (Some("NonNull"), "new" | "new_unchecked" | "from") => {
                let value = self.eval(&call.args[0]);
                let (Ty::Pointer(to) | Ty::Reference(to)) = &value.ty else {
                    return value.retyped(Ty::Unknown);
                };
                let ty = Ty::core("NonNull", [(**to).clone()]);
                let ty = if name == "new" { option(ty) } else { ty };
                return value.retyped(ty);
            }
            (Some("Opaque" | "UnsafeCell"), "raw_get" | "cast_into") if call.args.len() == 1 => {
                let value = self.eval(&call.args[0]);
                let ty = match &value.ty {
                    Ty::Pointer(to) if to.is("Opaque") || to.is("UnsafeCell") => {
                        self.seen.resolved(&to.argument()).pointer()
                    }
                    _ => Ty::Unknown,
                };
                return value.retyped(ty);
            }
            (_, name) if INITIALISERS.contains(&name) => {
                for argument in &call.args {
                    match bare(argument) {
                        Expr::Closure(closure) => drop(self.closure(closure, true)),
                        other => drop(self.eval(other)),
                    }
                }
                return Value::default();
            }
            _ => {}
        }
        let open = !self.guards.none();
        let (given, has_guard) = self.arguments(call.args.iter());
        if open {
            self.called_in_reader.push(name.clone());
        }
        let result = match self.qualifier(path) {
            Some(of) => self.method_result(&of, name, &given),
            None => self.function_result(module, name, &given),
        };
        match result {
            Some(ty) => self.made(self.seen.resolved(&ty)),
            None => {
                // A tuple struct, or a variant, that holds what it is given.
                let ty = self.names.named(&path.path, self.own.as_ref());
                let record = match &ty {
                    Ty::Named(named) => self.seen.record(named).is_some(),
                    _ => false,
                };
                match record && !has_guard {
                    true => Value::of(ty),
                    false => Value::opaque(),
                }
            }
        }
    }

    /// The type that a path names before its last segment: `Self::new`, `Task::current`.
    fn qualifier(&self, path: &syn::ExprPath) -> Option<Ty> {
        let mut segments: Vec<_> = path.path.segments.iter().collect();
        segments.pop();
        // Types begin with capitals, modules do not (rustc: non_camel_case_types).
        if !segments.last()?.ident.to_string().starts_with(char::is_uppercase) {
            return None;
        }
        Some(self.seen.resolved(&self.names.named_by(&segments, self.own.as_ref())))
    }

    /// What a free function returns; where a path names no module, it is one of the module at hand.
    fn function_result(&self, module: Option<&str>, name: &str, given: &[Ty]) -> Option<Ty> {
        let of_module = match module {
            None | Some("self") => self.seen.function(&self.names.module, name),
            Some("super") => self.seen.function(&self.names.parent, name),
            Some(module) => self.seen.function(module, name),
        };
        Some(of_module?.result(&Ty::Unknown, given))
    }

    /// Evaluates arguments: their types, and whether a guard is among them. What was loaded for a reader
    /// may be kept by who is given it.
    fn arguments<'e>(&mut self, arguments: impl Iterator<Item = &'e Expr>) -> (Vec<Ty>, bool) {
        let (mut types, mut has_guard) = (Vec::new(), false);
        for argument in arguments {
            let value = self.eval(argument);
            types.push(self.pointer_of_c(&value.ty));
            has_guard |= value.guard.is_some() && !value.borrowed;
            self.give_away(&value);
            if let Some(bound) = &value.bound {
                bound.handed.set(true);
            }
        }
        (types, has_guard)
    }

    /// A pointer type of C as Rust has it.
    fn pointer_of_c(&self, ty: &Ty) -> Ty {
        match ty {
            Ty::C(of) => match self.bindings.pointee(of) {
                Some(to) => Ty::C(to).pointer(),
                None => ty.clone(),
            },
            _ => ty.clone(),
        }
    }

    /// A value that a function returned, which may hold a new guard.
    pub fn made(&mut self, ty: Ty) -> Value {
        let guard = match &ty {
            Ty::Reference(_) | Ty::Pointer(_) => None,
            ty if ty.is_guard() => Some(self.guards.make(State::Open)),
            ty if self.seen.holds_guard(ty) => Some(self.guards.make(match ty {
                Ty::Named(named) if named.arguments.iter().any(|ty| self.seen.holds_guard(ty)) => {
                    State::Perhaps
                }
                _ => State::Open,
            })),
            _ => None,
        };
        Value { guard, opaque: ty == Ty::Unknown, ..Value::of(ty) }
    }

    /// `core::ptr::read(p)` and the like.
    fn pointer_function(&mut self, call: &ExprCall, name: &str) -> Value {
        if matches!(name, "addr_eq" | "eq") {
            for argument in &call.args {
                self.eval_as(argument, Usage::Test);
            }
            return Value::default();
        }
        let Some(first) = call.args.first() else { return Value::default() };
        let pointer = self.eval(first);
        let values: Vec<Value> = call.args.iter().skip(1).map(|arg| self.eval(arg)).collect();
        let whole = self.span(call);
        if let Some(value) = self.through(name, (&pointer, first), values.first(), whole) {
            return value;
        }
        match name {
            "from_ref" | "from_mut" => match &pointer.ty {
                Ty::Reference(to) => pointer.retyped(Ty::Pointer(to.clone())),
                _ => pointer.retyped(Ty::Unknown),
            },
            _ => Value::default(),
        }
    }

    /// A call through the bindings.
    fn c_call(&mut self, call: &ExprCall, path: &syn::ExprPath, name: &str) -> Value {
        let callee = self.bindings.callee(name);
        let span = self.span(path);
        // What is no function is given places rather than values.
        if callee.missing.is_some() && callee.accessor {
            call.args.iter().for_each(|argument| drop(self.address(argument, Ty::reference)));
        } else {
            drop(self.arguments(call.args.iter()));
        }
        if let Some((is_macro, declaration)) = callee.missing {
            self.facts.missing.push(MissingHelper {
                function: self.function.clone(),
                span,
                expression: self.source.text(span),
                name: name.to_owned(),
                is_macro,
                declaration,
            });
        }
        match callee.section {
            Some(true) => self.guards.begin(),
            Some(false) => self.guards.end_last(self.span(call)),
            None => {}
        }
        if callee.needs_reader && self.guards.none() {
            self.outside(self.span(call), RustOutsideKind::Load(name.to_owned()));
        }
        let ty = callee.result.map(Ty::C).unwrap_or_default();
        let bound = match callee.loads {
            true => self.guards.bound(self.span(call)).map(std::rc::Rc::new),
            false => None,
        };
        Value { bound, ..Value::of(ty) }
    }

    pub fn method_call(&mut self, call: &ExprMethodCall) -> Value {
        let name = plain(&call.method);
        let usage = if name == "is_null" { Usage::Test } else { Usage::Load };
        let receiver = self.eval_as(&call.receiver, usage);
        if let Some(value) = self.pointer_method(call, &name, &receiver) {
            return value;
        }
        if receiver.ty.is_guard() && name == "unlock" {
            if let Some(guard) = receiver.guard.filter(|_| !receiver.borrowed) {
                self.guards.end(guard, Some(self.span(call)));
                self.release(guard);
            }
            return Value::default();
        }
        let open = !self.guards.none();
        // Closures of options and results run at once, with what the receiver holds.
        let (given, _) = self.arguments(call.args.iter());
        if open {
            self.called_in_reader.push(name.clone());
        }
        let turbofish = self.turbofish(call);
        if let Some(value) = self.core_method(&name, &receiver, turbofish) {
            return value;
        }
        match self.method_result(&receiver.ty, &name, &given) {
            Some(ty) => {
                let value = self.made(self.seen.resolved(&ty));
                // What takes a guard by value has it.
                if receiver.guard.is_some() && !receiver.borrowed && self.consumes(&receiver, &name)
                {
                    self.give_away(&receiver);
                }
                value
            }
            None => Value::opaque(),
        }
    }

    fn turbofish(&self, call: &ExprMethodCall) -> Option<Ty> {
        let first = call.turbofish.as_ref()?.args.first()?;
        match first {
            GenericArgument::Type(ty) => Some(self.ty(ty)),
            _ => None,
        }
    }

    /// Methods of raw pointers.
    fn pointer_method(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        receiver: &Value,
    ) -> Option<Value> {
        let is_pointer = match &receiver.ty {
            Ty::Pointer(_) => true,
            Ty::C(ty) => self.bindings.pointee(ty).is_some(),
            // Whatever it points to, it stays the same pointer.
            Ty::Unknown => receiver.bound.is_some() || receiver.slot.is_some(),
            _ => false,
        };
        if !is_pointer {
            if let Ty::C(ty) = &receiver.ty {
                let element = self.bindings.element(ty)?;
                let slot = receiver.slot.clone();
                return matches!(name, "as_ptr" | "as_mut_ptr")
                    .then(|| Value { slot, ..Value::of(Ty::C(element).pointer()) });
            }
            return None;
        }
        let turbofish = self.turbofish(call);
        let values: Vec<Value> = call.args.iter().map(|argument| self.eval(argument)).collect();
        let whole = self.span(call);
        let at = (receiver, &*call.receiver);
        if let Some(value) = self.through(name, at, values.first(), whole) {
            return Some(value);
        }
        let to = self.pointee(receiver).ty;
        Some(match name {
            "cast" => {
                let ty = match turbofish {
                    Some(ty) if ty != Ty::Unknown && !ty.is("_") => ty.pointer(),
                    _ => Ty::Unknown,
                };
                receiver.retyped(ty)
            }
            "cast_mut" | "cast_const" | "add" | "sub" | "offset" | "wrapping_add"
            | "wrapping_sub" | "wrapping_offset" => receiver.clone(),
            "byte_add" | "byte_sub" | "byte_offset" | "wrapping_byte_add" => {
                receiver.retyped(receiver.ty.clone())
            }
            "as_ref" | "as_mut" => {
                self.follow(receiver, &call.receiver);
                receiver.retyped(option(to.reference()))
            }
            _ => Value::default(),
        })
    }

    /// Methods of the core library's types and of the kernel's cells (rust/kernel/types.rs).
    fn core_method(&mut self, name: &str, of: &Value, turbofish: Option<Ty>) -> Option<Value> {
        let mut ty = self.seen.resolved(&of.ty);
        for _ in 0..MOST_STEPS {
            let inner = self.seen.resolved(&ty.argument());
            let whole = ty.clone();
            let Ty::Named(named) = &ty else {
                ty = self.seen.target(&ty)?;
                continue;
            };
            let found = match (&*named.name, name) {
                ("Opaque" | "UnsafeCell" | "SyncUnsafeCell", "get") => Some(inner.pointer()),
                ("MaybeUninit", "as_ptr" | "as_mut_ptr") => Some(inner.pointer()),
                ("MaybeUninit", "assume_init") => Some(inner),
                ("NonNull", "as_ptr") => Some(inner.pointer()),
                ("NonNull", "as_ref" | "as_mut") => Some(inner.reference()),
                ("NonNull", "cast") => Some(Ty::core("NonNull", [turbofish.clone()?])),
                ("AtomicPtr", "load" | "swap") => Some(inner.pointer()),
                (
                    "Option" | "Result",
                    "unwrap" | "expect" | "unwrap_unchecked" | "unwrap_or" | "unwrap_or_else",
                ) => Some(inner),
                ("Option", "ok_or" | "ok_or_else") => Some(Ty::core("Result", [inner])),
                ("Result", "ok") => Some(option(inner)),
                ("Option", "as_ref" | "as_mut") => Some(option(inner.reference())),
                ("Option", "take" | "filter" | "or" | "or_else" | "inspect") => Some(whole),
                ("Result", "map_err" | "or_else" | "inspect_err") => Some(whole),
                ("Option", "copied" | "cloned") => Some(option(inner.dereferenced()?)),
                _ => None,
            };
            if let Some(ty) = found {
                return Some(of.retyped(self.seen.resolved(&ty)));
            }
            ty = self.seen.target(&ty)?;
        }
        None
    }

    /// What a method of a type returns, through what it dereferences to.
    fn method_result(&self, of: &Ty, name: &str, given: &[Ty]) -> Option<Ty> {
        let mut ty = self.seen.resolved(of);
        for _ in 0..MOST_STEPS {
            if let Ty::Named(named) = &ty {
                if let Some(method) = self.seen.method(named, name) {
                    return Some(method.result(&ty, given));
                }
            }
            ty = self.seen.target(&ty)?;
        }
        None
    }

    fn consumes(&self, receiver: &Value, name: &str) -> bool {
        let Ty::Named(named) = &receiver.ty else { return false };
        self.seen.method(named, name).is_some_and(|method| method.consumes)
    }
}
