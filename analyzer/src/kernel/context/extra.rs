//! Adds the rows of a project to the table.

use rustc_hash::FxHashMap;

use super::{ContextTable, Deferral, Effect, Kind, ListWalk, Object, Sleeper, Verb, Wait, When};
use crate::kernel::extra::{Deferred, Extra, LockObject, LockRow};
use crate::kernel::version::Range;

/// All versions: the rows are about the tree at hand.
const ANY: Range = Range { since: None, until: None };

/// The rows for a name count instead of those there are, not beside them.
fn set<V>(rows: &mut FxHashMap<Vec<u8>, Vec<V>>, name: &str, row: V) {
    rows.insert(name.as_bytes().to_vec(), vec![row]);
}

impl LockRow {
    fn effects(&self) -> impl Iterator<Item = (&String, Effect)> {
        let mut kinds = vec![self.kind];
        if matches!(
            self.kind,
            Kind::Spin | Kind::RawSpin | Kind::Bit | Kind::ReadLock | Kind::WriteLock
        ) {
            kinds.push(Kind::Preempt);
        }
        let (object, path) = match &self.object {
            None => (Object::None, None),
            Some(LockObject::Argument(at)) => (Object::Argument(*at), None),
            Some(LockObject::Path(path)) => (Object::Argument(0), Some(path.clone())),
            Some(LockObject::Named(name)) => (Object::Named(name.clone()), None),
        };
        let effect = move |verb, kinds: &[Kind], when| Effect {
            verb,
            kinds: kinds.to_vec(),
            object: object.clone(),
            path: path.clone(),
            condition: self.condition.clone(),
            when,
            versions: ANY,
        };
        let verbs = [
            (&self.acquire, Verb::Take, When::Always),
            (&self.r#try, Verb::Take, When::Nonzero),
            (&self.release, Verb::Release, When::Always),
            (&self.assert, Verb::Assert, When::Always),
        ];
        verbs.into_iter().flat_map(move |(names, verb, when)| {
            // Preemption is not what an assertion is about.
            let kinds = if verb == Verb::Assert { &kinds[..1] } else { &kinds[..] };
            let effect = effect(verb, kinds, when);
            names.iter().map(move |name| (name, effect.clone()))
        })
    }
}

impl ContextTable {
    /// The names of functions and macros in the table.
    pub(in crate::kernel) fn names(&self) -> impl Iterator<Item = &[u8]> {
        let names = self.effects.keys().chain(self.sleepers.keys()).chain(self.walks.keys());
        let names = names.chain(self.changes.keys()).chain(self.handoffs.keys());
        let names = names.chain(self.frees.keys()).chain(self.deferrals.keys());
        names.chain(self.queues.keys()).chain(self.barriers.keys()).map(Vec::as_slice)
    }

    /// Adds rows.
    pub(in crate::kernel) fn extend(&mut self, extra: &Extra) {
        for row in &extra.wrapper {
            for name in &row.names {
                self.same(name, row.of.as_bytes());
            }
        }
        for row in &extra.iterator {
            let walk = ListWalk {
                position: row.position,
                head: row.head,
                member: row.member,
                of: row.of.clone(),
                condition: row.condition,
                rcu: row.rcu,
                twin: row.twin.clone(),
                reader: row.reader.unwrap_or(Kind::Rcu),
                versions: ANY,
            };
            row.names.iter().for_each(|name| set(&mut self.walks, name, walk.clone()));
        }
        for row in &extra.lock {
            for (name, effect) in row.effects() {
                set(&mut self.effects, name, effect);
            }
            if let (Some(LockObject::Named(lock)), Some(condition)) = (&row.object, &row.condition)
            {
                self.conditions.insert(lock.clone(), condition.clone());
            }
        }
        for row in &extra.free {
            for name in &row.names {
                set(&mut self.frees, name, (row.argument, ANY));
                if let Some(later) = &row.later {
                    set(&mut self.later, name, (later.clone(), ANY));
                }
            }
        }
        for row in &extra.defer {
            let (object, head) = match row.what {
                Deferred::Object(at) => (Some(at), None),
                Deferred::Head(at) => (None, Some(at)),
            };
            let waits = row.waits.unwrap_or(Wait::Rcu);
            let (callback, domain) = (row.callback, None);
            let deferral = Deferral { object, head, callback, waits, domain, versions: ANY };
            row.names.iter().for_each(|name| set(&mut self.deferrals, name, deferral));
        }
        for row in &extra.sleep {
            let sleeper = Sleeper {
                when: None,
                optional: false,
                waits: row.waits,
                seldom: false,
                domain: None,
                arguments: None,
                versions: ANY,
            };
            row.names.iter().for_each(|name| set(&mut self.sleepers, name, sleeper.clone()));
        }
    }

