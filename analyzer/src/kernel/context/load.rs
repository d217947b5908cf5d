//! Reads the table from its files.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::{
    Callback, ContextTable, Deferral, Effect, Guard, Kind, ListChange, ListWalk, Object, Pasted,
    Registration, Sleeper, Verb, Wait, When,
};
use crate::kernel::version::{Range, Version};

/// One of the files; each has some of the sections.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    effect: Vec<EffectRow>,
    #[serde(default)]
    guard: Vec<GuardRow>,
    gfp: Option<Gfp>,
    #[serde(default)]
    sleeper: Vec<SleeperRow>,
    #[serde(default)]
    walk: Vec<WalkRow>,
    #[serde(default)]
    change: Vec<ChangeRow>,
    #[serde(default)]
    handoff: Vec<HandoffRow>,
    #[serde(default)]
    want: Vec<WantRow>,
    #[serde(default)]
    condition: Vec<ConditionRow>,
    #[serde(default)]
    callback: Vec<CallbackRow>,
    #[serde(default)]
    presence: Vec<PresenceRow>,
    #[serde(default)]
    free: Vec<FreeRow>,
    #[serde(default)]
    defer: Vec<DeferRow>,
    #[serde(default)]
    queue: Vec<FreeRow>,
    #[serde(default)]
    later: Vec<LaterRow>,
    #[serde(default)]
    post: Vec<PostRow>,
    #[serde(default)]
    barrier: Vec<BarrierRow>,
    #[serde(default)]
    exit: Vec<ExitRow>,
}

/// In which versions a row holds, and where the kernel says so.
macro_rules! row {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$attribute])* $field: $kind,)*
            since: Option<Version>,
            until: Option<Version>,
            source: String,
        }

        impl $name {
            fn versions(&self) -> Range {
                assert!(!self.source.is_empty(), "a row has a source");
                Range { since: self.since, until: self.until }
            }
        }
    };
}

row!(EffectRow {
    names: Vec<String>,
    take: Option<Vec<Kind>>,
    release: Option<Vec<Kind>>,
    assert: Option<Vec<Kind>>,
    argument: Option<usize>,
    lock: Option<String>,
    path: Option<String>,
    condition: Option<String>,
    #[serde(default)]
    when: When,
});

