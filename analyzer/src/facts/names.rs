//! Which names can lead to an `__rcu` pointer: annotated members, globals, functions, typedefs.
//! Only code that mentions one of them is worth parsing.

use std::cell::{OnceCell, RefCell};

use rustc_hash::FxHashMap;

use crate::evidence::Wrappers;
use crate::facts::lists::around::links_walked;
use crate::index::FileId;
use crate::items::{ItemKind, Space, name_key};
use crate::kernel::api;
use crate::syntax::parse_item;
use crate::text::directives::{Key, key};
use crate::text::lexer::{TokenKind, lex_fragment};
use crate::types::{Knowledge, ParsedItem, Qualified, Record, Seen, Type, Unit, View, expand};

/// What a name is known as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A member of a struct or union.
    Member,
    /// Anything that is not a member: a variable, a function that takes or returns annotated
    /// pointers, a typedef with the annotation inside, a macro that casts to it.
    Ordinary,
    /// The tag of a record with an annotated member.
    Tag,
}

/// Annotated names and the files that declare them.
#[derive(Debug, Default)]
pub struct AnnotatedNames {
    members: FxHashMap<Key, Vec<FileId>>,
    ordinary: FxHashMap<Key, Vec<FileId>>,
    tags: FxHashMap<Key, Vec<FileId>>,
    /// Typedefs with the annotation inside.
    typedefs: Vec<(String, FileId)>,
    /// The functions that walk lists for readers.
    pub(super) reader_loops: Vec<ReaderLoops>,
}

/// A function that walks lists for readers: the file, the item, and the members by which it goes on.
pub(super) type ReaderLoops = (FileId, u32, Vec<Box<str>>);

/// The place of names that the file at hand declares.
const OWN: FileId = FileId::MAX;

/// Macro calls among members are expanded within each other so far.
const MOST_EXPANSIONS: usize = 4;

impl AnnotatedNames {
    /// The annotated names of every file of the index.
    pub fn of_index(knowledge: &Knowledge) -> AnnotatedNames {
        let mut names = AnnotatedNames::default();
        for (id, file) in knowledge.index.files() {
            let view = OnceCell::new();
            for (index, item) in file.items.items.iter().enumerate() {
                if item.annotated {
                    let parsed = knowledge.parsed(id, index as u32);
                    let view = view.get_or_init(|| Seen::new(knowledge, id));
                    names.add_item(&parsed, item.kind, id, view);
                }
                let links =
                    if item.walks { links_walked(file.text(item)) } else { Default::default() };
                if !links.is_empty() {
                    names.reader_loops.push((id, index as u32, links));
                }
            }
        }
        names.add_typedef_users(knowledge);
        names
    }

    /// The annotated names that a file declares for itself; `shared` are those of the index.
    pub fn of_unit(unit: &Unit<'_>, shared: &AnnotatedNames) -> AnnotatedNames {
        let mut names = AnnotatedNames::default();
        for (index, item) in unit.file.items.items.iter().enumerate() {
            if item.annotated {
                let parsed = unit.own(index as u32);
                names.add_item(&parsed, item.kind, OWN, unit);
                let typedefs = parsed.declared.iter().filter(|d| d.typedef && d.ty.mentions_rcu());
                names.typedefs.extend(typedefs.map(|d| (d.name.to_string(), OWN)));
            }
        }
        let seen = shared.typedefs.iter().filter(|(_, file)| unit.sees(*file));
        let mut typedefs: Vec<String> =
            names.typedefs.iter().chain(seen).map(|(name, _)| name.clone()).collect();
        let mut next = 0;
        while let Some(name) = typedefs.get(next).cloned() {
            next += 1;
            for (index, item) in unit.file.items.items.iter().enumerate() {
                let text = unit.file.text(item);
                if memchr::memmem::find(text, name.as_bytes()).is_some() {
                    // A typedef of a typedef has users of its own.
                    let more = names.add_users(&name, &unit.own(index as u32), OWN);
                    typedefs.extend(more.into_iter().filter(|one| names.note_typedef(one)));
                }
            }
        }
        names
    }

    /// Whether a name is annotated in a file that the unit sees.
    pub fn visible(&self, name: &[u8], role: Role, unit: &Unit<'_>) -> bool {
        self.of_role(role)
            .get(&key(name))
            .is_some_and(|files| files.iter().any(|f| *f == OWN || unit.sees(*f)))
    }

    /// Whether a name is annotated anywhere.
    pub fn anywhere(&self, name: &[u8], role: Role) -> bool {
        self.of_role(role).contains_key(&key(name))
    }

    fn of_role(&self, role: Role) -> &FxHashMap<Key, Vec<FileId>> {
        match role {
            Role::Member => &self.members,
            Role::Ordinary => &self.ordinary,
            Role::Tag => &self.tags,
        }
    }

    fn add(&mut self, name: &str, role: Role, file: FileId) {
        let names = match role {
            Role::Member => &mut self.members,
            Role::Ordinary => &mut self.ordinary,
            Role::Tag => &mut self.tags,
        };
        let files = names.entry(key(name.as_bytes())).or_default();
        if files.last() != Some(&file) {
            files.push(file);
        }
    }

