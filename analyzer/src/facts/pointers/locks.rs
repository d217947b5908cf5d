//! Locks by name: what is held at a place, and what a condition says of it.

use crate::facts::walk::Walk;
use crate::facts::{By, Context};
use crate::flow::UNNAMED;
use crate::flow::cfg::Cfg;
use crate::flow::context::{Held as FlowHeld, asked};
use crate::flow::effects::{Effect, arguments, callee, resource};
use crate::flow::spelling::{canonical, first_word, root, spelling};
use crate::flow::world::Resource;
use crate::kernel::context::{Kind as Held, Verb, context};
use crate::syntax::{Field, Kind, NodeId};
use crate::text::lexer::{TokenKind, lex_fragment};
use crate::types::split_arguments;

/// A lock that is held where a pointer is accessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLock {
    /// The lock: `&dev->lock`.
    pub lock: String,
    /// The lock's own name, whatever the object is called: `lock`.
    pub member: String,
    /// How lockdep is asked; `None` where that cannot be said here.
    pub condition: Option<String>,
    /// How it is known that it is held.
    pub by: By,
    /// Who takes it may sleep.
    pub sleeps: bool,
    /// It lies in the object that holds the pointer.
    pub same_object: bool,
    /// It is a global variable, and so is the pointer.
    pub both_global: bool,
    /// The function stores to the pointer while it holds the lock.
    pub updates: bool,
}

impl HeldLock {
    /// Whether the lock and the pointer belong together, as far as the function shows.
    pub fn fits(&self) -> bool {
        self.same_object || self.both_global || self.updates
    }
}

/// What one part of a condition says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// `1`, `true`.
    Always,
    /// A lock is held: the lock, and its own name.
    Held {
        /// The lock as the condition names it.
        lock: String,
        /// Its own name, whatever the object is called.
        member: String,
    },
    /// A reader section is held.
    Reader,
    /// Something else.
    Other,
}

/// What asks whether anybody holds a lock. Sources: include/linux/mutex.h, spinlock.h, rwsem.h,
/// rtnetlink.h.
pub(super) const HELD_BY_ANYBODY: [&str; 6] = [
    "mutex_is_locked",
    "spin_is_locked",
    "raw_spin_is_locked",
    "rwsem_is_locked",
    "rwlock_is_locked",
    "rtnl_is_locked",
];

/// The name under which a socket's lock goes.
const SOCKET_LOCK: &str = "sk_lock";

/// Conditions that are built on each other deeper than this are not followed.
const DEPTH: usize = 5;

