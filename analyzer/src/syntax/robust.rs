//! Any bytes at all must be read without a panic, in time that grows with their number, and every
//! span must lie where it can be looked up.

use crate::items::{ItemKind, scan};
use crate::syntax::{MacroClass, Macros, normalize, parse_item};

struct Guess;

impl Macros for Guess {
    fn class(&self, name: &[u8]) -> MacroClass {
        match name {
            [b'_', b'_', ..] => MacroClass::Decoration,
            [b'A'..=b'Z', ..] => MacroClass::Other,
            _ => MacroClass::Unknown,
        }
    }
}

const KINDS: [ItemKind; 4] =
    [ItemKind::Function, ItemKind::Declaration, ItemKind::MacroCall, ItemKind::Define];

fn check(bytes: &[u8]) {
    let items = scan(bytes).items;
    let mut end = 0;
    for item in items.iter().filter(|item| item.kind != ItemKind::Define) {
        assert!(end <= item.span.start && item.span.start <= item.span.end);
        assert!(item.span.end as usize <= bytes.len());
        end = item.span.end;
    }
    for item in &items {
        check_item(&bytes[item.span.range()], item.kind);
    }
    for kind in KINDS {
        check_item(bytes, kind);
    }
}

fn check_item(text: &[u8], kind: ItemKind) {
    let lines = |text: &[u8]| -> Vec<usize> { memchr::memchr_iter(b'\n', text).collect() };
    let inside = |start: u32, end: u32| start <= end && end as usize <= text.len();
    for one in normalize(text, kind, &Guess) {
        assert_eq!(one.text.len(), text.len());
        assert_eq!(lines(&one.text), lines(text));
        let spans = one.given_up.iter().chain(&one.macro_members).chain(&one.macro_head);
        assert!(spans.into_iter().all(|span| inside(span.start, span.end)));
    }
    for tree in parse_item(text, 0, kind, &Guess) {
        assert!(tree.all().all(|node| inside(tree.span(node).start, tree.span(node).end)));
        assert!(tree.errors.iter().all(|span| inside(span.start, span.end)));
    }
}

/// Numbers that are the same on every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }
}

const PIECES: [&str; 96] = [
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    ":",
    "?",
    "=",
    "*",
    "&",
    "->",
    ".",
    "...",
    "<",
    "+=",
    "##",
    "#",
    "\\",
    "\n",
    "\n\t",
    " ",
    "\t",
    "\r\n",
    "\"a b\"",
    "\"a",
    "'x'",
    "'",
    "/*",
    "*/",
    "//",
    "\n#if A\n",
    "\n#if 0\n",
    "\n#ifdef B\n",
    "\n#elif C\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#define X(a) a ## b\n",
    "\n#include <a.h>\n",
    "if ",
    "else ",
    "for (;;) ",
    "while ",
    "do ",
    "switch ",
    "case ",
    "case 1 ... 3:",
    "default:",
    "return ",
    "goto ",
    "goto *",
    "break;",
    "continue;",
    "struct ",
    "union ",
    "enum ",
    "typedef ",
    "static ",
    "extern ",
    "const ",
    "unsigned int ",
    "void ",
    "int ",
    "char *",
    "__rcu ",
    "__init ",
    "__must_hold(x) ",
    "__printf(1, 2)\n",
    "__attribute__((a)) ",
    "asm volatile (",
    "typeof(*p) ",
    "sizeof(",
    "__alignof__ ",
    "offsetof(a, b.c)",
    "_Generic(",
    "x",
    "f(",
    "g(void)",
    "MACRO(",
    "MACRO",
    "LAST_ONE\n",
    "list_for_each(",
    "forever() {",
    "label:",
    "(u64)",
    "(u8)",
    "1000baseT",
    "0x1f",
    "10:4",
    "5",
    "\u{e9}",
    "\0",
    "\u{b}",
    "a b",
];

