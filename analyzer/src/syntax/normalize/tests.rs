use super::*;

struct Fixed;

impl Macros for Fixed {
    fn class(&self, name: &[u8]) -> MacroClass {
        match name {
            b"__init" | b"__user" | b"__must_hold" | b"__force" | b"__percpu" => {
                MacroClass::Decoration
            }
            b"FIELDS_OF" | b"fields_start" | b"fields_end" => MacroClass::Other,
            _ => MacroClass::Unknown,
        }
    }
}

fn function(source: &str) -> String {
    let all = normalize(source.as_bytes(), ItemKind::Function, &Fixed);
    for one in &all {
        assert_eq!(one.text.len(), source.len());
    }
    String::from_utf8(all[0].text.clone()).unwrap()
}

fn clean(source: &str) -> bool {
    crate::syntax::parse_item(source.as_bytes(), 0, ItemKind::Function, &Fixed)
        .iter()
        .all(|tree| tree.errors.is_empty())
}

#[test]
fn decoration_and_comments_become_spaces() {
    assert_eq!(
        function("static int __init f(char __user *p) /* x */ __must_hold(&y)\n{ }"),
        format!("static int        f(char        *p){}\n{{ }}", " ".repeat(24))
    );
}

#[test]
fn rcu_becomes_const() {
    assert_eq!(function("int f(struct a __rcu *p) { }"), "int f(struct a const *p) { }");
}

#[test]
fn kernel_idioms_parse() {
    for body in [
        "list_for_each_entry(a, b, c) { x(); }",
        "scoped_guard(mutex, &a->b) x();",
        "scoped_cond_guard(mutex_intr, return -EINTR, &a->b) { x(); }",
        "p = container_of(q, struct foo, bar);",
        "x = min_t(unsigned int, a, b);",
        "p = alloc_percpu(struct foo *);",
        "DECLARE_SOCKADDR(struct sockaddr *, addr, msg->name);",
        "ASSERTCMP(a, ==, b);",
        "switch (a) { case 1 ... 3: b(); break; default: }",
        "typeof(*p) *q = x; q = (typeof(q))y;",
        "guard(rcu)(); CLASS(fd, f)(epfd);",
        "pr_err(FW_BUG \"x\" PRIx64 \"y\" __stringify(Z) \"z\\n\", a);",
        "asm volatile(\"nop\" : \"=a\" (x) : \"b\" (y) : \"memory\");",
        "if (a) goto out; out: }  int g(void) { ",
        "wait_event_cmd(q, c, , x());",
        "FOO(a, { b, c }, { .d = e });",
        "x = (struct foo __rcu *)y; z = (struct foo __force *)y;",
        "INIT(a; b; c);",
        "int (*fn)(struct foo *, int) = x; fn = (int (*)(struct foo *))y;",
        "x = ({ int a = b; a; });",
        "struct foo *bar(struct baz *); x = sizeof(struct foo) + offsetof(struct foo, a.b);",
        "x = _Generic((y), struct foo *: 1, default: 2);",
        "CASE(x): y(); ",
    ] {
        let source = format!("int f(void) {{ {body} }}");
        assert!(clean(&source), "{source}\n{}", function(&source));
    }
}

#[test]
fn macro_heads_are_set_aside() {
    let source = "SYSCALL_DEFINE1(name, struct foo __user *, p)\n{ return 0; }";
    let all = normalize(source.as_bytes(), ItemKind::Function, &Fixed);
    assert_eq!(all[0].macro_head, Some(Span::new(0, 45)));
    assert!(clean(source));
}

#[test]
fn every_arm_is_in_some_variant() {
    let source = "int f(void) {\n#ifdef A\nif (x) {\n#else\nif (y) {\n#endif\nz(); } }";
    let all = normalize(source.as_bytes(), ItemKind::Function, &Fixed);
    assert_eq!(all.len(), 2);
    assert!(clean(source));
}

#[test]
fn arms_of_one_condition_never_meet() {
    let source = "int f(void) {\n#ifdef A\na();\n#else\nb();\n#endif\n#ifndef A\nc();\n#endif\n}";
    let all = normalize(source.as_bytes(), ItemKind::Function, &Fixed);
    for one in all {
        let text = String::from_utf8(one.text).unwrap();
        assert_eq!(text.contains("b()"), text.contains("c()"), "{text}");
    }
}

#[test]
fn macro_members_are_set_aside() {
    let source = "struct a { int x; DECLARE_FLEX_ARRAY(struct b __rcu *, c); int y; };";
    let all = normalize(source.as_bytes(), ItemKind::Declaration, &Fixed);
    assert_eq!(all[0].macro_members.len(), 1);
}