    fn add_item(&mut self, item: &ParsedItem, kind: ItemKind, id: FileId, view: &impl View) {
        if let (ItemKind::Define, Some(def)) = (kind, &item.define) {
            self.add(&def.name, Role::Ordinary, id);
        }
        for declared in &item.declared {
            if declared.ty.mentions_rcu() {
                self.add(&declared.name, Role::Ordinary, id);
            }
            self.add_nested(&declared.ty, id, view);
        }
        for record in &item.records {
            self.add_record(record, id, view);
        }
    }

    fn add_nested(&mut self, ty: &Qualified, id: FileId, view: &impl View) {
        match &ty.ty {
            Type::Record(record) => self.add_record(record, id, view),
            Type::Pointer(to) | Type::Array(to) => {
                self.add_nested(to, id, view);
            }
            _ => {}
        }
    }

    fn add_record(&mut self, record: &Record, id: FileId, view: &impl View) {
        self.add_members(record, id, view, MOST_EXPANSIONS);
    }

    fn add_members(&mut self, record: &Record, id: FileId, view: &impl View, left: usize) {
        for member in &record.members {
            if member.ty.mentions_rcu() {
                if let Some(name) = &member.name {
                    self.add(name, Role::Member, id);
                }
                if let Some(tag) = &record.tag {
                    self.add(tag, Role::Tag, id);
                }
            }
            self.add_nested(&member.ty, id, view);
        }
        // What no macro explains stands in its own expansion again.
        let calls = record.macro_members.iter().filter(|_| left > 0);
        for (call, _) in calls.filter(|(call, _)| call.contains("__rcu")) {
            let text = format!("struct __members {{ {}; }};", expand(call, view));
            for tree in parse_item(text.as_bytes(), 0, ItemKind::Declaration, view) {
                for inner in ParsedItem::of_tree(&tree).records {
                    self.add_members(&inner, id, view, left - 1);
                }
            }
        }
    }

    /// Declarations that are annotated only through a typedef (`tdp_ptep_t sptep`). Few typedefs
    /// have the annotation inside, and only files that see their declaration can use them.
    fn add_typedef_users(&mut self, knowledge: &Knowledge) {
        let mut typedefs: Vec<(String, FileId)> = Vec::new();
        for (id, file) in knowledge.index.files() {
            for (index, item) in file.items.items.iter().enumerate() {
                if item.annotated && item.kind == ItemKind::Declaration {
                    let parsed = knowledge.parsed(id, index as u32);
                    let found = parsed.declared.iter().filter(|d| d.typedef && d.ty.mentions_rcu());
                    typedefs.extend(found.map(|d| (d.name.to_string(), id)));
                }
            }
        }
        self.typedefs = typedefs;
        let mut next = 0;
        while let Some((name, home)) = self.typedefs.get(next).cloned() {
            next += 1;
            let users: Vec<FileId> = knowledge
                .index
                .files()
                .map(|(id, _)| id)
                .filter(|id| knowledge.index.includes(*id, home))
                .collect();
            for id in users {
                let file = knowledge.index.file(id);
                for (index, item) in file.items.items.iter().enumerate() {
                    let text = file.text(item);
                    if memchr::memmem::find(text, name.as_bytes()).is_none() {
                        continue;
                    }
                    let parsed = knowledge.parsed(id, index as u32);
                    // A typedef of a typedef has users of its own.
                    for one in self.add_users(&name, &parsed, id) {
                        if !self.has_typedef(&one, id) {
                            self.typedefs.push((one, id));
                        }
                    }
                }
            }
        }
    }

    /// Notes a typedef of the file at hand; whether it is new.
    fn note_typedef(&mut self, name: &str) -> bool {
        let new = !self.has_typedef(name, OWN);
        if new {
            self.typedefs.push((name.to_owned(), OWN));
        }
        new
    }

    fn has_typedef(&self, name: &str, id: FileId) -> bool {
        self.typedefs.iter().any(|(known, file)| known == name && *file == id)
    }

    /// Adds what an item declares with a typedef; the typedefs among it.
    fn add_users(&mut self, typedef: &str, item: &ParsedItem, id: FileId) -> Vec<String> {
        let mut typedefs = Vec::new();
        for declared in item.declared.iter().filter(|d| mentions(&d.ty, typedef)) {
            self.add(&declared.name, Role::Ordinary, id);
            if declared.typedef && *declared.name != *typedef {
                typedefs.push(declared.name.to_string());
            }
        }
        for record in &item.records {
            for member in record.members.iter().filter(|m| mentions(&m.ty, typedef)) {
                if let Some(name) = &member.name {
                    self.add(name, Role::Member, id);
                }
            }
        }
        typedefs
    }
}

fn mentions(ty: &Qualified, typedef: &str) -> bool {
    match &ty.ty {
        Type::Named(name) => **name == *typedef,
        Type::Pointer(to) | Type::Array(to) => mentions(to, typedef),
        Type::Function(signature) => {
            mentions(&signature.result, typedef)
                || signature.parameters.iter().any(|p| mentions(&p.ty, typedef))
        }
        _ => false,
    }
}

