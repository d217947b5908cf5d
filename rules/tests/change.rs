//! Two versions of a piece of C: what RCU109 says of the change from one to the other.

mod corpus;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use corpus::{collect, testdata};
use rculint_analyzer::change::{ChangeFacts, Declared, FileVersion};
use rculint_analyzer::facts::Dealing;
use rculint_analyzer::files::Memory;
use rculint_analyzer::{Input, Options, Wanted, Workspace};
use rculint_rules::{check_change, registry};

const PREAMBLE: &str = "#include <linux/kernel.h>\n#include <linux/rcupdate.h>\n";

/// What stands before every function: a structure whose member is declared so.
fn port(cfg: &str) -> String {
    format!("struct cfg {{ int mtu; }};\nstruct port {{ {cfg}; int mtu; }};\n")
}

fn version(text: &str) -> (Vec<Dealing>, Vec<Declared>) {
    let mut memory = Memory::default();
    let mut headers = Vec::new();
    collect(&testdata().join("include"), &["h"], &mut headers);
    for path in headers {
        memory.add(path.clone(), std::fs::read(path).unwrap());
    }
    memory.add("/k/port.c", format!("{PREAMBLE}{text}"));
    let input = Input { path: "/k/port.c".into(), shown: "port.c".to_owned() };
    let options = Options {
        include_dirs: vec![testdata().join("include")],
        wanted: Wanted { dealings: true, ..Wanted::default() },
        ..Options::default()
    };
    let workspace = Workspace::load(Arc::new(memory), vec![input], options);
    (workspace.analyze(0).unwrap().dealings, workspace.declared(0).unwrap())
}

/// The expressions and messages of what is found.
fn found(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (version(before), version(after));
    fn side((dealings, declared): &(Vec<Dealing>, Vec<Declared>)) -> [FileVersion<'_>; 1] {
        [FileVersion { path: Path::new("/k/port.c"), dealings, declared }]
    }
    let facts = ChangeFacts::new(&side(&before), &side(&after), &BTreeMap::new());
    let found = check_change(&facts);
    found.iter().map(|one| format!("{}: {}", one.expression, one.message)).collect()
}

const ANNOTATED: &str = "struct cfg __rcu *cfg";
const PLAIN: &str = "struct cfg *cfg";

/// A function that does this with a port.
fn function(does: &str) -> String {
    format!("int f(struct port *p);\nint f(struct port *p)\n{{\n\t{does}\n}}\n")
}

/// What is found where only the function changes.
fn in_function(before: &str, after: &str) -> Vec<String> {
    let with = |does: &str| port(ANNOTATED) + &function(does);
    found(&with(before), &with(after))
}

#[test]
fn documentation_example() {
    let rule = registry::find("RCU109").unwrap();
    assert!(rule.is_of_change());
    assert_eq!(
        found(rule.docs.instead, rule.docs.example),
        ["rcu_dereference_raw(port->cfg): rcu_dereference_raw() on `struct port.cfg`, an __rcu \
             pointer, takes the place of rcu_dereference(); use that"]
    );
    assert!(found(rule.docs.example, rule.docs.instead).is_empty());
    assert!(found(rule.docs.example, rule.docs.example).is_empty());
}

#[test]
fn annotations_that_go() {
    let loads = function("return rcu_dereference(p->cfg)->mtu;");
    let plain = function("return p->cfg->mtu;");
    let both = |cfg: &str, uses: &str| port(cfg) + uses;
    assert_eq!(
        found(&both(ANNOTATED, &loads), &both(PLAIN, &loads)),
        [
            "struct port.cfg: the change takes __rcu away from `struct port.cfg`, to which accessors \
             are still applied; keep the annotation"
        ]
    );
    let raw = function("return rcu_dereference_raw(p->cfg)->mtu;");
    assert_eq!(found(&both(ANNOTATED, &loads), &both(PLAIN, &raw)).len(), 1);
    assert_eq!(
        found(&both(ANNOTATED, &plain), &both(PLAIN, &plain)),
        [
            "struct port.cfg: the change takes __rcu away from `struct port.cfg`: plain accesses to it \
             are not found any more; keep the annotation, and use accessors"
        ]
    );
    // A global, a function.
    assert_eq!(found("struct cfg __rcu *shared;\n", "struct cfg *shared;\n").len(), 1);
    let takes = |ty: &str| format!("struct cfg;\nint take(struct cfg {ty}*p, int n);\n");
    assert_eq!(found(&takes("__rcu "), &takes("")).len(), 1);
    assert!(found(&takes(""), &takes("__rcu ")).is_empty());
}

#[test]
fn annotations_that_may_go() {
    let loads = function("return rcu_dereference(p->cfg)->mtu;");
    let locked = function("return p->cfg->mtu;");
    let both = |cfg: &str, uses: &str| port(cfg) + uses;
    // With all accessors, or with the declaration.
    assert!(found(&both(ANNOTATED, &loads), &both(PLAIN, &locked)).is_empty());
    assert!(found(&both(ANNOTATED, &loads), &port("int none")).is_empty());
    // Another type, or the same by another name.
    assert!(found(&port(ANNOTATED), &port("struct port *cfg")).is_empty());
    let named = format!("typedef struct cfg __rcu *cfg_t;\n{}", port("cfg_t cfg"));
    assert!(found(&port(ANNOTATED), &named).is_empty());
    // Moved within the file.
    let moved = |text: &str| format!("{text}struct other {{ int x; }};\n");
    assert!(found(&moved(&port(ANNOTATED)), &port(ANNOTATED)).is_empty());
}

#[test]
fn silence_in_the_place_of_an_accessor() {
    let loads = "return rcu_dereference(p->cfg)->mtu;";
    let forced = "return ((struct cfg __force *)p->cfg)->mtu;";
    assert_eq!(
        in_function(loads, forced),
        ["(struct cfg __force *)p->cfg: the cast `(struct cfg __force *)p->cfg` on \
             `struct port.cfg`, an __rcu pointer, takes the place of rcu_dereference(); use that"]
    );
    let number = "return ((struct cfg *)(unsigned long)p->cfg)->mtu;";
    assert_eq!(in_function(loads, number).len(), 1);
    assert!(in_function(forced, loads).is_empty());
}

#[test]
fn silence_in_the_place_of_a_finding() {
    let plain = "return p->cfg->mtu;";
    assert_eq!(
        in_function(plain, "return rcu_dereference_raw(p->cfg)->mtu;"),
        ["rcu_dereference_raw(p->cfg): rcu_dereference_raw() on `struct port.cfg`, an __rcu \
             pointer, silences a finding; use an accessor that fits"]
    );
    assert_eq!(in_function(plain, "return ((struct cfg __force *)p->cfg)->mtu;").len(), 1);
}

#[test]
fn silence_that_was_there_or_is_for_something_new() {
    let raw = "return rcu_dereference_raw(p->cfg)->mtu;";
    assert!(
        in_function(raw, "int x = 0;\n\treturn rcu_dereference_raw( p->cfg )->mtu + x;").is_empty()
    );
    assert!(in_function("return 0;", raw).is_empty());
    // The accessor stays.
    let both = "return rcu_dereference(p->cfg)->mtu + rcu_dereference_raw(p->cfg)->mtu;";
    assert!(in_function("return rcu_dereference(p->cfg)->mtu;", both).is_empty());
    // In another function.
    let two = port(ANNOTATED) + &function(raw) + "int g(void);\nint g(void) { return 0; }\n";
    assert!(found(&port(ANNOTATED), &two).is_empty());
}