const SNIPPETS: [&str; 6] = [
    "static int __init f(struct a __rcu *p, int (*g)(void))\n{\n\tlist_for_each(a, b) {\n\t\tx(a->b);\n\t}\n\treturn 0;\n}\n",
    "struct a {\n\tstruct b __rcu *c;\n\tDECLARE(struct d *, e);\n\tu32 f : 3, : 4;\n#ifdef G\n\tint h;\n#else\n\tlong h;\n#endif\n} __packed;\n",
    "int f(int a)\n{\n\twait(d, 20,\n\t\tif (x(a))\n\t\t\tbreak;\n\t);\n\tif (wait(d,\n\t\tif (y) break; ) < 0)\n\t\treturn -1;\n\tscoped_cond_guard(m, return -EINTR, &a->b) { z(); }\n}\n",
    "machine(a) {\n\t.name = \"a\",\n};\nEXPORT_SYMBOL(b);\nstatic DEFINE_X(c) = { 1 };\nMODULE_START(q, r)\n\t.x = y,\nMODULE_END\n",
    "#ifdef A\nint f(int a)\n{\n#else\nint f(long a)\n{\n#endif\n\tswitch (a) {\n\tcase 'a' ... 'z': b(); break;\n\tCASE(x): c();\n\tdefault:\n\t}\nout:\n}\n",
    "int f(void)\n{\n\ttypeof(*p) *q = x;\n\ty = (u64)&z + __alignof__ *w;\n\tpr_err(BUG \"x\" PRIx64 \"y\" STR(Z), a);\n\tasm volatile(\"nop\" : [a] \"=a\" (x) : : \"memory\");\n\tdo {\n\t} while_each(a);\n}\n",
];

#[test]
fn soup_of_pieces() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..1500 {
        let length = numbers.below(60);
        let soup: String = (0..length).map(|_| PIECES[numbers.below(PIECES.len())]).collect();
        check(soup.as_bytes());
    }
}

#[test]
fn soup_of_bytes() {
    let mut numbers = Numbers(0xd1b5_4a32_d192_ed03);
    for _ in 0..1000 {
        let length = numbers.below(120);
        let soup: Vec<u8> = (0..length).map(|_| numbers.below(256) as u8).collect();
        check(&soup);
    }
}

#[test]
fn mutated_code() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for round in 0..1500 {
        let mut text = SNIPPETS[round % SNIPPETS.len()].as_bytes().to_vec();
        for _ in 0..=numbers.below(4) {
            let at = numbers.below(text.len());
            let until = (at + numbers.below(12)).min(text.len());
            match numbers.below(4) {
                0 => drop(text.drain(at..until)),
                1 => drop(text.splice(at..at, PIECES[numbers.below(PIECES.len())].bytes())),
                2 => {
                    let copy = text[at..until].to_vec();
                    drop(text.splice(at..at, copy));
                }
                _ => text.truncate(at.max(1)),
            }
        }
        check(&text);
    }
}

/// Each of these would take minutes if anything looked back, or ahead, at all of it.
#[test]
fn long_repetitions() {
    for unit in [
        "__init ",
        "__a(",
        "f(",
        "f(a, ",
        "(u64)&",
        "= ",
        "x = ",
        "{ ",
        "} ",
        "[",
        ") ",
        "case ",
        "case 1 ... ",
        ": ",
        "? ",
        "a ? b : ",
        "asm ",
        "do ",
        "A B ",
        "f(x)\n",
        "F(x)\n",
        "\n}\n",
        "* f(",
        "struct ",
        "enum { ",
        "\"a\" ",
        "\n#ifdef A\n x\n#endif",
        "\n#if A\n#endif\n",
        "f({ ",
        "F(if (a) ",
        "offsetof(a",
        "1a ",
        ", : 3",
        "LAST_ONE\n",
        "label: ",
        "goto ",
    ] {
        let text = unit.repeat(16_000 / unit.len());
        scan(text.as_bytes());
        for start in ["", "int f(void)\n{\n", "MACRO(", "int x[] = { "] {
            let text = format!("{start}{text}");
            scan(text.as_bytes());
            for kind in KINDS {
                normalize(text.as_bytes(), kind, &Guess);
            }
        }
    }
}