row!(GuardRow {
    names: Vec<String>,
    kinds: Vec<Kind>,
    lock: Option<String>,
    path: Option<String>,
    #[serde(default)]
    conditional: bool,
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gfp {
    words: Vec<String>,
    source: String,
}

row!(SleeperRow {
    names: Vec<String>,
    gfp: Option<usize>,
    #[serde(default)]
    optional: bool,
    argument: Option<usize>,
    #[serde(default)]
    words: Vec<String>,
    waits: Option<Wait>,
    #[serde(default)]
    seldom: bool,
    domain: Option<usize>,
    arguments: Option<usize>,
});

row!(WalkRow {
    name: String,
    position: usize,
    head: Option<usize>,
    member: Option<usize>,
    of: Option<String>,
    condition: Option<usize>,
    #[serde(default)]
    rcu: bool,
    twin: Option<String>,
    reader: Option<Kind>,
});

row!(ChangeRow {
    name: String,
    node: usize,
    head: Option<usize>,
    replaces: Option<usize>,
    #[serde(default)]
    adds: bool,
    #[serde(default)]
    moves: bool,
    #[serde(default)]
    rcu: bool,
    twin: Option<String>,
});

row!(WantRow {
    names: Vec<String>,
});

row!(HandoffRow {
    names: Vec<String>,
    argument: usize,
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionRow {
    lock: String,
    expression: String,
    source: String,
}

row!(CallbackRow {
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    arguments: Vec<(String, usize)>,
    #[serde(default)]
    pasted: Vec<(String, usize, String)>,
    #[serde(default)]
    holds: Vec<Kind>,
    #[serde(default)]
    locks: Vec<String>,
});

row!(FreeRow {
    names: Vec<String>,
    argument: usize,
});

row!(LaterRow {
    names: Vec<String>,
    call: String,
});

row!(PostRow {
    members: Vec<String>,
    waits: Wait,
});

row!(BarrierRow {
    names: Vec<String>,
    waits: Wait,
});

row!(ExitRow {
    names: Vec<String>,
    #[serde(default)]
    made: bool,
});

row!(DeferRow {
    names: Vec<String>,
    object: Option<usize>,
    head: Option<usize>,
    callback: Option<usize>,
    waits: Wait,
    #[serde(default)]
    domain: Option<usize>,
});

row!(PresenceRow { names: Vec<String>, });

/// The files, as they are built into the program.
const FILES: [(&str, &str); 7] = [
    ("sections.toml", include_str!("sections.toml")),
    ("locks.toml", include_str!("locks.toml")),
    ("sleepers.toml", include_str!("sleepers.toml")),
    ("lists.toml", include_str!("lists.toml")),
    ("callbacks.toml", include_str!("callbacks.toml")),
    ("lifetime.toml", include_str!("lifetime.toml")),
    ("versions.toml", include_str!("versions.toml")),
];

/// Reads the table.
pub(in crate::kernel) fn load() -> ContextTable {
    let mut table = ContextTable::default();
    for (name, text) in FILES {
        let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        table.add(file);
    }
    table
}

fn push<K: std::hash::Hash + Eq, V>(rows: &mut FxHashMap<K, Vec<V>>, key: K, row: V) {
    rows.entry(key).or_default().push(row);
}

impl EffectRow {
    fn effect(&self) -> Effect {
        let object = match (self.argument, &self.lock) {
            (Some(argument), None) => Object::Argument(argument),
            (None, Some(lock)) => Object::Named(lock.clone()),
            (None, None) => Object::None,
            (Some(_), Some(_)) => panic!("{:?}: an argument, or a named lock", self.names),
        };
        let (verb, kinds) = match (&self.take, &self.release, &self.assert) {
            (Some(kinds), None, None) => (Verb::Take, kinds),
            (None, Some(kinds), None) => (Verb::Release, kinds),
            (None, None, Some(kinds)) => (Verb::Assert, kinds),
            _ => panic!("{:?}: one of take, release, assert", self.names),
        };
        Effect {
            verb,
            kinds: kinds.clone(),
            object,
            path: self.path.clone(),
            condition: self.condition.clone(),
            when: self.when,
            versions: self.versions(),
        }
    }
}

impl ContextTable {
    fn add(&mut self, file: File) {
        for row in file.effect {
            let effect = row.effect();
            for name in row.names {
                push(&mut self.effects, name.into_bytes(), effect.clone());
            }
        }
        for row in file.guard {
            let guard = Guard {
                versions: row.versions(),
                kinds: row.kinds,
                named: row.lock,
                path: row.path,
                conditional: row.conditional,
            };
            for name in row.names {
                push(&mut self.guards, name, guard.clone());
            }
        }
        let gfp = file.gfp.map(|gfp| (gfp.words, gfp.source));
        for row in file.sleeper {
            let versions = row.versions();
            let when = match (row.gfp, row.argument) {
                (Some(argument), _) => {
                    let (words, _) = gfp.as_ref().expect("[gfp] stands in the file");
                    Some((argument, words.clone()))
                }
                (None, Some(argument)) => Some((argument, row.words)),
                (None, None) => None,
            };
            let SleeperRow { optional, waits, seldom, domain, arguments, .. } = row;
            let sleeper = Sleeper { when, optional, waits, seldom, domain, arguments, versions };
            for name in row.names {
                push(&mut self.sleepers, name.into_bytes(), sleeper.clone());
            }
        }
        for row in file.walk {
            let versions = row.versions();
            let WalkRow { position, head, member, of, condition, rcu, twin, reader, .. } = row;
            let reader = reader.unwrap_or(Kind::Rcu);
            let walk =
                ListWalk { position, head, member, of, condition, rcu, twin, reader, versions };
            push(&mut self.walks, row.name.into_bytes(), walk);
        }
        for row in file.change {
            let versions = row.versions();
            let ChangeRow { node, head, replaces, adds, moves, rcu, twin, .. } = row;
            let change = ListChange { node, head, replaces, adds, moves, rcu, twin, versions };
            push(&mut self.changes, row.name.into_bytes(), change);
        }
        for row in file.want {
            let versions = row.versions();
            for name in row.names {
                push(&mut self.wants, name.into_bytes(), versions);
            }
        }
        for row in file.handoff {
            let versions = row.versions();
            for name in row.names {
                push(&mut self.handoffs, name.into_bytes(), (row.argument, versions));
            }
        }
        for row in file.callback {
            let versions = row.versions();
            let CallbackRow { members, arguments, pasted, holds, locks, source, .. } = row;
            let callback = Callback { holds, locks, source, versions };
            let members = members.into_iter().map(Registration::Member);
            let arguments =
                arguments.into_iter().map(|(name, at)| Registration::Argument(name, at));
            let reads = callback.holds.iter().any(|kind| kind.is_reader());
            for registration in members.chain(arguments) {
                if reads {
                    self.reader_callbacks.insert(registration.word().as_bytes().to_vec());
                }
                push(&mut self.callbacks, registration, callback.clone());
            }
            for (name, argument, suffix) in pasted {
                let pasted = Pasted { argument, suffix, callback: callback.clone() };
                push(&mut self.pasted, name.into_bytes(), pasted);
            }
        }
        for row in file.free {
            let versions = row.versions();
            for name in row.names {
                push(&mut self.frees, name.into_bytes(), (row.argument, versions));
            }
        }
        for row in file.queue {
            let versions = row.versions();
            for name in row.names {
                push(&mut self.queues, name.into_bytes(), (row.argument, versions));
            }
        }
        for row in file.later {
            let versions = row.versions();
            for name in row.names {
                push(&mut self.later, name.into_bytes(), (row.call.clone(), versions));
            }
        }
        for row in file.post {
            let versions = row.versions();
            for member in row.members {
                let of = member.strip_prefix("struct ").and_then(|name| name.split_once('.'));
                let (tag, name) = of.unwrap_or_else(|| panic!("{member}: a member of a struct"));
                self.posts.push((tag.to_owned(), name.to_owned(), row.waits, versions));
            }
        }
        for row in file.barrier {
            let versions = row.versions();
            for name in row.names {
                push(&mut self.barriers, name.into_bytes(), (row.waits, versions));
            }
        }
        for row in file.exit {
            let versions = row.versions();
            for name in row.names {
                push(&mut self.exits, name.into_bytes(), (row.made, versions));
            }
        }
        for row in file.defer {
            let versions = row.versions();
            let DeferRow { object, head, callback, waits, domain, .. } = row;
            assert!(object.is_some() != head.is_some(), "{:?}: an object, or a head", row.names);
            for name in row.names {
                let deferral = Deferral { object, head, callback, waits, domain, versions };
                push(&mut self.deferrals, name.into_bytes(), deferral);
            }
        }
        for row in file.presence {
            let versions = row.versions();
            for name in row.names {
                let before = self.presence.insert(name.clone(), versions);
                assert!(before.is_none(), "{name}: two rows");
            }
        }
        for row in file.condition {
            assert!(!row.source.is_empty(), "{}: a row has a source", row.lock);
            self.conditions.insert(row.lock, row.expression);
        }
    }
}
