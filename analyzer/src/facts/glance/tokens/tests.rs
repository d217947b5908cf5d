use super::*;

fn of(record: &Record) -> String {
    match record {
        Record::Tag(name) => format!("struct {}", String::from_utf8_lossy(name)),
        Record::Typedef(name) => String::from_utf8_lossy(name).into_owned(),
    }
}

/// Each mention of `name`, and each call of `M`, as text.
fn told(text: &str) -> Vec<String> {
    let told = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let wanted = |name: &[u8], call: bool| if call { name == b"M" } else { name == b"name" };
    let (found, _) = mentions(text.as_bytes(), &Around::default(), wanted);
    found
        .iter()
        .map(|one| match one {
            Mention::Of(records, members) => {
                let records: Vec<_> = records.iter().map(of).collect();
                let members: Vec<_> = members.iter().map(|name| told(name)).collect();
                format!("{}: {}", records.join("|"), members.join("."))
            }
            Mention::Set(record, name) => format!("{} {{ {} }}", of(record), told(name)),
            Mention::Call(name, all, inside) => {
                let inside = inside.as_ref().map_or("nothing".to_owned(), of);
                format!("{}({}) in {inside}", told(name), told(all))
            }
            Mention::Unclear => "?".to_owned(),
        })
        .collect()
}

#[test]
fn variables_are_of_the_records_that_they_are_declared_with() {
    for (text, mention) in [
        ("int f(struct a *p) { return p->name; }", "struct a: name"),
        ("int f(int i, const struct a *const p) { g(&p->name); }", "struct a: name"),
        ("int f(void) { struct a __rcu *p, *q; return q->b.name; }", "struct a: b.name"),
        ("int f(struct a *p) { { struct b p; p.name(); } }", "struct a|struct b: name"),
        ("struct a *f(void) { struct a *p = g(); return p->name->x; }", "struct a: name"),
        ("int f(a_t *p) { return p->name; }", "a_t: name"),
        ("int f(void) { const a_t p, q; return q.name; }", "a_t: name"),
        ("int f(struct a *p) { return p->b[1].c[p->d].name; }", "struct a: b.c.name"),
        ("int f(struct a *p) { return (*p).name + 1; }", "struct a: name"),
        ("int f(struct a *p) { return ((&(p)->b))->name; }", "struct a: b.name"),
        ("int f(void *p) { return ((struct a *)p)->name; }", "struct a: name"),
        ("int f(void *p) { return ((const a_t *)(p + 1))->name; }", "a_t: name"),
        ("int f(struct a *p) { return (struct b *)(p)->name; }", "struct a: name"),
    ] {
        assert_eq!(told(text), [mention], "{text}");
    }
}

#[test]
fn what_tokens_do_not_tell_is_unclear() {
    for text in [
        "int f(void) { return p->name; }",
        "int f(struct a *p) { return g(p)->name; }",
        "int f(struct a *p) { return (*g)(p)->name; }",
        "int f(struct a *p) { return (p + 1)->name; }",
        "int f(struct a *p) { return ((g)(p))->name; }",
        "int f(struct a *p, int i) { return (i ? p : 0)->name; }",
        "struct a *p(void) { return p->name; }",
        "struct a x = { g(.name = 1) };",
        "int x = sizeof(struct a) + { .name = 1 };",
        "int f(struct a *p) { h(typeof(*p)).name; }",
        ".name",
        "->name",
    ] {
        assert_eq!(told(text), ["?"], "{text}");
    }
}

#[test]
fn initialisers_are_for_the_declared_record() {
    for (text, mention) in [
        ("static struct a x = { .name = 1 };", "struct a { name }"),
        ("static const a_t x = { .name = 1 };", "a_t { name }"),
        ("struct a x[] = { [1] = { .b.name = 2 } };", "struct a { name }"),
        ("struct a x = { .b = { .name = 1 }, };", "struct a { name }"),
        ("int f(void) { g((struct a){ .name = 1 }); }", "struct a { name }"),
        ("int f(void) { p = (const struct a[2]){ { .name = 1 } }; }", "struct a { name }"),
        ("int f(void) { *p = (a_t) { .name = 1 }; }", "a_t { name }"),
        ("struct a x = { g(y, &(b_t){ .name = 1 }) };", "b_t { name }"),
    ] {
        assert_eq!(told(text), [mention], "{text}");
    }
}

#[test]
fn calls_say_where_they_stand() {
    assert_eq!(
        told("struct a x = { M(1, 2), { M(3) } };"),
        ["M(1, 2) in struct a", "M(3) in struct a"]
    );
    assert_eq!(told("int f(void) { M(a (b), c); }"), ["M(a (b), c) in nothing"]);
    assert_eq!(told("struct a x = { g(M(1)) };"), ["M(1) in nothing"]);
    assert_eq!(told("M(1"), ["?"]);
}

/// Also what nests deeper than anyone writes.
#[test]
fn any_text_is_survived() {
    for text in
        ["struct", "struct a", "struct a {", "}", ")", "x = (struct a){", "{ .", "(]{.", "()"]
    {
        told(text);
        told(&format!("{text}->name"));
    }
    let many = 100_000;
    told(&format!("{}p{}->name", "(".repeat(many), ")".repeat(many)));
    told(&format!("p{}.name", ".a".repeat(many)));
    told(&format!("p{}.name", "[0]".repeat(many)));
    told(&format!("{}.name", "const ".repeat(many)));
    told(&format!("x = ({} a) {{ .name }}", "const ".repeat(many)));
}
