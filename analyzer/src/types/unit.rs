//! One file as a compiler would see it: its own definitions and those of what it includes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::across::Others;
use crate::facts::Cost;
use crate::index::{FileId, FileSet, IndexedFile};
use crate::items::{ItemKind, Space, name_key};
use crate::syntax::{MacroClass, Macros, NodeId, Tree, parse_item};
use crate::text::Span;
use crate::text::directives::{Condition, Key};
use crate::types::decl::Reader;
use crate::types::expr::Typer;
use crate::types::view::{self, View};
use crate::types::{
    Declared, Knowledge, Local, MacroDef, ParsedItem, Qualified, Record, Scopes, Type, expand,
};

/// A definition and the file that it stands in.
#[derive(Clone)]
pub struct Found<T> {
    /// What was found.
    pub what: T,
    /// Where.
    pub file: Arc<IndexedFile>,
    /// Under which condition.
    pub condition: Condition,
}

/// A function with a body that a file sees.
pub struct FunctionAt {
    /// The file that it stands in.
    pub file: Arc<IndexedFile>,
    /// That file in the index; `None` for the file at hand.
    pub home: Option<FileId>,
    /// Its place among the file's items.
    pub item: u32,
}

impl FunctionAt {
    /// Its text.
    pub fn text(&self) -> &[u8] {
        self.file.text(&self.file.items.items[self.item as usize])
    }
}

type Memo<T> = RefCell<FxHashMap<Key, Rc<[Found<T>]>>>;

/// A file with everything it sees.
pub struct Unit<'a> {
    /// Shared knowledge.
    pub knowledge: &'a Knowledge,
    /// The files that are checked together with it.
    pub(crate) others: Option<&'a dyn Others>,
    /// The file.
    pub file: Arc<IndexedFile>,
    own_id: Option<FileId>,
    own_names: FxHashMap<Key, Vec<u32>>,
    own_parsed: RefCell<FxHashMap<u32, Arc<ParsedItem>>>,
    own_trees: RefCell<FxHashMap<u32, Arc<[Tree]>>>,
    visible: FileSet,
    classes: RefCell<FxHashMap<Key, MacroClass>>,
    records: Memo<Arc<Record>>,
    ordinary: Memo<Declared>,
    macros: Memo<Arc<MacroDef>>,
    /// What the code being looked at requires; definitions that exclude it are not seen.
    pub condition: RefCell<Condition>,
    pub(crate) expansions: RefCell<FxHashMap<String, Rc<Tree>>>,
    pub(crate) macro_members: RefCell<FxHashMap<(String, Span), Arc<Record>>>,
    local_records: RefCell<Vec<Arc<Record>>>,
    call_declarations: RefCell<FxHashMap<Arc<str>, CallDeclarations>>,
    active_calls: RefCell<Vec<Arc<str>>>,
    /// Whether macros can declare what their parameters stand for, by position.
    pub(super) declaring: RefCell<FxHashMap<(Box<str>, usize), bool>>,
    fuel: Cell<u32>,
    /// What the items so far have used up.
    spent: Cell<u64>,
    /// Bytes that were parsed, and the nodes that they gave.
    parsed: Cell<(u64, u64)>,
    /// A name was met whose definitions disagree about the annotation.
    pub(crate) disputed: Cell<bool>,
}

/// The expansion of a macro call, and the declarations in it by declared name.
type CallDeclarations = (Rc<Tree>, Rc<[(Arc<str>, NodeId)]>);

/// How much work one item is worth: typed expressions, with a parse counted as [`PARSE`].
const FUEL: u32 = 2_000_000;
const PARSE: u32 = 200;
/// Reading so many bytes is as much work as typing an expression.
const BYTES_A_WORK: usize = 256;

/// How much work the items of a file are worth together: a hundred times what net/ipv4/route.c of
/// Linux 6.1 takes.
const MOST_IN_FILE: u64 = 8_000_000;

/// Nothing is known of a function with more definitions.
const MOST_DEFINITIONS: usize = 64;

/// Macros that give a tag another name more often than this are going round in a circle.
const MOST_RENAMES: usize = 8;

/// What stands before the code in a tree that [`Unit::snippet`] gives.
pub(crate) const SNIPPET_HEAD: &str = "void f(void)\n{ ";

/// Marks a macro call as being looked into.
pub(crate) struct Entered<'u>(&'u RefCell<Vec<Arc<str>>>);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().pop();
    }
}