    /// Gives a name the rows of another.
    fn same(&mut self, name: &str, of: &[u8]) {
        fn copy<V: Clone>(rows: &mut FxHashMap<Vec<u8>, Vec<V>>, name: &str, of: &[u8]) {
            if let Some(known) = rows.get(of).cloned() {
                rows.insert(name.as_bytes().to_vec(), known);
            }
        }
        copy(&mut self.effects, name, of);
        copy(&mut self.sleepers, name, of);
        copy(&mut self.walks, name, of);
        copy(&mut self.changes, name, of);
        copy(&mut self.handoffs, name, of);
        copy(&mut self.frees, name, of);
        copy(&mut self.deferrals, name, of);
        copy(&mut self.queues, name, of);
        copy(&mut self.later, name, of);
        copy(&mut self.barriers, name, of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::builtin;
    use crate::kernel::version::Version;

    fn table(text: &str) -> ContextTable {
        let mut table = builtin().1.clone();
        table.extend(&toml::from_str(text).unwrap());
        table
    }

    #[test]
    fn locks() {
        let table = table(
            "[[lock]]\nkind = 'spin'\nobject = { path = '&{}->lock' }\nacquire = ['port_lock']\n\
             try = ['port_trylock']\nrelease = ['port_unlock']\nassert = ['port_assert_locked']\n\
             [[lock]]\nkind = 'mutex'\nobject = { named = 'port_mutex' }\nacquire = ['ports_lock']\n\
             condition = 'ports_locked()'\n",
        );
        let effects = |name: &str| -> Vec<Effect> {
            table.effects(name.as_bytes(), Version(6, 1)).cloned().collect()
        };
        let taken = &effects("port_lock")[0];
        assert_eq!((taken.verb, taken.when), (Verb::Take, When::Always));
        assert_eq!(taken.kinds, [Kind::Spin, Kind::Preempt]);
        assert_eq!(taken.path.as_deref(), Some("&{}->lock"));
        assert_eq!(effects("port_trylock")[0].when, When::Nonzero);
        assert_eq!(effects("port_unlock")[0].verb, Verb::Release);
        assert_eq!(effects("port_assert_locked")[0].kinds, [Kind::Spin]);
        assert_eq!(effects("ports_lock")[0].object, Object::Named("port_mutex".to_owned()));
        assert_eq!(table.condition("port_mutex"), Some("ports_locked()"));
    }

    #[test]
    fn the_rest() {
        let table = table(
            "[[wrapper]]\nnames = ['port_wait']\nof = 'synchronize_rcu'\n\
             [[iterator]]\nnames = ['each_port']\nhead = 1\nof = 'struct port.link'\nrcu = true\n\
             [[free]]\nnames = ['port_free']\nargument = 1\nlater = 'port_free_rcu'\n\
             [[defer]]\nnames = ['port_call']\nwhat = { head = 0 }\ncallback = 1\n\
             [[sleep]]\nnames = ['port_flush']\n",
        );
        let version = Version(6, 1);
        let waits = |name: &str| table.sleeper(name.as_bytes(), version).unwrap().waits;
        assert_eq!(waits("port_wait"), Some(Wait::Rcu));
        assert_eq!(waits("port_flush"), None);
        let walk = table.walk(b"each_port", version).unwrap();
        assert!(walk.rcu && walk.position == 0 && walk.head == Some(1));
        assert_eq!(table.frees(b"port_free", version), Some(1));
        assert_eq!(table.later(b"port_free", version), Some("port_free_rcu"));
        let deferral = table.deferral(b"port_call", version).unwrap();
        assert_eq!((deferral.head, deferral.callback), (Some(0), Some(1)));
        assert_eq!(deferral.waits, Wait::Rcu);
    }
}
