//! What the words of a function say about its side of the protocol. They decide nothing that
//! anything better is known about.

use rculint_analyzer::evidence::{WordKind, Words};

use crate::accessor::around::Purpose;

/// What a function seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Reader,
    Updater,
    /// Takes apart what nobody can reach any more.
    Destroyer,
}

/// Words, how much each counts, and for what.
const WORDS: &[(Role, WordKind, f64, &[&str])] = &[
    (
        Role::Reader,
        WordKind::Name,
        1.0,
        &[
            "xmit", "tx", "rx", "rcv", "recv", "input", "output", "select", "lookup", "show",
            "get", "fill", "seq", "find", "hash", "send", "forward", "match", "classify", "hook",
            "notify", "handler", "receive", "enqueue", "dump", "print", "trace", "stat", "stats",
            "err", "error", "route", "rcu",
        ],
    ),
    (
        Role::Reader,
        WordKind::Called,
        0.5,
        &[
            "rcu_read_lock",
            "hlist_for_each_entry_rcu",
            "list_for_each_entry_rcu",
            "kfree_skb",
            "skb_put",
            "__in_dev_get_rcu",
        ],
    ),
    (Role::Reader, WordKind::Parameter, 0.7, &["sk_buff", "seq_file"]),
    (
        Role::Updater,
        WordKind::Name,
        1.0,
        &[
            "set",
            "add",
            "del",
            "delete",
            "change",
            "replace",
            "create",
            "insert",
            "remove",
            "register",
            "unregister",
            "attach",
            "detach",
            "assign",
            "update",
            "open",
            "close",
            "stop",
            "start",
            "new",
            "setup",
            "configure",
            "config",
            "rtnl",
            "locked",
            "protected",
        ],
    ),
    (
        Role::Updater,
        WordKind::Called,
        0.5,
        &[
            "rcu_assign_pointer",
            "RCU_INIT_POINTER",
            "rcu_replace_pointer",
            "call_rcu",
            "kfree_rcu",
            "synchronize_rcu",
            "synchronize_net",
            "list_del_rcu",
            "list_add_rcu",
            "list_add_tail_rcu",
            "list_replace_rcu",
            "hlist_del_rcu",
            "hlist_add_head_rcu",
            "mutex_lock",
            "spin_lock",
            "spin_lock_bh",
            "ASSERT_RTNL",
            "rtnl_lock",
            "lockdep_assert_held",
            "NL_SET_ERR_MSG",
            "NL_SET_ERR_MSG_MOD",
            "kzalloc",
            "kmalloc",
            "kvzalloc",
            "list_for_each_entry",
            "list_for_each_entry_safe",
        ],
    ),
    (Role::Updater, WordKind::Parameter, 0.7, &["netlink_ext_ack", "nlattr", "work_struct"]),
    (
        Role::Destroyer,
        WordKind::Name,
        1.0,
        &[
            "free",
            "destroy",
            "release",
            "exit",
            "cleanup",
            "uninit",
            "fini",
            "flush",
            "put",
            "clear",
            "dealloc",
            "destructor",
            "teardown",
            "kill",
        ],
    ),
    (
        Role::Destroyer,
        WordKind::Called,
        0.5,
        &["kfree", "kvfree", "kfree_sensitive", "free_percpu", "kmem_cache_free"],
    ),
    (Role::Destroyer, WordKind::Parameter, 2.0, &["rcu_head"]),
];

/// How much the words of a function lean to each side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Leaning {
    reader: f64,
    updater: f64,
    destroyer: f64,
}

impl Leaning {
    /// Of a function.
    pub fn of(words: &Words) -> Leaning {
        let mut leaning = Leaning::default();
        for (role, kind, weight, list) in WORDS {
            let said = list.iter().filter(|word| words.has(*kind, word)).count();
            let side = match role {
                Role::Reader => &mut leaning.reader,
                Role::Updater => &mut leaning.updater,
                Role::Destroyer => &mut leaning.destroyer,
            };
            *side += weight * said as f64;
        }
        leaning
    }

    /// By how much an accessor of this side falls behind, 0 or less.
    pub fn behind(&self, purpose: Purpose) -> f64 {
        let most = self.reader.max(self.updater).max(self.destroyer);
        let own = match purpose {
            Purpose::Read(_) | Purpose::ReadSleepable => self.reader,
            Purpose::Update | Purpose::Publish => self.updater,
            Purpose::Unshared | Purpose::Look | Purpose::Initialise => self.destroyer,
        };
        own - most
    }
}
