//! What the files must hold to, and rows that others build on.

use super::*;

const OLD: Version = Version(6, 1);
const NEW: Version = Version(6, 12);

fn only(name: &str) -> Effect {
    let mut effects = context().effects(name.as_bytes(), NEW);
    let effect = effects.next().unwrap_or_else(|| panic!("{name} has an effect")).clone();
    assert!(effects.next().is_none(), "{name} has one effect");
    effect
}

#[test]
fn locks_and_sections() {
    let lock = only("spin_lock_irqsave");
    assert_eq!((lock.verb, lock.when), (Verb::Take, When::Always));
    assert_eq!(lock.kinds, [Kind::Spin, Kind::Preempt, Kind::Irq]);
    assert_eq!(lock.object, Object::Argument(0));
    assert_eq!(only("down_trylock").when, When::Zero);
    assert_eq!(only("mutex_trylock").when, When::Nonzero);
    assert_eq!(only("bit_spin_lock").object, Object::Argument(1));
    assert_eq!(only("rcu_read_unlock").verb, Verb::Release);
    assert_eq!(only("rtnl_lock").object, Object::Named("rtnl_mutex".into()));
    assert_eq!(context().condition("rtnl_mutex"), Some("lockdep_rtnl_is_held()"));
    assert_eq!(only("lock_sock").condition.as_deref(), Some("lockdep_sock_is_held({})"));
    assert_eq!(only("mmap_read_lock").path.as_deref(), Some("&{}->mmap_lock"));
    assert!(context().effects(b"migrate_disable", NEW).next().is_none());
}

#[test]
fn a_pause_drops_and_takes_in_this_order() {
    let verbs: Vec<Verb> =
        context().effects(b"cond_resched_rcu", NEW).map(|effect| effect.verb).collect();
    assert_eq!(verbs, [Verb::Release, Verb::Take]);
}

#[test]
fn page_tables_are_kept_by_readers_since_6_5() {
    assert_eq!(context().effects(b"pte_unmap", OLD).count(), 0);
    assert_eq!(context().effects(b"pte_unmap", NEW).count(), 1);
    assert_eq!(context().effects(b"pte_unmap_unlock", OLD).count(), 1);
    assert_eq!(context().effects(b"pte_unmap_unlock", NEW).count(), 2);
}

/// What is taken can be released: every kind of lock of a name that ends so has its counterpart.
#[test]
fn what_is_taken_can_be_released() {
    let table = context();
    let all = |verb: Verb| {
        let effects = table.effects.values().flatten().filter(move |effect| effect.verb == verb);
        effects.flat_map(|effect| effect.kinds.iter().map(move |kind| (*kind, &effect.object)))
    };
    for (kind, object) in all(Verb::Take) {
        let fits = |other: &Object| match (object, other) {
            (Object::Named(one), Object::Named(other)) => one == other,
            (Object::Named(_), _) | (_, Object::Named(_)) => false,
            _ => true,
        };
        let found = all(Verb::Release).any(|(other, place)| other == kind && fits(place));
        assert!(found, "{kind:?} of {object:?} is never released");
    }
}

#[test]
fn guards_hold_for_a_scope() {
    let guard = |class| context().guard(class, OLD).unwrap();
    assert_eq!(guard("rcu").kinds, [Kind::Rcu]);
    assert!(guard("mutex_intr").conditional);
    assert_eq!(guard("rtnl").named.as_deref(), Some("rtnl_mutex"));
    assert_eq!(guard("device").path.as_deref(), Some("&{}->mutex"));
    assert!(context().guard("kfree", OLD).is_none());
}

