//! Facts made by hand for the rules' tests.

use std::path::{Path, PathBuf};

use rculint_analyzer::facts::{
    Access, Declaration, Fate, FileFacts, Protection, Storage, Store, StoreKind, Usage,
};
use rculint_analyzer::text::{Position, SourceFile, Span};

use crate::diagnostic::{Diagnostic, Severity, apply};
use crate::rule::{Context, check};
use crate::selection::Selection;

/// A line of C with one access in it.
pub(crate) struct Case {
    source: SourceFile,
    access: Access,
}

impl Case {
    /// `code` has «» around the lvalue.
    pub fn new(code: &str, usage: Usage) -> Case {
        let (code, marks) = unmarked(code);
        Case::with(code, Span::new(marks[0], marks[1]), usage)
    }

    /// `code` has «» around the lvalue, and ‹› twice: up to the value, and behind it.
    pub fn store(code: &str, how: StoreKind, usage: fn(Store) -> Usage) -> Case {
        let (code, marks) = unmarked(code);
        let [whole, start, end, value, value_end, whole_end] = marks[..] else {
            panic!("six marks expected");
        };
        let store = Store {
            whole: Span::new(whole, whole_end),
            value: Some(Span::new(value, value_end)),
            how,
        };
        Case::with(code, Span::new(start, end), usage(store))
    }

    fn with(code: String, span: Span, usage: Usage) -> Case {
        let expression = code[span.range()].to_owned();
        let access = Access {
            function: Some("probe".to_owned()),
            span,
            expression,
            definition: None,
            usage,
            storage: Storage::Shared,
            declaration: Declaration {
                name: "struct port.cfg".to_owned(),
                path: PathBuf::from("/linux/include/linux/port.h"),
                shown: "include/linux/port.h".to_owned(),
                span: Span::new(50, 53),
                start: Position { row: 4, column: 20 },
                end: Position { row: 4, column: 23 },
            },
            protection: Protection::Unknown,
            context: Default::default(),
            fate: Fate::Followed,
            dying: false,
            against_annotated: false,
            scope: Vec::new(),
            through_macro: None,
            call: None,
            condition: None,
            owner: None,
        };
        Case { source: SourceFile::new(code.into_bytes()), access }
    }

    pub fn protected(mut self, protection: Protection) -> Case {
        self.access.protection = protection;
        self
    }

    pub fn stored_in(mut self, storage: Storage) -> Case {
        self.access.storage = storage;
        self
    }

    pub fn through(mut self, name: &str) -> Case {
        self.access.through_macro = Some(name.to_owned());
        self
    }

    pub fn under(mut self, condition: &str) -> Case {
        self.access.condition = Some(condition.to_owned());
        self
    }

    pub fn owned(mut self, reason: &'static str) -> Case {
        self.access.owner = Some(reason);
        self
    }

    /// The one finding of all rules.
    pub fn diagnostic(&self) -> Diagnostic {
        let facts = FileFacts { accesses: vec![self.access.clone()], ..FileFacts::default() };
        let context = Context {
            path: Path::new("/linux/net/port.c"),
            shown: "net/port.c",
            source: &self.source,
            facts: &facts,
        };
        let mut found = check(&context, &Selection::all());
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(&self.diagnostic()).unwrap()
    }

    pub fn severity(&self) -> Severity {
        self.diagnostic().severity
    }

    pub fn message(&self) -> String {
        self.diagnostic().message
    }

    pub fn applicability(&self) -> &'static str {
        self.diagnostic().fix.expect("a fix").applicability.as_str()
    }

    pub fn edits(&self) -> usize {
        self.diagnostic().fix.map_or(0, |fix| fix.edits.len())
    }

    /// The code after the fix.
    pub fn fixed(&self) -> String {
        let edits = self.diagnostic().fix.expect("a fix").edits;
        String::from_utf8(apply(self.source.bytes(), &edits)).unwrap()
    }
}

/// The code without its marks, and the offsets where they stood.
fn unmarked(code: &str) -> (String, Vec<usize>) {
    let mut plain = String::new();
    let mut marks = Vec::new();
    for letter in code.chars() {
        match letter {
            '«' | '»' | '‹' | '›' => marks.push(plain.len()),
            _ => plain.push(letter),
        }
    }
    (plain, marks)
}
