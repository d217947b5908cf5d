use crate::items::{ItemKind, Space, name_key, scan};

fn kinds(source: &str) -> Vec<(ItemKind, String)> {
    let bytes = source.as_bytes();
    scan(bytes)
        .items
        .iter()
        .map(|item| (item.kind, String::from_utf8_lossy(&bytes[item.span.range()]).into_owned()))
        .collect()
}

fn declares(source: &str, name: &str, space: Space) -> bool {
    scan(source.as_bytes()).names.iter().any(|n| n.key == name_key(name.as_bytes(), space))
}

#[test]
fn functions_end_at_their_brace_and_declarations_at_the_semicolon() {
    let found = kinds("struct a { int x; };\nint f(void)\n{ if (1) { } }\nint g;\n");
    assert_eq!(found.len(), 3);
    assert_eq!(found[1], (ItemKind::Function, "int f(void)\n{ if (1) { } }".into()));
}

#[test]
fn a_macro_call_needs_no_semicolon() {
    let found = kinds("EXPORT_SYMBOL(a)\nint f(void);\n__printf(1, 2)\nint g(void);\n");
    assert_eq!(found[0].0, ItemKind::MacroCall);
    assert_eq!(found[2].1, "__printf(1, 2)\nint g(void);");
}

#[test]
fn alternative_heads_of_one_body_are_one_item() {
    let found =
        kinds("#ifdef A\nint f(int a)\n{\n#else\nint f(long a)\n{\n#endif\nreturn 0; }\nint x;");
    assert_eq!(found.len(), 2);
}

#[test]
fn names_of_every_kind_are_found() {
    let source = "typedef struct { int x; } a_t;\nstruct b { struct c { int x; } y; } *d, e[2];\n\
                  enum f { G, H = 2 };\nint (*i)(void);\nint j(int k);\n\
                  static __printf(1, 2) int l(int m) { return 0; }\n\
                  static DEFINE_PER_CPU(struct b *, n);\n#define o(x) x->y\n";
    for name in ["a_t", "d", "e", "G", "H", "i", "j", "l"] {
        assert!(declares(source, name, Space::Ordinary), "{name}");
    }
    assert!(declares(source, "b", Space::Tag) && declares(source, "c", Space::Tag));
    assert!(declares(source, "n", Space::MacroArgument));
    assert!(declares(source, "o", Space::Macro));
    assert!(!declares(source, "k", Space::Ordinary));
}

#[test]
fn a_brace_at_the_margin_within_a_function_does_not_end_it() {
    let source = "int f(int a)\n{\n\tif (a) {\n\ta = 1;\n}\n\n\treturn a;\n}\nint g;\n";
    assert_eq!(kinds(source).len(), 2);
    let label = "int f(int a)\n{\n\tif (a) {\n\ta = 1;\n}\nout:\n\treturn a;\n}\nint g;\n";
    assert_eq!(kinds(label).len(), 2);
}

#[test]
fn macros_that_initialise_are_no_functions() {
    let found = kinds("machine(a) {\n\t.name = \"a\",\n\t.init = b,\n};\nint f(void) { }\n");
    assert_eq!(found[0].0, ItemKind::MacroCall);
    assert_eq!(found[1].0, ItemKind::Function);
    let found =
        kinds("MACHINE_START(A, \"a\")\n\t.init = b,\nMACHINE_END\n\nstatic int f(void) { }\n");
    assert_eq!(found.last().unwrap().1, "static int f(void) { }");
}

#[test]
fn macro_calls_at_the_end_and_side_by_side() {
    let found = kinds("FLAG(a) FLAG(b)\nstatic const DECLARE_X(c);\nDEFINE_GUARD(d, struct e *)\n");
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|item| item.0 == ItemKind::MacroCall));
}

#[test]
fn generating_macros_and_decoration_before_a_function() {
    let found = kinds("__gen(8)\n__gen(16)\n\nstatic int f(void) { }\n");
    assert_eq!(found.len(), 3);
    let found = kinds("ID_LAST\n\nstatic int f(void) { }\n");
    assert_eq!(found.len(), 2);
    let found = kinds("static DEF_COMMAND(a)\n\nvoid f(void) { }\n");
    assert_eq!(found.len(), 2);
    assert!(declares("static __printf(2, 3) int f(int a, char *b, ...) { }", "f", Space::Ordinary));
    assert!(declares(
        "static int __printf(2, 3)\nf(int a, char *b, ...) { }",
        "f",
        Space::Ordinary
    ));
    assert!(declares("static int __f(int a) __must_hold(x) { }", "__f", Space::Ordinary));
}

#[test]
fn a_broken_function_does_not_swallow_the_next() {
    let found = kinds("int f(void)\n{ if ((1) {\n}\nint g(void)\n{\n}\n");
    assert_eq!(found.len(), 2);
}