#[test]
fn an_allocation_sleeps_only_where_it_says_so() {
    let kmalloc = context().sleeper(b"kmalloc", NEW).unwrap();
    assert!(kmalloc.sleeps(&["size", "GFP_KERNEL"]));
    assert!(kmalloc.sleeps(&["size", "GFP_KERNEL | __GFP_ZERO"]));
    assert!(kmalloc.sleeps(&["size", "GFP_KERNEL & ~__GFP_FS"]));
    for gfp in [
        "GFP_ATOMIC",
        "gfp",
        "GFP_ATOMIC | __GFP_NOWARN",
        "atomic ? GFP_ATOMIC : GFP_KERNEL",
        "GFP_KERNEL & ~__GFP_DIRECT_RECLAIM",
        "gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO)",
    ] {
        assert!(!kmalloc.sleeps(&["size", gfp]), "{gfp}");
    }
    assert!(!kmalloc.sleeps::<&str>(&[]));
    assert!(context().sleeper(b"mutex_lock", NEW).unwrap().sleeps(&["&lock"]));
    assert!(context().sleeper(b"mutex_trylock", NEW).is_none());
}

#[test]
fn what_is_waited_for() {
    let waits = |name: &[u8]| context().sleeper(name, NEW).unwrap().waits;
    assert_eq!(waits(b"synchronize_rcu"), Some(Wait::Rcu));
    assert_eq!(waits(b"rcu_barrier"), Some(Wait::Callbacks));
    let srcu = context().sleeper(b"synchronize_srcu", NEW).unwrap();
    assert_eq!((srcu.waits, srcu.domain), (Some(Wait::Srcu), Some(0)));
}

#[test]
fn kfree_rcu_without_a_head_sleeps_until_it_is_gone() {
    let old = context().sleeper(b"kfree_rcu", OLD).unwrap();
    assert!(old.sleeps(&["p"]));
    assert!(!old.sleeps(&["p", "rcu"]));
    assert!(context().sleeper(b"kfree_rcu", NEW).is_none());
}

#[test]
fn readers_are_all_that_delay_a_grace_period_since_5_0() {
    assert_eq!(ContextTable::reader_kinds(Version(4, 19)), [Kind::Rcu]);
    assert!(ContextTable::reader_kinds(Version(5, 0)).contains(&Kind::Bh));
    assert!(ContextTable::reader_kinds(Version::LATEST).contains(&Kind::Preempt));
    assert!(!ContextTable::reader_kinds(NEW).contains(&Kind::Srcu));
}

#[test]
fn twins_are_rows_of_the_other_side() {
    let table = context();
    for (name, rows) in &table.walks {
        for row in rows {
            let Some(twin) = &row.twin else { continue };
            let twin = table.walk(twin.as_bytes(), NEW).expect("the twin is a row");
            assert_ne!(row.rcu, twin.rcu, "{}", String::from_utf8_lossy(name));
            assert_eq!((row.position, row.head), (twin.position, twin.head));
            assert_eq!((row.member, &row.of), (twin.member, &twin.of));
        }
    }
    for (name, rows) in &table.changes {
        for row in rows {
            let Some(twin) = &row.twin else { continue };
            let twin = table.change(twin.as_bytes(), NEW).expect("the twin is a row");
            assert_ne!(row.rcu, twin.rcu, "{}", String::from_utf8_lossy(name));
            assert_eq!((row.node, row.head, row.adds), (twin.node, twin.head, twin.adds));
        }
    }
}

#[test]
fn lists() {
    let walk = context().walk(b"hash_for_each_possible_rcu", NEW).unwrap();
    assert_eq!((walk.position, walk.head, walk.member), (1, Some(0), Some(2)));
    assert_eq!((walk.condition, walk.rcu), (Some(4), true));
    assert_eq!(context().walk(b"list_for_each_entry_srcu", NEW).unwrap().reader, Kind::Srcu);
    let del = context().change(b"list_del", NEW).unwrap();
    assert_eq!((del.node, del.adds, del.twin.as_deref()), (0, false, Some("list_del_rcu")));
    assert!(context().change(b"list_del_init", NEW).unwrap().twin.is_none());
}