/// Whether a name is that of an accessor which asks for the annotation.
pub(super) fn is_checked_accessor(name: &[u8]) -> bool {
    api().accessors.get(name).is_some_and(|accessor| !accessor.unchecked)
}

/// What one file's code can see: its own annotated names and those of the index.
pub(crate) struct Names<'n, 'u, 'a> {
    /// The file.
    pub unit: &'u Unit<'a>,
    /// Of the index.
    pub shared: &'n AnnotatedNames,
    /// Of the file.
    pub own: &'n AnnotatedNames,
    /// What stands for an accessor.
    pub wrappers: Wrappers<'u, 'a>,
    leading: RefCell<FxHashMap<Key, Leading>>,
}

/// What the expansion of a macro leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Leading {
    /// To nothing annotated.
    Nowhere,
    /// To members with an annotated name: whether to one that is annotated, their records tell.
    Members,
    /// To an annotated name that is no member's, or the call of an accessor.
    Annotated,
}

/// Macros that expand into each other deeper than this lead nowhere.
const MAX_MACROS: usize = 4;

impl<'n, 'u, 'a> Names<'n, 'u, 'a> {
    pub fn new(
        unit: &'u Unit<'a>,
        shared: &'n AnnotatedNames,
        own: &'n AnnotatedNames,
    ) -> Names<'n, 'u, 'a> {
        Names { unit, shared, own, wrappers: Wrappers::new(unit), leading: RefCell::default() }
    }

    /// Whether a name is annotated in this file or one that it sees.
    pub fn visible(&self, name: &[u8], role: Role) -> bool {
        self.own.visible(name, role, self.unit) || self.shared.visible(name, role, self.unit)
    }

    /// Whether a member's name is annotated, or a macro for one that is.
    pub fn is_member(&self, name: &[u8]) -> bool {
        if self.visible(name, Role::Member) {
            return true;
        }
        let key = name_key(name, Space::Macro);
        if let Some(known) = self.leading.borrow().get(&key) {
            return *known > Leading::Nowhere;
        }
        let Ok(text) = std::str::from_utf8(name) else { return false };
        let macros = self.unit.macros(text);
        let found = macros.iter().filter(|f| f.what.parameters.is_none()).any(|found| {
            let body = found.what.body.as_bytes();
            let first = lex_fragment(body).first().copied();
            first.is_some_and(|first| self.visible(first.text(body), Role::Member))
                || self.body_leads(body, 1) > Leading::Nowhere
        });
        let leading = if found { Leading::Members } else { Leading::Nowhere };
        self.leading.borrow_mut().insert(key, leading);
        found
    }

    /// Whether a name is annotated anywhere.
    pub fn anywhere(&self, name: &[u8], role: Role) -> bool {
        self.own.anywhere(name, role) || self.shared.anywhere(name, role)
    }

    /// Whether a name is that of a macro whose expansion mentions an annotated name or applies an
    /// accessor.
    pub fn leads(&self, name: &[u8]) -> bool {
        self.leading(name) > Leading::Nowhere
    }

    /// What the macro of a name leads to.
    pub fn leading(&self, name: &[u8]) -> Leading {
        self.macro_leads(name, MAX_MACROS)
    }

    fn macro_leads(&self, name: &[u8], depth: usize) -> Leading {
        if depth == 0 || api().accessors.contains_key(name) || api().operations.contains_key(name) {
            return Leading::Nowhere;
        }
        let key = key(name);
        if let Some(known) = self.leading.borrow().get(&key) {
            return *known;
        }
        let Ok(text) = std::str::from_utf8(name) else { return Leading::Nowhere };
        // Until it is known, a macro that expands to itself leads nowhere.
        self.leading.borrow_mut().insert(key, Leading::Nowhere);
        let macros = self.unit.macros(text);
        let bodies = macros.iter().map(|found| found.what.body.as_bytes());
        let found = bodies.map(|body| self.body_leads(body, depth)).max();
        let found = found.unwrap_or(Leading::Nowhere);
        self.leading.borrow_mut().insert(key, found);
        found
    }

    fn body_leads(&self, body: &[u8], depth: usize) -> Leading {
        let tokens = lex_fragment(body);
        let mut all = Leading::Nowhere;
        for (index, token) in tokens.iter().enumerate() {
            if token.kind != TokenKind::Ident || all == Leading::Annotated {
                continue;
            }
            let name = token.text(body);
            let before = index.checked_sub(1).map_or(&b""[..], |at| tokens[at].text(body));
            let call = tokens.get(index + 1).is_some_and(|next| next.is(body, b"("));
            let found = if matches!(before, b"->" | b".") {
                let member = self.visible(name, Role::Member);
                if member { Leading::Members } else { Leading::Nowhere }
            } else if self.visible(name, Role::Ordinary) || call && is_checked_accessor(name) {
                Leading::Annotated
            } else if call {
                self.macro_leads(name, depth - 1)
            } else {
                Leading::Nowhere
            };
            all = all.max(found);
        }
        all
    }
}
