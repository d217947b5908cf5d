//! Code that nobody writes: deep, long, or in circles. It takes a bounded time, and costs no finding
//! of what stands beside it. Nothing is timed; without the bounds some of these would not end today.

mod corpus;

use std::path::PathBuf;

use corpus::{Report, analyze_in_memory, testdata};

const HEAD: &str = "#define __rcu
struct t { int a; struct t __rcu *next; };
struct s { struct t __rcu *p; int x; struct s *up; };
#define rcu_dereference(p) (p)
void rcu_read_lock(void);
void rcu_read_unlock(void);
int use(const void *);
";

/// The function behind the others: its plain load is found whatever stands before it.
const LAST: &str = "\nint last(struct s *s)\n{\n\treturn s->p->a;\n}\n";

const F: &str = "int f(struct s *s)\n{\n";
const END: &str = ";\n\treturn 0;\n}\n";

fn times(number: usize, piece: impl Fn(usize) -> String) -> String {
    (0..number).map(piece).collect()
}

fn in_function(body: &str) -> String {
    format!("{F}{body}{END}")
}

/// `open` so many times, what is in the middle, and `close` as often.
fn nested(number: usize, open: &str, middle: &str, close: &str) -> String {
    in_function(&format!("{}{middle}{}", open.repeat(number), close.repeat(number)))
}

fn analyze(code: &str) -> Report {
    let path: PathBuf = testdata().join("types/pathological.c");
    let text = format!("{HEAD}{code}{LAST}");
    analyze_in_memory(&[path], &[text.into_bytes()]).remove(0)
}

/// How many findings there are before the last function, which has one.
fn before_last(code: &str, report: &Report) -> usize {
    let in_last = |found: &&rculint_rules::diagnostic::Diagnostic| {
        found.function.as_deref() == Some("last") && found.code == "RCU101"
    };
    let start: String = code.chars().take(60).collect();
    assert_eq!(report.findings.iter().filter(in_last).count(), 1, "{start}");
    report.findings.len() - 1
}

fn survived(code: &str) -> usize {
    before_last(code, &analyze(code))
}

#[test]
fn deep_nesting() {
    for code in [
        nested(8000, "(", "use(s->p)", ")"),
        nested(8000, "{", "use(s->p);", "}"),
        nested(8000, "if (s->x) ", "use(s->p)", ""),
        nested(3000, "if (s->x)\n\t;\nelse ", "use(s->p)", ""),
        nested(3000, "s->x ? 1 : ", "use(s->p)", ""),
        nested(8000, "(long)", "s->p", ""),
        nested(8000, "!", "s->p", ""),
        nested(8000, "*", "s->p", ""),
        nested(2000, "use(", "s->p", ")"),
        nested(2000, "rcu_dereference(", "s->p", ")"),
        nested(2000, "typeof(", "s->p", ")"),
        nested(2000, "({ ", "use(s->p);", " })"),
        nested(2000, "do ", "use(s->p);", "while (s->x);"),
        nested(2000, "int g(struct s *s) { ", "use(s->p);", "}"),
        nested(2000, "&(struct s){ .up = ", "s", "}"),
        nested(2000, "_Generic(s->p, struct t *: ", "use(s->p)", ", default: 0)"),
        in_function(&format!("use(s{}->p)", "->up".repeat(8000))),
        in_function(&format!("use(s->p{})", "[0]".repeat(8000))),
        in_function(&format!("use({}s->p)", "q = ".repeat(8000))),
        format!(
            "struct deep {{ {} struct t __rcu *p; {} }};\n",
            "struct {".repeat(3000),
            "};".repeat(3000)
        ),
        format!("struct t __rcu *{}f{};\n", "(*".repeat(3000), ")(void)".repeat(3000)),
        format!("struct t {}__rcu *p;\n", "*".repeat(8000)),
        format!("#if {}A{}\n#endif\n", "(".repeat(20_000), ")".repeat(20_000)),
        format!("#if {}A\n#endif\n", "!".repeat(20_000)),
        format!(
            "{}{}{}",
            "#ifdef A\n".repeat(8000),
            in_function("use(s->p)"),
            "#endif\n".repeat(8000)
        ),
    ] {
        survived(&code);
    }
}