#[test]
fn wants() {
    let wants = |name: &[u8]| context().wants_reader(name, NEW);
    assert!(wants(b"list_first_or_null_rcu") && wants(b"list_for_each_entry_rcu"));
    assert!(wants(b"rcu_read_lock_held"));
    assert!(!wants(b"list_for_each_entry") && !wants(b"rcu_read_lock"));
}

#[test]
fn references() {
    assert_eq!(context().handoff(b"kref_get_unless_zero", NEW), Some(0));
    assert_eq!(context().handoff(b"get_file_rcu", OLD), Some(0));
    assert_eq!(context().handoff(b"get_file_rcu", NEW), None);
}

#[test]
fn callbacks() {
    let member = |name: &str| context().callback(&Registration::Member(name.into()), NEW);
    let argument =
        |name: &str, at| context().callback(&Registration::Argument(name.into(), at), NEW);
    assert_eq!(argument("call_rcu", 1).unwrap().holds, [Kind::Bh]);
    assert!(argument("INIT_WORK", 1).unwrap().holds.is_empty());
    assert_eq!(argument("request_threaded_irq", 1).unwrap().holds, [Kind::Irq]);
    assert!(argument("request_threaded_irq", 2).unwrap().holds.is_empty());
    let open = member("struct net_device_ops.ndo_open").unwrap();
    assert_eq!(
        (open.holds.as_slice(), open.locks.as_slice()),
        (&[][..], &["rtnl_mutex".into()][..])
    );
    assert_eq!(member("struct nf_hook_ops.hook").unwrap().holds, [Kind::Rcu]);
    // Called under the rtnl lock, or with only a reader section.
    assert!(member("struct ethtool_ops.get_link").is_none());
    assert!(member("struct net_device_ops.ndo_get_stats64").is_none());
}

#[test]
fn attributes_paste_their_functions_names() {
    let pasted: Vec<_> = context().pasted(b"DEVICE_ATTR_RW", NEW).collect();
    assert!(pasted.iter().all(|row| row.argument == 0 && row.callback.holds.is_empty()));
    let suffixes: Vec<&str> = pasted.iter().map(|row| row.suffix.as_str()).collect();
    assert_eq!(suffixes, ["_show", "_store"]);
}

/// In any version at most one row of a name counts, but for effects, which add up.
#[test]
fn rows_of_one_name_do_not_overlap() {
    fn check<'a>(name: &str, ranges: impl Iterator<Item = &'a Range>) {
        let ranges: Vec<&Range> = ranges.collect();
        for (at, one) in ranges.iter().enumerate() {
            let clash = ranges[at + 1..].iter().any(|other| one.overlaps(other));
            assert!(!clash, "{name} has two rows for one version");
        }
    }
    let table = context();
    for (name, rows) in &table.guards {
        check(name, rows.iter().map(|row| &row.versions));
    }
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    for (name, rows) in &table.walks {
        check(&text(name), rows.iter().map(|row| &row.versions));
    }
    for (name, rows) in &table.changes {
        check(&text(name), rows.iter().map(|row| &row.versions));
    }
    for (name, rows) in &table.wants {
        check(&text(name), rows.iter());
    }
    for (name, rows) in &table.handoffs {
        check(&text(name), rows.iter().map(|(_, versions)| versions));
    }
    for (name, rows) in &table.sleepers {
        check(&text(name), rows.iter().map(|row| &row.versions));
    }
    for (at, rows) in &table.callbacks {
        check(&format!("{at:?}"), rows.iter().map(|row| &row.versions));
    }
    for (name, rows) in &table.effects {
        for (at, one) in rows.iter().enumerate() {
            let clash = rows[at + 1..].iter().any(|other| {
                one.verb == other.verb
                    && one.kinds == other.kinds
                    && one.versions.overlaps(&other.versions)
            });
            assert!(!clash, "{} says the same twice", text(name));
        }
    }
}
