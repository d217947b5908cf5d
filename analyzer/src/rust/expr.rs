//! What expressions come to, in the order in which they run.

use syn::{BinOp, Expr, ExprClosure, Pat, UnOp};

use super::facts::RustAccessKind;
use super::names::plain;
use super::place::{Place, Usage, is_place};
use super::ty::Ty;
use super::walk::{Value, Walk, Way, bare, common};

impl Walk<'_, '_, '_> {
    pub fn eval(&mut self, expr: &Expr) -> Value {
        self.eval_as(expr, Usage::Load)
    }

    /// The value of an expression that is wanted for something.
    pub fn eval_as(&mut self, expr: &Expr, usage: Usage) -> Value {
        let expr = bare(expr);
        if is_place(expr) {
            let place = self.place(expr);
            return match self.is_annotated(&place) {
                true => {
                    let span = self.span(expr);
                    self.load(place, usage, span, span)
                }
                false => self.load(place, usage, Default::default(), Default::default()),
            };
        }
        match expr {
            Expr::Block(one) => self.block_as(&one.block, usage),
            Expr::Unsafe(one) => self.block_as(&one.block, usage),
            Expr::Const(one) => self.block_as(&one.block, usage),
            Expr::TryBlock(one) => {
                let from = self.guards.states();
                self.block(&one.block);
                // The block may be left anywhere.
                self.meet(vec![Some(from.clone()), Some(self.guards.states())], &from);
                Value::opaque()
            }
            Expr::Async(one) => {
                let from = self.guards.states();
                self.block(&one.block);
                self.guards.restore(&from);
                self.left = false;
                Value::default()
            }
            Expr::Reference(one) => self.address(&one.expr, Ty::reference),
            Expr::RawAddr(one) => self.address(&one.expr, Ty::pointer),
            Expr::Unary(one) => {
                let usage = if matches!(one.op, UnOp::Not(_)) { Usage::Test } else { usage };
                self.eval_as(&one.expr, usage);
                Value::default()
            }
            Expr::Cast(one) => {
                let value = self.eval(&one.expr);
                let written = self.ty(&one.ty);
                match written.mentions(&|ty| *ty == Ty::Unknown || ty.is("_")) {
                    true => value.retyped(Ty::Unknown),
                    false => value.retyped(written),
                }
            }
            Expr::Assign(one) => self.assignment(one),
            Expr::Binary(one) => self.binary(one),
            Expr::Call(call) => self.call(call),
            Expr::MethodCall(call) => self.method_call(call),
            Expr::Macro(one) => self.macro_call(&one.mac),
            Expr::Try(one) => {
                let value = self.eval(&one.expr);
                let ty = self.unwrapped(&value.ty);
                Value { opaque: value.opaque && ty == Ty::Unknown, ..value.retyped(ty) }
            }
            Expr::Await(one) => {
                self.eval(&one.base);
                Value::opaque()
            }
            Expr::If(_) | Expr::Match(_) => self.branches(expr, usage),
            Expr::Let(one) => {
                let value = self.eval_as(&one.expr, Usage::Test);
                self.bind(&one.pat, value);
                Value::default()
            }
            Expr::Loop(one) => self.repeated(|walk| {
                walk.block(&one.body);
            }),
            Expr::While(one) => self.repeated(|walk| {
                walk.eval_as(&one.cond, Usage::Test);
                walk.block(&one.body);
            }),
            Expr::ForLoop(one) => {
                self.eval(&one.expr);
                self.repeated(|walk| {
                    walk.bind(&one.pat, Value::default());
                    walk.block(&one.body);
                })
            }
            Expr::Closure(closure) => self.closure(closure, false),
            Expr::Return(one) => {
                self.maybe(one.expr.as_deref());
                self.left = true;
                Value::default()
            }
            Expr::Break(one) => {
                self.maybe(one.expr.as_deref());
                self.left = true;
                Value::default()
            }
            Expr::Continue(_) => {
                self.left = true;
                Value::default()
            }
            Expr::Struct(one) => {
                for field in &one.fields {
                    let value = self.eval(&field.expr);
                    self.give_away(&value);
                }
                self.maybe(one.rest.as_deref());
                Value::of(self.seen.resolved(&self.names.named(&one.path, self.own.as_ref())))
            }
            Expr::Tuple(one) => {
                let types = one.elems.iter().map(|expr| {
                    let value = self.eval(expr);
                    self.give_away(&value);
                    value.ty
                });
                let types: Vec<Ty> = types.collect();
                Value::of(Ty::Tuple(types.into()))
            }
            Expr::Array(one) => {
                for expr in &one.elems {
                    self.eval(expr);
                }
                Value::default()
            }
            Expr::Repeat(one) => {
                self.eval(&one.expr);
                Value::default()
            }
            Expr::Range(one) => {
                self.maybe(one.start.as_deref());
                self.maybe(one.end.as_deref());
                Value::default()
            }
            Expr::Yield(one) => {
                self.maybe(one.expr.as_deref());
                Value::default()
            }
            _ => Value::default(),
        }
    }

    fn maybe(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            let value = self.eval(expr);
            self.give_away(&value);
        }
    }

    /// A guard goes into something that is not followed.
    pub fn give_away(&mut self, value: &Value) {
        if let Some(guard) = value.guard.filter(|_| !value.borrowed) {
            self.guards.lose(guard);
            self.release(guard);
        }
    }

    /// The address of a place, which is not read.
    pub fn address(&mut self, expr: &Expr, make: fn(Ty) -> Ty) -> Value {
        let place = self.place(expr);
        let guard = place.value.as_ref().and_then(|value| value.guard);
        let ty = match &place.ty {
            Ty::Unknown => Ty::Unknown,
            ty => make(ty.clone()),
        };
        let Place { bound, unpublished, declaration: slot, .. } = place;
        Value { bound, guard, borrowed: true, slot, unpublished, ..Value::of(ty) }
    }

    fn assignment(&mut self, one: &syn::ExprAssign) -> Value {
        let value = self.eval(&one.right);
        let left = bare(&one.left);
        if let Expr::Path(path) = left {
            if let Some(name) = path.path.get_ident().map(plain) {
                if self.variable(&name).is_some() {
                    self.assign(&name, value);
                    return Value::default();
                }
            }
        }
        if is_place(left) {
            let place = self.place(left);
            if self.is_annotated(&place) {
                let (whole, named) = (self.span(one), self.span(left));
                self.store(&place, &value, false, whole, named);
            }
            self.give_away(&value);
        }
        Value::default()
    }

    fn binary(&mut self, one: &syn::ExprBinary) -> Value {
        let compares = matches!(
            one.op,
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
        );
        let usage = if compares { Usage::Test } else { Usage::Load };
        self.eval_as(&one.left, usage);
        match one.op {
            BinOp::And(_) | BinOp::Or(_) => {
                let from = self.guards.states();
                self.eval_as(&one.right, usage);
                let after = Some(self.guards.states());
                self.meet(vec![Some(from.clone()), after], &from);
            }
            _ => drop(self.eval_as(&one.right, usage)),
        }
        Value::default()
    }

    fn branches(&mut self, expr: &Expr, usage: Usage) -> Value {
        let variables = self.variable_count();
        let made = self.guards.count();
        let mut values = Vec::new();
        let mut ways: Vec<Way> = Vec::new();
        let from;
        match expr {
            Expr::If(one) => {
                self.eval_as(&one.cond, Usage::Test);
                if !has_let(&one.cond) {
                    self.guards.end_temporaries(made);
                }
                from = self.guards.states();
                let (value, way) = self.way(&from, |walk| walk.block_as(&one.then_branch, usage));
                values.push(value);
                ways.push(way);
                self.leave(variables);
                match &one.else_branch {
                    Some((_, other)) => {
                        let (value, way) = self.way(&from, |walk| walk.eval_as(other, usage));
                        values.push(value);
                        ways.push(way);
                    }
                    None => ways.push(Some(from.clone())),
                }
            }
            Expr::Match(one) => {
                let value = self.eval_as(&one.expr, Usage::Test);
                from = self.guards.states();
                for arm in &one.arms {
                    let (value, way) = self.way(&from, |walk| {
                        let value = Value { borrowed: true, ..value.clone() };
                        let pat = match &arm.pat {
                            Pat::Guard(guarded) => &guarded.pat,
                            pat => pat,
                        };
                        walk.bind(pat, value);
                        if let Pat::Guard(guarded) = &arm.pat {
                            walk.eval_as(&guarded.guard, Usage::Test);
                        }
                        let value = walk.eval_as(&arm.body, usage);
                        walk.leave(variables);
                        value
                    });
                    if way.is_some() {
                        values.push(value);
                    }
                    ways.push(way);
                }
                if one.arms.is_empty() {
                    ways.push(Some(from.clone()));
                }
            }
            _ => return Value::default(),
        }
        self.meet(ways, &from);
        let ty = common(values.iter().map(|value| value.ty.clone()));
        let bound = values.iter().find_map(|value| value.bound.clone());
        let opaque = values.iter().any(|value| value.opaque);
        let guard = values.iter().find_map(|value| value.guard);
        if let Some(guard) = guard {
            self.guards.lose(guard);
        }
        Value { bound, opaque, guard, ..Value::of(ty) }
    }

    /// What may run any number of times.
    fn repeated(&mut self, walk: impl FnOnce(&mut Self)) -> Value {
        let variables = self.variable_count();
        let from = self.guards.states();
        let ((), _) = self.way(&from, walk);
        let after = self.guards.states();
        self.leave(variables);
        self.meet(vec![Some(from.clone()), Some(after)], &from);
        Value::opaque()
    }

    /// The body of a closure, which runs where it is called: what is open here may be over, and the
    /// other way round.
    pub fn closure(&mut self, closure: &ExprClosure, unpublished: bool) -> Value {
        let variables = self.variable_count();
        let from = self.guards.states();
        let left = self.left;
        self.guards.begin();
        let inside = self.guards.count() - 1;
        self.guards.lose(inside);
        for input in &closure.inputs {
            self.bind(input, Value { unpublished, ..Value::default() });
        }
        self.eval(&closure.body);
        self.leave(variables);
        self.guards.restore(&from);
        self.left = left;
        Value::default()
    }

    /// What a pointer to a place is read or written with: `ptr::read(p)`, `p.read()`.
    pub fn through(
        &mut self,
        name: &str,
        (pointer, at): (&Value, &Expr),
        value: Option<&Value>,
        whole: crate::text::Span,
    ) -> Option<Value> {
        let is_read = matches!(name, "read" | "read_unaligned" | "read_volatile");
        let is_write = matches!(name, "write" | "write_unaligned" | "write_volatile" | "replace");
        if !is_read && !is_write {
            return None;
        }
        self.follow(pointer, at);
        let place = self.pointee(pointer);
        let named = self.span(at);
        if is_write {
            let value = value.cloned().unwrap_or_default();
            self.store(&place, &value, name == "write_volatile", whole, named);
            return Some(match name {
                "replace" => self.loaded(&place, whole),
                _ => Value::default(),
            });
        }
        if !self.is_annotated(&place) {
            return Some(Value { bound: place.bound, ..Value::of(place.ty) });
        }
        // A volatile read is what `rcu_dereference()` comes to (include/linux/rcupdate.h), without its
        // checks.
        if name != "read_volatile" {
            self.access(&place, RustAccessKind::Load, whole, named);
        }
        Some(self.loaded(&place, whole))
    }
}

fn has_let(cond: &Expr) -> bool {
    match bare(cond) {
        Expr::Let(_) => true,
        Expr::Binary(one) => has_let(&one.left) || has_let(&one.right),
        _ => false,
    }
}