impl Walk<'_, '_, '_> {
    /// The locks that are held in a context where an lvalue is accessed.
    pub(super) fn held_locks(&self, context: &Context, lvalue: Option<NodeId>) -> Vec<HeldLock> {
        if context.locks().next().is_none() {
            return Vec::new();
        }
        let root = lvalue.and_then(|lvalue| root(self.tree, lvalue));
        let shared = root.is_some_and(|root| self.flow().is_some_and(|f| f.var(root).is_none()));
        let root = root.map(|root| String::from_utf8_lossy(self.tree.text(root)).into_owned());
        let text = lvalue.map(|lvalue| spelling(self.tree, lvalue));
        let stores = text.map_or_else(Vec::new, |text| self.stores_to(&text));
        let there: Vec<Context> = stores.iter().map(|store| self.context_here(*store)).collect();
        let said = |held: &&FlowHeld| {
            held.by != By::Asserted
                || self.says_itself(&resource(held.kind, held.object.as_deref()))
        };
        let locks = context.locks().filter(said).filter_map(|held| {
            let lock = held.object.clone().filter(|lock| lock != UNNAMED)?;
            let word = first_word(&lock);
            let sock = held.kind == Held::Sock;
            let variable = lock.strip_prefix('&').unwrap_or(&lock) == word;
            let local = self.flow().is_some_and(|f| f.cfg.vars.iter().any(|var| **var == *word));
            Some(HeldLock {
                member: if sock { SOCKET_LOCK.to_owned() } else { own_name(&lock) },
                condition: asked(held.kind, &lock),
                by: held.by,
                sleeps: matches!(
                    held.kind,
                    Held::Mutex | Held::RwsemRead | Held::RwsemWrite | Held::Sock
                ),
                same_object: root.as_deref() == Some(word) && (!variable || sock),
                both_global: variable && !local && !sock && shared,
                updates: there.iter().any(|context| context.holds(held)),
                lock,
            })
        });
        let mut found: Vec<HeldLock> = Vec::new();
        for lock in locks {
            // Of what kind a lock is an assertion need not say.
            match found.iter_mut().find(|known| known.lock == lock.lock) {
                None => found.push(lock),
                Some(known) if lock.by == By::Taken => *known = lock,
                Some(_) => {}
            }
        }
        found
    }

    /// Whether the function says that something is held, other than in the condition of an access.
    pub(super) fn says_itself(&self, resource: &Resource) -> bool {
        let (tree, Some(flow)) = (self.tree, self.flow()) else { return true };
        let said = |id| flow.resource(id) == *resource;
        let required = flow.worlds_before(Cfg::ENTRY);
        if required.iter().any(|world| world.asserted().iter().copied().any(said)) {
            return true;
        }
        let accesses = |call| callee(tree, call).is_some_and(|n| self.flows.accessor(n).is_some());
        let calls = tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression);
        calls.filter(|call| !accesses(*call)).any(|call| {
            let asserts =
                |effect: &Effect| effect.verb == Verb::Assert && effect.resource == *resource;
            let says = callee(tree, call).is_some_and(|name| name.ends_with("_held"))
                || flow.effects_of(call).list.iter().any(asserts);
            says && !std::iter::successors(tree.parent(call), |at| tree.parent(*at)).any(accesses)
        })
    }

    /// Whether a condition names a spinlock and nothing else.
    pub(super) fn names_spinlock(&self, condition: NodeId) -> bool {
        let tree = self.tree;
        let asked = tree.bare(condition);
        if callee(tree, asked) != Some("lockdep_is_held") {
            return false;
        }
        let Some(lock) = arguments(tree, asked).first().map(|lock| tree.bare(*lock)) else {
            return false;
        };
        let Some(lock) = tree.child(lock, Field::Argument).filter(|_| tree.operator(lock) == b"&")
        else {
            return false;
        };
        let typer = self.uses.typer(&self.scopes);
        typer.typed(tree, lock).is_ok_and(|typed| {
            let spelled = typer.spell(&typed.ty);
            ["spinlock_t", "raw_spinlock_t", "rwlock_t", "struct spinlock"]
                .contains(&spelled.as_str())
        })
    }

    /// What a condition says, part by part.
    pub(super) fn says(&self, condition: &str) -> Vec<Says> {
        let mut found = Vec::new();
        self.resolve(condition, DEPTH, &mut found);
        found.dedup();
        found
    }

    fn resolve(&self, condition: &str, depth: usize, found: &mut Vec<Says>) {
        let condition = canonical(condition);
        let parts = alternatives(&condition);
        if parts.len() > 1 {
            for part in parts {
                self.resolve(part, depth, found);
            }
            return;
        }
        match &*condition {
            "1" | "true" => return found.push(Says::Always),
            "0" | "false" => return,
            _ => {}
        }
        if let Some((name, _)) = context().conditions().find(|(_, text)| **text == *condition) {
            return found.push(held(&format!("&{name}")));
        }
        let Some((name, arguments)) = as_call(&condition) else {
            return self.resolve_word(&condition, depth, found);
        };
        let first = arguments.first().copied().unwrap_or("");
        if HELD_BY_ANYBODY.contains(&name) {
            let lock = if name == "rtnl_is_locked" { "&rtnl_mutex" } else { first };
            return found.push(held(lock));
        }
        match name {
            "lockdep_is_held" | "lockdep_is_held_type" => return found.push(held(first)),
            "lock_is_held" | "lock_is_held_type" => {
                let map = canonical(first);
                let lock = map.strip_suffix("->dep_map").or_else(|| map.strip_suffix(".dep_map"));
                return found.push(lock.map_or(Says::Other, held));
            }
            "lockdep_sock_is_held" => {
                let (lock, member) = (canonical(first), SOCKET_LOCK.to_owned());
                return found.push(Says::Held { lock, member });
            }
            _ if name.contains("read_lock") && name.ends_with("_held") => {
                return found.push(Says::Reader);
            }
            _ => {}
        }
        match self.expanded_condition(name, &arguments).filter(|_| depth > 0) {
            Some(text) => self.resolve(&text, depth - 1, found),
            None => found.push(Says::Other),
        }
    }

    /// `#define HELD lockdep_is_held(&lock)`
    fn resolve_word(&self, word: &str, depth: usize, found: &mut Vec<Says>) {
        let is_word = word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let macros = self.uses.unit.macros(if is_word { word } else { "" });
        match macros.iter().find(|def| def.what.parameters.is_none() && depth > 0) {
            Some(def) => self.resolve(&def.what.body, depth - 1, found),
            None => found.push(Says::Other),
        }
    }

    /// What a macro, or a function that only returns something, stands for.
    fn expanded_condition(&self, name: &str, arguments: &[&str]) -> Option<String> {
        let unit = self.uses.unit;
        let macros = unit.macros(name);
        let held = |text: &String| text.contains("held") || text.contains("locked");
        let mut texts = macros
            .iter()
            .filter(|def| def.what.parameters.is_some())
            .map(|def| def.what.substitute(arguments));
        // Without lockdep it is a constant.
        if let Some(text) = texts.find(held) {
            return Some(text);
        }
        unit.functions(name).iter().find_map(|function| {
            let text = String::from_utf8_lossy(function.text()).into_owned();
            let body = text.split_once('{')?.1.trim();
            let value = body.strip_prefix("return")?.split_once(';')?;
            (value.1.trim() == "}").then(|| value.0.to_owned()).filter(held)
        })
    }
}

