//! The JSON of findings that need types or several places: what `--format json` promises.

mod corpus;

use corpus::{analyze_in_memory, testdata};

/// The findings in a piece of code, as JSON.
fn findings(code: &str) -> String {
    let path = testdata().join("rules/port.c");
    let text = format!("#include <linux/kernel.h>\n#include <linux/rcupdate.h>\n\n{code}");
    let reports = analyze_in_memory(std::slice::from_ref(&path), &[text.into_bytes()]);
    let json = serde_json::to_string_pretty(&reports[0].findings).unwrap();
    json.replace(&path.display().to_string(), "net/port.c")
}

#[test]
fn address_space_mismatch() {
    insta::assert_snapshot!(findings(
        "struct cfg { int mtu; };\n\
         struct port { struct cfg __rcu *cfg; };\n\
         void take(struct cfg **slot);\n\
         void f(struct port *port) { take(&port->cfg); }\n"
    ));
}

#[test]
fn cast_drops_rcu() {
    insta::assert_snapshot!(findings(
        "struct cfg { int mtu; };\n\
         struct port { struct cfg __rcu *cfg; };\n\
         struct cfg **f(struct port *port) { return (struct cfg **)&port->cfg; }\n"
    ));
}

#[test]
fn unannotated_accessor() {
    insta::assert_snapshot!(findings(
        "struct cfg { int mtu; };\n\
         struct port { struct cfg *cfg; };\n\
         int f(struct port *port) { return rcu_dereference(port->cfg)->mtu; }\n\
         int g(struct port *port) { return !rcu_access_pointer(port->cfg); }\n"
    ));
}

#[test]
fn body_of_a_macro() {
    insta::assert_snapshot!(findings(
        "struct cfg { int mtu; };\n\
         struct port { struct cfg __rcu *cfg; };\n\
         #define port_mtu(port)\t((port)->cfg->mtu)\n\
         int f(struct port *port) { return port_mtu(port); }\n\
         int g(struct port *one) { return port_mtu(one); }\n"
    ));
}