use crate::syntax::{Field, Kind, Tree, parse_item};

fn tree(source: &str) -> Tree {
    let mut all = parse_item(source.as_bytes(), 0, ItemKind::Function, &Fixed);
    assert!(all[0].errors.is_empty(), "{source}\n{}", function(source));
    all.remove(0)
}

/// The texts, as written, of the nodes of a kind in a function with this body.
fn found(body: &str, kind: Kind) -> Vec<String> {
    let tree = tree(&format!("int f(void)\n{{\n\t{body}\n}}"));
    tree.all()
        .filter(|node| tree.kind(*node) == kind)
        .map(|node| String::from_utf8_lossy(tree.text(node)).into_owned())
        .collect()
}

#[test]
fn jumps_as_arguments_are_no_subtraction() {
    let body = "scoped_cond_guard(mutex_intr, return -EINTR, &a->b) { x(); }";
    assert!(found(body, Kind::BinaryExpression).is_empty());
    assert_eq!(found(body, Kind::WhileStatement).len(), 1);
    assert_eq!(found("TRY(a, \"b\", return -1;);", Kind::ReturnStatement), ["return -1;"]);
}

#[test]
fn declarations_that_look_like_products() {
    for body in ["typeof(*p) *q = x;", "typeof(*p) *q;", "foo_t *q;", "foo_t *q = x;"] {
        assert_eq!(found(body, Kind::Declaration), [body]);
        assert!(found(body, Kind::BinaryExpression).is_empty());
    }
}

#[test]
fn casts_that_look_like_operations() {
    for (body, cast) in [
        ("y = (u64)&x;", "(u64)&x"),
        ("y = (__le32)*x;", "(__le32)*x"),
        ("y = (dma_addr_t)-1;", "(dma_addr_t)-1"),
        ("return (u32)(x);", "(u32)(x)"),
    ] {
        assert_eq!(found(body, Kind::CastExpression), [cast], "{body}");
        assert!(found(body, Kind::BinaryExpression).is_empty(), "{body}");
    }
    // No byte for a cast: the operand is what counts.
    assert_eq!(found("y = (u8)*x;", Kind::PointerExpression), ["*x"]);
    assert_eq!(found("y = (x) & z;", Kind::BinaryExpression), ["(x) & z"]);
    assert!(found("y = sizeof(u64) * x;", Kind::BinaryExpression).len() == 1);
}

#[test]
fn class_and_guard_are_calls() {
    let calls = found("CLASS(fd, f)(epfd); guard(rcu)();", Kind::CallExpression);
    assert!(calls.contains(&"CLASS(fd, f)(epfd)".to_owned()));
    assert!(calls.contains(&"guard(rcu)()".to_owned()));
}

#[test]
fn sizeof_keeps_its_type_and_alignof_takes_values() {
    let tree = tree("int f(void) { x = sizeof(struct sock) + __alignof__(*p) + __alignof__ *q; }");
    let sizes: Vec<_> =
        tree.all().filter(|node| tree.kind(*node) == Kind::SizeofExpression).collect();
    assert_eq!(sizes.len(), 3);
    assert!(tree.child(sizes[0], Field::Type).is_some());
}

#[test]
fn case_ranges_and_labels_made_by_macros() {
    let body = "switch (a) { case 'a' ... 'z': b(); break; CASE(x): c(); break; default: }";
    assert_eq!(found(body, Kind::CaseStatement).len(), 3);
}

#[test]
fn empty_macros_as_values_stay() {
    for body in [
        "x = __force;",
        "x = a ? __force : __user;",
        "x.y = (int)__force;",
        "if (x == __force) y();",
        "goto __init; __init: y();",
        "p->__init(x);",
        "enum { __force, __user } x = __force;",
        "__init += 2;",
    ] {
        let text = function(&format!("int f(void)\n{{\n{body}\n}}"));
        let kept = |name: &str| text.matches(name).count() == body.matches(name).count();
        assert!(kept("__force") && kept("__user") && kept("__init"), "{text}");
        found(body, Kind::Other);
    }
}

#[test]
fn decoration_between_declarator_and_value() {
    for body in [
        "static int x[] __init = { 1 };",
        "struct foo *p __percpu = y;",
        "int x __percpu = 3;",
        "int (*p)(void) __percpu = y;",
    ] {
        assert_eq!(found(body, Kind::InitDeclarator).len(), 1, "{body}");
    }
}

#[test]
fn a_function_may_be_called_as_an_empty_macro_is() {
    let tree = tree("static inline void __must_hold(struct foo *x)\n{ }");
    assert!(tree.all().any(|node| tree.kind(node) == Kind::ParameterDeclaration));
}