#[test]
fn long_functions_and_lists() {
    for code in [
        in_function(&times(2000, |_| "\tuse(s->p) +\n".to_owned())),
        in_function(&format!("use({})", "s->p, ".repeat(5000))),
        in_function(&format!("if ({}s->p) return 1", "s->p && ".repeat(2000))),
        in_function(&times(1000, |at| format!("\tstruct t *q{at} = s->p;\n\tuse(q{at});\n"))),
        in_function(&times(3000, |at| {
            format!("\tif (s->x) goto l{};\nl{at}: use(s->p);\n", at * 7 % 3000)
        })),
        in_function(&times(2000, |at| format!("\tif (s->x & {at})\n\t\trcu_read_lock();\n"))),
        in_function(&format!(
            "switch (s->x) {{ {} }}",
            times(3000, |at| format!("case {at}: rcu_read_lock(); use(s->p);\n"))
        )),
        in_function(&times(1500, |at| {
            format!("#ifdef A{at}\nuse(s->p);\n#else\nuse(s);\n#endif\n")
        })),
        in_function(&"use(s->p); ".repeat(4000)),
        in_function(&"a ".repeat(50_000)),
        in_function(&format!("use(\"{}\")", "a".repeat(1_000_000))),
        in_function(&"\\\n".repeat(100_000)),
        format!("int table[] = {{ {} }};\n", "1, ".repeat(300_000)),
        format!("enum e {{ {} }};\n", times(50_000, |at| format!("E{at}, "))),
        format!("int g({}int last)\n{{\n\treturn 0;\n}}\n", "struct s *s, ".repeat(5000)),
    ] {
        survived(&code);
    }
}

#[test]
fn many_of_a_kind() {
    let one = |at: usize| format!("int f{at}(struct s *s)\n{{\n\treturn s->p->a;\n}}\n");
    assert_eq!(survived(&times(3000, one)), 3000);
    let chain = |at: usize| {
        format!("static int f{at}(struct s *s)\n{{\n\treturn f{}(s) + use(s);\n}}\n", at + 1)
    };
    survived(&times(20_000, chain));
    for code in [
        times(2000, |_| "int f(struct s *s) { rcu_read_lock(); return use(s); }\n".to_owned()),
        times(2000, |at| {
            format!("#ifdef A{at}\nstatic int f(struct s *s) {{ return use(s->p); }}\n#endif\n")
        }),
        format!(
            "#if 0\n{}#endif\n",
            times(2000, |at| format!("#elif A{at}\nint f{at}(void) {{ }}\n"))
        ),
        times(2000, |at| format!("typedef t{at} t{};\n", at + 1)),
        times(2000, |at| format!("typeof(v{at}) v{};\n", at + 1)),
        times(3000, |at| format!("#define M{at}(x) M{}(x)\n", at + 1)) + &in_function("M0(s->p)"),
        times(2000, |at| format!("struct d{} {{ struct d{at}; int x; }};\n", at + 1))
            + "int g(struct d2000 *d)\n{\n\treturn use(d->p);\n}\n",
        format!(
            "#define M({}) use(a0)\n{}",
            times(5000, |at| format!("a{at}, ")) + "z",
            in_function(&format!("M({}s)", "s, ".repeat(5000)))
        ),
    ] {
        survived(&code);
    }
}

#[test]
fn circles_and_explosions() {
    let doubled = |with: &str| {
        let line = |at: usize| format!("#define M{at}{with}\n").replace('@', &(at + 1).to_string());
        times(60, line) + "#define M60(x) use(x)\n" + &in_function("M0(s->p)")
    };
    for code in [
        doubled("(x) M@(x) + M@(x)"),
        doubled("(x) M@((x, x))"),
        "#define A B\n#define B A\nint g(struct A *a)\n{\n\treturn use(a->p);\n}\n".to_owned(),
        "#define A B\n#define B C\n#define C A\nint g(struct A *a)\n{\n\treturn use(a->p);\n}\n".to_owned(),
        "#define A(x) B(x)\n#define B(x) A(x)\n".to_owned() + &in_function("A(s->p)"),
        "typedef b a;\ntypedef a b;\nint g(a *x)\n{\n\treturn use(x->p);\n}\n".to_owned(),
        "struct a { struct b; };\nstruct b { struct a; };\nint g(struct a *x)\n{\n\treturn use(x->p);\n}\n".to_owned(),
        "typeof(x) x;\nint g(void)\n{\n\t__auto_type v = v->p;\n\treturn use(x->p) + use(v);\n}\n".to_owned(),
    ] {
        survived(&code);
    }
}

/// What is too much is told.
#[test]
fn what_is_left_out_is_counted() {
    let long = in_function(&"\tuse(s->p);\n".repeat(30_000));
    let report = analyze(&long);
    assert_eq!(before_last(&long, &report), 0);
    assert_eq!(report.facts.statistics.broken.len(), 1);
}

/// A bracket that is missing costs the function that it is missing in.
#[test]
fn what_lacks_a_bracket_swallows_nothing() {
    for broken in [
        "int f(struct s *s",
        "int f(struct s *s)\n{\n\tif (s->x) {\n\t\tuse(s);\n",
        "int f(struct s *s)\n{\n\tuse((s;\n}\n",
        "struct x {\n\tint a;\n",
        "int table[] = {\n\t1, 2,\n",
        "int old(s)\nstruct s *s;\n{\n\treturn use(s);\n}\n",
        "{\n}\n",
    ] {
        survived(&format!("{broken}\n"));
    }
}