fn held(lock: &str) -> Says {
    let lock = canonical(lock);
    Says::Held { member: own_name(&lock), lock }
}

/// The last word of a lock's expression: `lock` in `&dev->tx[i].lock`.
fn own_name(lock: &str) -> String {
    let bytes = lock.as_bytes();
    let mut depth = 0usize;
    let mut name = "";
    for token in lex_fragment(bytes) {
        match token.text(bytes) {
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            _ if depth == 0 && token.kind == TokenKind::Ident => {
                name = &lock[token.start as usize..token.end as usize];
            }
            _ => {}
        }
    }
    name.to_owned()
}

/// The parts of `a || b || c`.
fn alternatives(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut depth, mut start) = (0usize, 0);
    let mut parts = Vec::new();
    for token in lex_fragment(bytes) {
        match token.text(bytes) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth = depth.saturating_sub(1),
            b"||" if depth == 0 => {
                parts.push(&text[start..token.start as usize]);
                start = token.end as usize;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// `name(arguments)` and nothing behind it.
fn as_call(text: &str) -> Option<(&str, Vec<&str>)> {
    let open = text.find('(')?;
    let name = &text[..open];
    let inside = text[open + 1..].strip_suffix(')')?;
    let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let mut depth = 0i32;
    let closes = inside.bytes().all(|byte| {
        depth += match byte {
            b'(' => 1,
            b')' => -1,
            _ => 0,
        };
        depth >= 0
    });
    (is_word && closes && depth == 0).then(|| (name, split_arguments(inside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_locks() {
        assert_eq!(own_name("&dev->tx[i].lock"), "lock");
        assert_eq!(own_name("&rtnl_mutex"), "rtnl_mutex");
        assert_eq!(own_name("lock_of(x->y)"), "lock_of");
    }

    #[test]
    fn parts_of_conditions() {
        assert_eq!(alternatives("a(b||c)||d"), ["a(b||c)", "d"]);
        assert_eq!(as_call("f(a,g(b))"), Some(("f", vec!["a", "g(b)"])));
        assert_eq!(as_call("f(a)&&g(b)"), None);
        assert_eq!(as_call("!f(a)"), None);
    }
}
