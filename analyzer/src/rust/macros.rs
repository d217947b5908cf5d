//! Calls of macros, as far as their arguments are expressions.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Macro, Token, Type};

use super::names::plain;
use super::ty::{Named, Ty};
use super::walk::{Value, Walk};

/// Macros that read their arguments (core; rust/kernel/print.rs, device.rs, static_assert.rs). What
/// others do with an argument is not known: it may be its address that counts.
const READERS: [&str; 24] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "dev_dbg",
    "dev_err",
    "dev_info",
    "dev_warn",
    "format",
    "format_args",
    "fmt",
    "pr_alert",
    "pr_crit",
    "pr_debug",
    "pr_emerg",
    "pr_err",
    "pr_info",
    "pr_notice",
    "pr_warn",
    "warn_on",
    "write",
];

/// Macros that do not return.
const ENDS: [&str; 5] = ["build_error", "panic", "todo", "unimplemented", "unreachable"];

impl Walk<'_, '_, '_> {
    pub fn macro_call(&mut self, mac: &Macro) -> Value {
        let name = mac.path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
        match name.as_str() {
            "addr_of" | "addr_of_mut" => {
                return match mac.parse_body::<Expr>() {
                    Ok(expr) => self.address(&expr, Ty::pointer),
                    Err(_) => self.unread(mac),
                };
            }
            "container_of" => {
                let parts = |input: ParseStream<'_>| {
                    let pointer: Expr = input.parse()?;
                    input.parse::<Token![,]>()?;
                    let ty: Type = input.parse()?;
                    input.parse::<TokenStream>()?;
                    Ok((pointer, ty))
                };
                return match parts.parse2(mac.tokens.clone()) {
                    Ok((pointer, ty)) => {
                        let value = self.eval(&pointer);
                        value.retyped(self.ty(&ty).pointer())
                    }
                    Err(_) => self.unread(mac),
                };
            }
            // The running task (rust/kernel/task.rs): `CurrentTask` in newer kernels.
            "current" if mac.tokens.is_empty() => {
                let named = |name: &str| Named {
                    name: name.into(),
                    module: Some("task".into()),
                    arguments: [].into(),
                };
                let newer = named("CurrentTask");
                let known = self.seen.record(&newer).is_some();
                let task = if known { newer } else { named("Task") };
                return Value::of(Ty::Named(task).reference());
            }
            _ => {}
        }
        let list = Punctuated::<Expr, Token![,]>::parse_terminated;
        match list.parse2(mac.tokens.clone()) {
            Ok(arguments) => {
                let reads = READERS.contains(&name.as_str());
                for argument in &arguments {
                    match reads {
                        true => drop(self.eval(argument)),
                        false => drop(self.address(argument, Ty::reference)),
                    }
                }
            }
            Err(_) => drop(self.unread(mac)),
        }
        self.left |= ENDS.contains(&name.as_str());
        Value::opaque()
    }

    /// Counts a call whose arguments are no expressions, if they name what could matter.
    fn unread(&mut self, mac: &Macro) -> Value {
        let mut names = Vec::new();
        members(mac.tokens.clone(), &mut names);
        if names.iter().any(|name| (self.is_member)(name)) {
            let name = mac.path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
            let span = self.span(&mac.path);
            let reason = format!("the arguments of {name}! are no expressions");
            let function = self.function.clone();
            self.broken.push(crate::facts::Gap { span, function, reason });
        }
        Value::opaque()
    }
}

/// The names behind a dot.
fn members(tokens: TokenStream, found: &mut Vec<String>) {
    let mut dot = false;
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) if dot => found.push(plain(ident)),
            TokenTree::Group(group) => members(group.stream(), found),
            _ => {}
        }
        dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
}