#[test]
fn unknown_words_in_a_head_are_decoration() {
    for head in [
        "static void MYATTR f(int x)",
        "asmlinkage_foo irqreturn_t __entry f(int x)",
        "static struct foo *MYATTR f(int x)",
        "int NAME(2)(int x)",
        "static int __printf(1, 2) __init\nf(int x)",
    ] {
        let source = format!("{head}\n{{ return x; }}");
        assert!(clean(&source), "{}", function(&source));
    }
    assert!(clean("u32 __iomem2 *f(int x) { }"));
}

#[test]
fn names_that_start_like_numbers() {
    assert!(
        found("tg3_flag(tp, 5705_PLUS); MODE(x, 1000baseT_Full, 460A);", Kind::Error).is_empty()
    );
    let body = "x = 0x1fUL + 1.5e-3 + 07 + 10u + 0b11 + 1e5;";
    assert!(function(&format!("int f(void) {{ {body} }}")).contains(body));
    assert!(found("x = 16 KB + 3;", Kind::Error).is_empty());
    assert!(found("x = BITS(y, 10:4, 3:0);", Kind::Error).is_empty());
}

#[test]
fn statements_as_arguments() {
    let body = "wait_msec(dev, 2000,\n\t\tif (x(a->b))\n\t\t\tbreak;\n\t);";
    assert_eq!(found(body, Kind::IfStatement).len(), 1);
    assert_eq!(found(body, Kind::WhileStatement).len(), 1);
    let body = "if (wait_msec(dev, 2000,\n\t\tif (x(a->b))\n\t\t\tbreak;\n\t) < 0)\n\t\ty();";
    assert_eq!(found(body, Kind::IfStatement).len(), 2);
    assert_eq!(found("DBG(if (a) b(a););", Kind::IfStatement), ["if (a) b(a);"]);
    assert_eq!(found("DBG(if (a) b(a));", Kind::CallExpression), ["b(a)"]);
    let body = "LOOP(\n\t\tx.y++;\n\t\tif (x.y < 0)\n\t\t\treturn 0;\n\t,\n\t\treturn 1;\n\t);";
    assert_eq!(found(body, Kind::ReturnStatement).len(), 2);
    assert_eq!(found("TRY(a, r = -1; goto out);", Kind::AssignmentExpression), ["r = -1"]);
}

#[test]
fn calls_without_a_semicolon() {
    let calls = found("if (x) {\n\t\tDUMP(a)\n\t\tNEXT(b)\n\t\tc = d;\n\t}", Kind::CallExpression);
    assert_eq!(calls, ["DUMP(a)", "NEXT(b)"]);
    assert!(found("BEGIN\n\tx();\n\tEND", Kind::CallExpression) == ["x()"]);
    assert_eq!(found("for_each_x(a, b)\n\t\t*a = 1;", Kind::WhileStatement).len(), 1);
    assert_eq!(found("for_each_x(a, b)\n\t\t(void)c(a);", Kind::WhileStatement).len(), 1);
    assert_eq!(found("do {\n\t\tx();\n\t} while_each_x(a, b);", Kind::DoStatement).len(), 1);
}

#[test]
fn macros_in_braces() {
    for body in [
        "static struct foo *x[] = { &a, FIRST SECOND THIRD &b, &c };",
        "static const struct foo x = { NAME(\"a\") SEQ, 1, 2 };",
        "struct { int a; PADDED(k, MAX + 1); } x;",
        "enum { ENTRY(a, 2), ENTRY(b, 3), LAST } x;",
        "struct { u32 a : 3, : 4; u32 : 5; unsigned int : 6; } x;",
        "ARRAY(struct foo *) x = { 0 }; ARRAY(struct foo) y;",
        "DECLARE_BITMAP(x, 8 + 1) = { 0 };",
        "static DEFINE_LIMIT(x, 5 * HZ, 10); static const DECLARE_TLV(x, 0, 1);",
    ] {
        assert!(found(body, Kind::Error).is_empty(), "{body}");
    }
}

#[test]
fn declarations_with_macros() {
    for source in [
        "struct a { int x; } __force __must_hold(8);",
        "struct a { struct { int x; } __force __must_hold(4) y; int z; } __must_hold(8);",
        "enum a { FIRST, BIT(b), BIT(c), PAIR(d, 3), } __must_hold(byte);",
        "enum a {\n\tBIT(b),\n\tLIST()\n\tLAST,\n\tLIST()\n};",
        "typedef HEAP(struct a, b) c;",
        "struct a {\n\tFIELDS_OF\n\tint x;\n\tstruct b c;\n\tFIELDS_OF\n};",
        "struct a { FIELDS_OF u8 x; };",
        "struct a {\n\tfields_start\n\tvoid *x;\n\tfields_end\n\tstruct b y;\n};",
        "struct a { int __must_hold (*x)(struct b *); void __user (*y)[3]; };",
    ] {
        let all = parse_item(source.as_bytes(), 0, ItemKind::Declaration, &Fixed);
        let text = String::from_utf8_lossy(&all[0].text).into_owned();
        assert!(all[0].errors.is_empty(), "{text}");
    }
    let source = "struct a {\n\tFIELDS_OF\n\tint x;\n} __must_hold(8);";
    let all = normalize(source.as_bytes(), ItemKind::Declaration, &Fixed);
    assert_eq!(all[0].macro_members, [Span::new(12, 21)]);
}

