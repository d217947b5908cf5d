//! What is said to be held: in a function's head (`__must_hold(RCU)`), and by lockdep's conditions.

use crate::flow::Flows;
use crate::flow::effects::resource;
use crate::flow::spelling::canonical;
use crate::flow::world::Resource;
use crate::kernel::context::Kind;
use crate::text::lexer::{TokenKind, lex};
use crate::types::split_arguments;

/// Whether an annotation of this name says that callers hold something.
pub(crate) fn says_held(name: &[u8]) -> bool {
    matches!(name, b"__must_hold" | b"__must_hold_shared" | b"__releases" | b"__releases_shared")
}

/// What a head says that callers hold. Sources: include/linux/compiler_types.h,
/// Documentation/dev-tools/sparse.rst.
pub(crate) fn required(head: &[u8]) -> Vec<Resource> {
    let tokens = lex(head, 0, head.len());
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let says = token.kind == TokenKind::Ident && says_held(token.text(head));
        let open = tokens.get(at + 1).filter(|next| says && next.is(head, b"("));
        let Some(open) = open else { continue };
        let mut depth = 0usize;
        for next in &tokens[at + 1..] {
            match next.text(head) {
                b"(" => depth += 1,
                b")" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        let inside = &head[open.end as usize..next.start as usize];
                        let inside = String::from_utf8_lossy(inside);
                        found.extend(split_arguments(&inside).into_iter().map(named));
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// What an annotation's argument names: sparse's words for reader sections, or a lock.
fn named(text: &str) -> Resource {
    match text.trim() {
        "RCU" | "rcu" | "RCU_lock" => resource(Kind::Rcu, None),
        "RCU_BH" | "rcu_bh" => resource(Kind::RcuBh, None),
        "RCU_SCHED" | "rcu_sched" => resource(Kind::RcuSched, None),
        lock => {
            let lock = canonical(lock);
            // The lock itself is named where functions take its address.
            let member = lock.contains("->") || lock.contains('.');
            let object = if member && !lock.starts_with('&') { format!("&{lock}") } else { lock };
            resource(Kind::Mutex, Some(&object))
        }
    }
}

impl Flows<'_, '_> {
    /// What a condition of lockdep says is held. Sources: include/linux/rcupdate.h,
    /// include/linux/srcu.h, include/linux/lockdep.h, include/linux/rtnetlink.h, include/net/sock.h.
    pub fn said_by(&self, condition: &str) -> Option<Resource> {
        let (name, rest) = condition.split_once('(')?;
        let argument = split_arguments(rest.strip_suffix(')')?).first().map(|text| canonical(text));
        let object = argument.as_deref();
        Some(match name {
            "rcu_read_lock_held" => resource(Kind::Rcu, None),
            "rcu_read_lock_bh_held" => resource(Kind::RcuBh, None),
            "rcu_read_lock_sched_held" => resource(Kind::RcuSched, None),
            "rcu_read_lock_any_held" => resource(Kind::Preempt, None),
            "rcu_read_lock_trace_held" => resource(Kind::RcuTasksTrace, None),
            "srcu_read_lock_held" => resource(Kind::Srcu, object),
            "lockdep_is_held"
            | "lockdep_is_held_type"
            | "mutex_is_locked"
            | "spin_is_locked"
            | "rwsem_is_locked" => resource(Kind::Mutex, Some(object?)),
            "lockdep_rtnl_is_held" | "rtnl_is_locked" => resource(Kind::Mutex, Some("&rtnl_mutex")),
            "lockdep_sock_is_held" => resource(Kind::Sock, Some(object?)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let found =
            required(b"static int f(struct a *a)\n\t__must_hold(RCU) __releases(a->lock)\n");
        assert_eq!(found, [resource(Kind::Rcu, None), resource(Kind::Mutex, Some("&a->lock"))]);
        assert!(required(b"static void f(int __must_hold)").is_empty());
    }
}