impl<'a> Unit<'a> {
    /// A file that sees `visible`.
    pub fn new(
        knowledge: &'a Knowledge,
        file: Arc<IndexedFile>,
        own_id: Option<FileId>,
        visible: FileSet,
    ) -> Unit<'a> {
        let mut own_names: FxHashMap<Key, Vec<u32>> = FxHashMap::default();
        for name in &file.items.names {
            own_names.entry(name.key).or_default().push(name.item);
        }
        Unit::with(knowledge, file, own_id, own_names, visible)
    }

    fn with(
        knowledge: &'a Knowledge,
        file: Arc<IndexedFile>,
        own_id: Option<FileId>,
        own_names: FxHashMap<Key, Vec<u32>>,
        visible: FileSet,
    ) -> Unit<'a> {
        Unit {
            knowledge,
            others: None,
            file,
            own_id,
            own_names,
            own_parsed: RefCell::default(),
            own_trees: RefCell::default(),
            visible,
            classes: RefCell::default(),
            records: RefCell::default(),
            ordinary: RefCell::default(),
            macros: RefCell::default(),
            condition: RefCell::default(),
            expansions: RefCell::default(),
            macro_members: RefCell::default(),
            local_records: RefCell::default(),
            call_declarations: RefCell::default(),
            active_calls: RefCell::default(),
            declaring: RefCell::default(),
            fuel: Cell::new(FUEL),
            spent: Cell::new(0),
            parsed: Cell::default(),
            disputed: Cell::new(false),
        }
    }

    /// A header as its own functions see it: all that it defines is found in the index.
    pub(crate) fn of_header(
        knowledge: &'a Knowledge,
        home: FileId,
        others: Option<&'a dyn Others>,
    ) -> Unit<'a> {
        let file = knowledge.index.file(home).clone();
        let visible = knowledge.index.surroundings(home);
        let unit = Unit::with(knowledge, file, None, FxHashMap::default(), visible);
        Unit { others, ..unit }
    }

    /// Lets it see what is known of the files that are checked together with it.
    pub(crate) fn with_others(self, others: &'a dyn Others) -> Unit<'a> {
        Unit { others: Some(others), ..self }
    }

    /// Whether the file itself defines a function or a macro of this name, or may.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        [Space::Ordinary, Space::Macro].iter().any(|space| {
            let items = self.own_names.get(&name_key(name.as_bytes(), *space));
            items.into_iter().flatten().any(|item| {
                let kind = self.file.items.items[*item as usize].kind;
                matches!(kind, ItemKind::Function | ItemKind::Define)
            })
        })
    }

    /// Whether a file is included, directly or not.
    pub fn sees(&self, file: FileId) -> bool {
        self.visible.contains(file)
    }

    /// What an item of the unit's own file defines.
    pub fn own(&self, item: u32) -> Arc<ParsedItem> {
        if let Some(known) = self.own_parsed.borrow().get(&item) {
            return known.clone();
        }
        let parsed = Arc::new(self.knowledge.parse(&self.file, None, item, self));
        self.own_parsed.borrow_mut().insert(item, parsed.clone());
        parsed
    }

    /// Everything that the items which may define a name define, the file's own first.
    fn items(&self, key: Key) -> Vec<(Arc<ParsedItem>, Arc<IndexedFile>, Condition)> {
        let mut found = Vec::new();
        if let Some(own) = self.own_names.get(&key) {
            for item in own {
                let condition = self.file.items.condition(&self.file.items.items[*item as usize]);
                found.push((self.own(*item), self.file.clone(), condition.clone()));
            }
        }
        for place in self.knowledge.index.places(key) {
            if Some(place.file) == self.own_id || !self.visible.contains(place.file) {
                continue;
            }
            let file = self.knowledge.index.file(place.file);
            let condition = file.items.condition(&file.items.items[place.item as usize]);
            found.push((
                self.knowledge.parsed(place.file, place.item),
                file.clone(),
                condition.clone(),
            ));
        }
        found
    }

    fn compatible<T: Clone>(&self, all: Rc<[Found<T>]>) -> Rc<[Found<T>]> {
        let condition = self.condition.borrow();
        if condition.is_empty() || all.iter().all(|f| f.condition.compatible(&condition)) {
            return all;
        }
        all.iter().filter(|f| f.condition.compatible(&condition)).cloned().collect()
    }

    fn lookup<T: Clone>(
        &self,
        memo: &Memo<T>,
        key: Key,
        pick: impl Fn(&ParsedItem) -> Vec<T>,
    ) -> Rc<[Found<T>]> {
        let known = memo.borrow().get(&key).cloned();
        let all = known.unwrap_or_else(|| {
            let all: Rc<[Found<T>]> = self
                .items(key)
                .into_iter()
                .flat_map(|(item, file, condition)| {
                    pick(&item)
                        .into_iter()
                        .map(|what| Found {
                            what,
                            file: file.clone(),
                            condition: condition.clone(),
                        })
                        .collect::<Vec<_>>()
                })
                .collect();
            memo.borrow_mut().insert(key, all.clone());
            all
        });
        self.compatible(all)
    }

    /// Adds records that a function defines for itself.
    pub(crate) fn add_local_records(&self, records: Vec<Arc<Record>>) {
        self.local_records.borrow_mut().extend(records);
    }

    /// Uses up some of the work that the item is worth; whether there was enough.
    pub(crate) fn spend(&self, work: u32) -> bool {
        let left = self.fuel.get().saturating_sub(work);
        self.fuel.set(left);
        left > 0
    }

    /// The same for looking at a text of so many bytes.
    pub(crate) fn spend_on_text(&self, bytes: usize) -> bool {
        self.spend(u32::try_from(bytes / BYTES_A_WORK).unwrap_or(u32::MAX))
    }

    /// A new item begins; whether the file may take still more work.
    pub(crate) fn refuel(&self) -> bool {
        self.spent.set(self.spent.get() + u64::from(FUEL - self.fuel.get()));
        let more = self.spent.get() < MOST_IN_FILE;
        self.fuel.set(if more { FUEL } else { 0 });
        more
    }

    /// What it took so far.
    pub(crate) fn cost(&self) -> Cost {
        let (parsed, nodes) = self.parsed.get();
        let types = self.spent.get() + u64::from(FUEL - self.fuel.get());
        Cost { bytes: self.file.source().bytes().len() as u64, parsed, nodes, types }
    }

    fn count_parsed(&self, trees: &[Tree]) {
        let (mut bytes, mut nodes) = self.parsed.get();
        for tree in trees {
            bytes += tree.text.len() as u64;
            nodes += tree.nodes.len() as u64;
        }
        self.parsed.set((bytes, nodes));
    }

    /// The variables that a macro call declares.
    pub(crate) fn declared_by_call(&self, call: &Arc<str>) -> Option<CallDeclarations> {
        if let Some(known) = self.call_declarations.borrow().get(call) {
            return Some(known.clone());
        }
        let expanded = expand(call, self);
        let tree = self.snippet(&expanded)?;
        let mut records = Vec::new();
        let declarations: Rc<[(Arc<str>, NodeId)]> = tree
            .all()
            .filter(|node| tree.kind(*node) == crate::syntax::Kind::Declaration)
            .flat_map(|node| {
                let declared = Reader { tree: &tree, records: &mut records }.declaration(node);
                declared.into_iter().map(move |one| (one.name, node)).collect::<Vec<_>>()
            })
            .collect();
        let found = (tree.clone(), declarations);
        self.call_declarations.borrow_mut().insert(call.clone(), found.clone());
        Some(found)
    }

    /// Marks a macro call as being looked into; `None` if it is already.
    pub(crate) fn enter_call(&self, call: &Arc<str>) -> Option<Entered<'_>> {
        let mut active = self.active_calls.borrow_mut();
        if active.contains(call) {
            return None;
        }
        active.push(call.clone());
        Some(Entered(&self.active_calls))
    }

    /// Forgets the records of the function that was left.
    pub(crate) fn clear_local_records(&self) {
        self.local_records.borrow_mut().clear();
    }

    /// The file of a record without a tag, for reports.
    pub(crate) fn file_of(&self, record: &Record) -> Arc<IndexedFile> {
        record.home.map_or(&self.file, |id| self.knowledge.index.file(id)).clone()
    }

    /// Declares what a declaration in a function declares.
    pub(crate) fn declare(
        &self,
        tree: &Tree,
        node: NodeId,
        scopes: &mut Scopes,
        depth: &Cell<u32>,
    ) -> Vec<Declared> {
        let mut records = Vec::new();
        let declared = Reader { tree, records: &mut records }.declaration(node);
        self.add_local_records(records);
        for one in &declared {
            let ty = {
                let typer = Typer::new(self, scopes, depth);
                match (&one.ty.ty, one.value) {
                    (Type::Auto, Some(value)) => typer
                        .typed(tree, value)
                        .map_or(Qualified::plain(Type::Unknown), |typed| typer.decayed(&typed.ty)),
                    _ => typer.without_typeof(&one.ty),
                }
            };
            scopes.declare(Local {
                name: one.name.clone(),
                ty,
                span: one.span,
                shared: one.shared,
                typedef: one.typedef,
                fresh: false,
                stands_for: None,
            });
        }
        declared
    }

    /// Parses an expression or statements, as they would stand in a function.
    pub(crate) fn snippet(&self, text: &str) -> Option<Rc<Tree>> {
        if let Some(known) = self.expansions.borrow().get(text) {
            return Some(known.clone());
        }
        if text.len() > 1 << 16 || !self.spend(PARSE) {
            return None;
        }
        let whole = format!("{SNIPPET_HEAD}{text};\n}}");
        let mut tree =
            parse_item(whole.as_bytes(), 0, ItemKind::Function, self).into_iter().next()?;
        tree.in_file = false;
        self.count_parsed(std::slice::from_ref(&tree));
        let tree = Rc::new(tree);
        self.expansions.borrow_mut().insert(text.to_owned(), tree.clone());
        Some(tree)
    }

    /// The bodies of `struct tag` or `union tag`.
    pub fn records(&self, tag: &str) -> Rc<[Found<Arc<Record>>]> {
        self.records_at(tag, MOST_RENAMES)
    }

    fn records_at(&self, tag: &str, renames: usize) -> Rc<[Found<Arc<Record>>]> {
        let local = self.local_records.borrow();
        if let Some(record) = local.iter().rev().find(|r| r.tag.as_deref() == Some(tag)) {
            return Rc::new([Found {
                what: record.clone(),
                file: self.file.clone(),
                condition: Condition::default(),
            }]);
        }
        drop(local);
        let found = self.lookup(&self.records, name_key(tag.as_bytes(), Space::Tag), |item| {
            item.records.iter().filter(|r| r.tag.as_deref() == Some(tag)).cloned().collect()
        });
        if found.is_empty() && renames > 0 {
            // `#define old_tag new_tag`
            let macros = self.macros(tag);
            let other = macros.iter().find(|f| {
                f.what.parameters.is_none()
                    && !f.what.body.is_empty()
                    && f.what.body.bytes().all(crate::text::lexer::is_ident_byte)
            });
            if let Some(other) = other {
                return self.records_at(&other.what.body, renames - 1);
            }
        }
        found
    }

    /// What a name in the ordinary name space is declared as.
    pub fn ordinary(&self, name: &str) -> Rc<[Found<Declared>]> {
        let pick = |item: &ParsedItem| -> Vec<Declared> {
            item.declared.iter().filter(|d| *d.name == *name).cloned().collect()
        };
        let key = name_key(name.as_bytes(), Space::Ordinary);
        let found = self.lookup(&self.ordinary, key, pick);
        if !found.is_empty() {
            return found;
        }
        // Perhaps a macro call declares it.
        let key = name_key(name.as_bytes(), Space::MacroArgument);
        self.lookup(&self.ordinary, key, pick)
    }

    /// The functions of this name with a body that the file sees, its own first.
    pub fn functions(&self, name: &str) -> Vec<FunctionAt> {
        let key = name_key(name.as_bytes(), Space::Ordinary);
        let condition = self.condition.borrow();
        let mut found = Vec::new();
        let mut add = |file: &Arc<IndexedFile>, home: Option<FileId>, item: u32| {
            let it = &file.items.items[item as usize];
            // Of a function's names in this space there is one: its own.
            if it.kind == ItemKind::Function && file.items.condition(it).compatible(&condition) {
                found.push(FunctionAt { file: file.clone(), home, item });
            }
        };
        for item in self.own_names.get(&key).into_iter().flatten() {
            add(&self.file, None, *item);
        }
        for place in self.knowledge.index.places(key) {
            if Some(place.file) != self.own_id && self.visible.contains(place.file) {
                add(self.knowledge.index.file(place.file), Some(place.file), place.item);
            }
        }
        if found.len() > MOST_DEFINITIONS { Vec::new() } else { found }
    }

    /// An item of the file, or of another that it sees, parsed.
    pub(crate) fn trees(&self, home: Option<FileId>, item: u32) -> Arc<[Tree]> {
        let parsed = |file: &IndexedFile, macros: &dyn Macros| -> Arc<[Tree]> {
            let it = &file.items.items[item as usize];
            let mut trees = parse_item(file.text(it), it.span.start, it.kind, macros);
            trees.iter_mut().for_each(|tree| tree.home = home);
            trees.into()
        };
        if let Some(home) = home {
            let file = self.knowledge.index.file(home);
            return file.trees(item, || parsed(file, &view::Seen::new(self.knowledge, home)));
        }
        if let Some(known) = self.own_trees.borrow().get(&item) {
            return known.clone();
        }
        let trees = parsed(&self.file, self);
        self.count_parsed(&trees);
        self.own_trees.borrow_mut().insert(item, trees.clone());
        trees
    }

    /// The definitions of a macro.
    pub fn macros(&self, name: &str) -> Rc<[Found<Arc<MacroDef>>]> {
        self.lookup(&self.macros, name_key(name.as_bytes(), Space::Macro), |item| {
            item.define.iter().filter(|def| *def.name == *name).cloned().collect()
        })
    }
}

impl View for Unit<'_> {
    fn definitions(&self, name: &str) -> Vec<Arc<MacroDef>> {
        self.macros(name).iter().map(|found| found.what.clone()).collect()
    }
}

impl Macros for Unit<'_> {
    fn class(&self, name: &[u8]) -> MacroClass {
        let key = name_key(name, Space::Macro);
        if let Some(known) = self.classes.borrow().get(&key) {
            return *known;
        }
        let class = view::class(self, name);
        self.classes.borrow_mut().insert(key, class);
        class
    }
}