#[test]
fn macros_that_append() {
    let head = "int f(int code, void *addr MORE(int trap) EVEN_MORE(int a, int b)) UNKNOWN(x)";
    let tree = tree(&format!("{head}\n{{ return code; }}"));
    let parameters = tree.all().filter(|node| tree.kind(*node) == Kind::ParameterDeclaration);
    assert_eq!(parameters.count(), 2);
    let text = function("int f(void) { printk(__init pr_fmt(\"a\"), b); }");
    assert!(text.contains("pr_fmt"), "{text}");
    assert!(clean("char *f(char * const POS p, const char *POS q) { }"));
    let body = "pr_debug(FMT(\"a\") FMT(\"b\")\n\tFMT(\"c\"), x(d));";
    assert!(found(body, Kind::CallExpression).contains(&"x(d)".to_owned()));
    assert_eq!(found("char *x[] = { [A] \"a\", [B] \"b\" };", Kind::InitializerPair).len(), 2);
}

#[test]
fn values_in_braces_are_no_statements() {
    let text = function("int f(void)\n{\n\tint x[] = { FOO };\n\tint y[] = { FOO(1) };\n}");
    assert!(text.contains("{ FOO }") && text.contains("{ FOO(1) }"), "{text}");
}

#[test]
fn assembly_operands_as_arguments() {
    let body = "x = safe(\"nop %[a]\", , [a] \"+m\"(y)); safe(\"nop\", : [a] \"m\"(y));";
    assert!(found(body, Kind::Error).is_empty());
}

#[test]
fn arms_that_are_never_compiled() {
    let source = "int f(void) {\n#if 1\nif (x) {\n#else\nif (y) {\n#endif\nz(); } }";
    let all = normalize(source.as_bytes(), ItemKind::Function, &Fixed);
    assert_eq!(all.len(), 1);
    assert!(String::from_utf8_lossy(&all[0].text).contains("if (x) {"));
    let source = "int f(void) {\n#if 0\nif (x) {\n#else\nif (y) {\n#endif\nz(); } }";
    assert!(clean(source));
}

#[test]
fn nested_arms_need_their_outer_arm() {
    let source = "int f(void) {\n#ifdef A\na();\n#ifdef B\nb();\n#else\nc();\n#endif\n#else\nd();\n#endif\n}";
    let all = normalize(source.as_bytes(), ItemKind::Function, &Fixed);
    for one in &all {
        let text = String::from_utf8_lossy(&one.text);
        assert_eq!(text.contains("d()"), !text.contains("a()"), "{text}");
        assert!(!text.contains("d()") || !(text.contains("b()") || text.contains("c()")));
    }
    let seen: String = all.iter().map(|one| String::from_utf8_lossy(&one.text)).collect();
    assert!(["a()", "b()", "c()", "d()"].iter().all(|call| seen.contains(call)));
}

#[test]
fn macros_that_initialise_are_variables() {
    let source = "machine(a) {\n\t.name = b,\n\t.init = c(struct d),\n};";
    let all = parse_item(source.as_bytes(), 0, ItemKind::MacroCall, &Fixed);
    assert!(all[0].errors.is_empty());
    assert!(all[0].all().any(|node| all[0].kind(node) == Kind::InitDeclarator));
}

#[test]
fn an_arm_that_excludes_earlier_ones_is_seen() {
    let source = "int f(void) {\n#if V == 3\na();\n#else\nb();\n#endif\n#if V == 1\nc();\n\
                  #endif\n#if V == 1\nd();\n#elif V == 3\ne();\n#endif\n}";
    let all = normalize(source.as_bytes(), ItemKind::Function, &Fixed);
    assert!(all.iter().any(|one| one.text.windows(3).any(|text| text == b"e()")));
}
#[test]
fn rcu_after_typeof_belongs_to_it() {
    assert_eq!(
        function("int f(void) { return (typeof(*(v)) __force __rcu *)(v); }"),
        "int f(void) { return (____________         const *)(v); }"
    );
}
