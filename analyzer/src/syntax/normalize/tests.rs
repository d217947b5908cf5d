use super::*;

struct Fixed;

impl Macros for Fixed {
    fn class(&self, name: &[u8]) -> MacroClass {
        match name {
            b"__init" | b"__user" | b"__must_hold" | b"__force" | b"__percpu" => {
                MacroClass::Decoration
            }
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
