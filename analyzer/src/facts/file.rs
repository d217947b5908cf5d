//! The facts of one file: which items matter, and what walking them finds.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::evidence::{AccessorCall, Neighbours};
use crate::facts::accessors::evidence;
use crate::facts::dealings;
use crate::facts::glance::Glance;
use crate::facts::inferred::{Members, grace};
use crate::facts::lifetime::{self, Deferred, Flavours, Look, NotedRef};
use crate::facts::lists::around::{Links, uses_in_headers};
use crate::facts::lists::readers::Lists;
use crate::facts::lists::uses::Use;
use crate::facts::names::{AnnotatedNames, Leading, Names, Role, is_checked_accessor};
use crate::facts::usage::Uses;
use crate::facts::walk::Walk;
use crate::facts::{FileCoverage, FileFacts, Gap, InferredFacts};
use crate::flow::{self, Flows};
use crate::index::IndexedFile;
use crate::items::{Item, ItemKind};
use crate::kernel::api;
use crate::kernel::context::context;
use crate::kernel::version::Version;
use crate::modules::Modules;
use crate::syntax::{Tree, parse_item};
use crate::text::Span;
use crate::text::comments::remarks;
use crate::text::directives::{Arm, Key, key, live_tokens};
use crate::text::lexer::{TokenKind, lex, lex_with};
use crate::types::{Parameter, ParsedItem, Qualified, Type, Unit, expand};

/// What the functions of a file leave for its end.
#[derive(Default)]
struct Noted {
    calls: Vec<AccessorCall>,
    list_uses: Vec<Use>,
    deferred: Vec<Deferred>,
    flavours: Flavours,
    refs: Vec<NotedRef>,
}

/// The facts of a unit.
pub(crate) fn facts(
    unit: &Unit<'_>,
    shared: &AnnotatedNames,
    neighbours: &Neighbours,
    modules: &Modules,
) -> FileFacts {
    let own = AnnotatedNames::of_unit(unit, shared);
    let names = Names::new(unit, shared, &own);
    let glance = Glance::new(&names);
    // What one item taught about macros and functions holds for the next under the same condition.
    let mut learned = FxHashMap::default();
    let flows = Flows::new(unit);
    let concerned = Concerned { unit, version: flows.version, macros: RefCell::default() };
    let mut facts = FileFacts::default();
    let flavours = Flavours::of_file(unit.file.source().bytes());
    let mut noted = Noted { flavours, ..Noted::default() };
    facts.statistics.items = unit.file.items.items.len();
    let asked = unit.knowledge.wanted;
    // What readers walk tells as well what they may meet when it is freed.
    let listed = asked.lists || asked.lifetimes;
    let links = match listed {
        true => Links::of_unit(unit, &names, &flows),
        false => Links::default(),
    };
    // Files that never speak of RCU end nothing of concern to its readers.
    let ends = asked.lifetimes
        && [&b"rcu"[..], b"percpu_ref_init"]
            .iter()
            .any(|word| memchr::memmem::find(unit.file.source().bytes(), word).is_some());
    let callbacks = if ends { callbacks(unit, &flows) } else { FxHashSet::default() };
    let mut looked_at = FxHashSet::default();
    for (index, item) in unit.file.items.items.iter().enumerate() {
        let text = unit.file.text(item);
        let wanted = match item.kind {
            ItemKind::Function => {
                matters(unit, &names, &glance, item)
                    || (asked.any() || asked.dealings) && concerned.is_called(text)
                    || listed && links.concern(text, flows.version)
                    || asked.inferred
                        && mentions(text, |name, _| grace::concerns(name, flows.version))
            }
            ItemKind::Declaration => {
                memchr::memchr(b'=', text).is_some()
                    && (matters(unit, &names, &glance, item)
                        || mentions(text, |name, _| names.visible(name, Role::Tag)))
            }
            ItemKind::MacroCall | ItemKind::Define => false,
        };
        let only_ends = !wanted
            && ends
            && item.kind == ItemKind::Function
            && ends_something(text, &callbacks, flows.version);
        if wanted {
            looked_at.insert(index as u32);
        }
        if wanted || only_ends {
            let learned = learned
                .entry(item.condition)
                .or_insert_with(|| (Uses::new(unit), Flows::new(unit)));
            let out = (&mut facts, &mut noted);
            self::item(unit, &names, learned, (index as u32, only_ends), out);
        }
    }
    facts.inferred.settle();
    let doubtful = facts.inferred.doubtful();
    if asked.inferred && doubtful.any() {
        for (index, item) in unit.file.items.items.iter().enumerate() {
            let text = unit.file.text(item);
            let changed =
                |name: &[u8], place| place == Place::Member && doubtful.changed.contains(name);
            if item.kind == ItemKind::Function
                && (mentions(text, changed)
                    || !looked_at.contains(&(index as u32)) && doubtful.are_stored(text))
            {
                let learned = learned
                    .entry(item.condition)
                    .or_insert_with(|| (Uses::new(unit), Flows::new(unit)));
                let out = (&doubtful.changed, &mut facts.inferred);
                pointers(unit, &names, learned, index as u32, out);
            }
        }
        facts.inferred.settle();
    }
    let late = Rc::new(lifetime::late_members(&facts.lifetime.late));
    let mut looks = Vec::new();
    for (index, item) in unit.file.items.items.iter().enumerate() {
        let late_member = |name: &[u8], place| {
            place == Place::Member
                && std::str::from_utf8(name).is_ok_and(|name| late.contains(name))
        };
        if !late.is_empty()
            && item.kind == ItemKind::Function
            && mentions(unit.file.text(item), late_member)
        {
            let learned = learned
                .entry(item.condition)
                .or_insert_with(|| (Uses::new(unit), Flows::new(unit)));
            looked_at_late(unit, &names, learned, index as u32, (&late, &mut looks));
        }
    }
    lifetime::keep_looked_at(&mut facts.lifetime.late, &looks);
    facts.accesses.sort_by_key(|access| (access.span, access.expression.clone()));
    facts
        .accesses
        .dedup_by(|a, b| a.span == b.span && a.usage == b.usage && a.definition == b.definition);
    conversions(&mut facts);
    if asked.dealings {
        dealings::settle(&mut facts);
    }
    facts.pointers.sort();
    let Noted { calls, list_uses, deferred, flavours, refs } = noted;
    facts.evidence = evidence(unit, &names, &facts.accesses, calls, neighbours);
    let mut lists = Lists::default();
    if !list_uses.is_empty() {
        let around = uses_in_headers(unit, &names, &list_uses);
        lists = Lists { own: list_uses, around, file: unit.file.shown.clone() };
    }
    if asked.lists {
        lists.judge(&mut facts.lists);
    }
    facts.lifetime.refs = lifetime::stories(&flows, refs);
    facts.unannotated.sort_by_key(|use_| (use_.span, use_.expression.clone()));
    facts.unannotated.dedup_by(|a, b| {
        a.span == b.span && a.expression == b.expression && a.definition == b.definition
    });
    facts.sections.settle();
    let walked: Vec<&Use> = lists.own.iter().chain(&lists.around).collect();
    let ends = (deferred, flavours);
    lifetime::settle(unit, &flows, neighbours, ends, &walked, &mut facts.lifetime);
    if asked.lifetimes {
        facts.lifetime.exits = lifetime::exits(unit, modules);
    }
    facts.remarks = remarks(unit.file.source());
    facts.statistics.cost = unit.cost();
    facts
}

/// Sorts the conversions, and leaves out those whose value holds a plain access: one place is
/// reported once.
fn conversions(facts: &mut FileFacts) {
    let accesses = &facts.accesses;
    facts.conversions.retain(|one| {
        let after = accesses.partition_point(|access| access.span.start < one.span.start);
        let inside = accesses[after..]
            .iter()
            .take_while(|access| access.span.start < one.span.end)
            .any(|access| one.span.contains(access.span) && access.definition == one.definition);
        !inside
    });
    facts.conversions.sort_by_key(|one| one.span);
    facts.conversions.dedup_by(|a, b| a.span == b.span && a.definition == b.definition);
}

/// Whether an item mentions a name that can lead to an `__rcu` pointer.
fn matters(
    unit: &Unit<'_>,
    names: &Names<'_, '_, '_>,
    glance: &Glance<'_, '_, '_>,
    item: &Item,
) -> bool {
    if item.annotated {
        return true;
    }
    let mut member = false;
    let other = mentions(unit.file.text(item), |name, place| match place {
        Place::Member => {
            member = member || names.is_member(name);
            false
        }
        Place::Call => {
            let leading = names.leading(name);
            member |= leading == Leading::Members;
            leading == Leading::Annotated
                || names.visible(name, Role::Ordinary)
                || is_checked_accessor(name)
        }
        Place::Other => names.visible(name, Role::Ordinary),
    });
    other || member && glance.may_touch(item)
}

/// Which names have to do with RCU readers, whatever the types: those of calls that take or release a
/// reader section, load for one, walk or change a list for one, and of macros that come to one.
struct Concerned<'u, 'a> {
    unit: &'u Unit<'a>,
    version: Version,
    macros: RefCell<FxHashMap<Key, bool>>,
}

/// Macros that expand into each other deeper than this come to nothing.
const MOST_MACROS: usize = 4;

impl Concerned<'_, '_> {
    /// Whether a function calls one.
    fn is_called(&self, text: &[u8]) -> bool {
        mentions(text, |name, place| place == Place::Call && self.name(name, MOST_MACROS))
    }

    fn name(&self, name: &[u8], left: usize) -> bool {
        if flow::concerns_readers(name, self.version) {
            return true;
        }
        if let Some(known) = self.macros.borrow().get(&key(name)) {
            return *known;
        }
        let (Some(left), Ok(text)) = (left.checked_sub(1), std::str::from_utf8(name)) else {
            return false;
        };
        // Until it is known, a macro that expands to itself comes to nothing.
        self.macros.borrow_mut().insert(key(name), false);
        let macros = self.unit.macros(text);
        let mut functions = macros.iter().filter(|found| found.what.parameters.is_some());
        let concerned = functions.any(|found| {
            let body = found.what.body.as_bytes();
            mentions(body, |name, place| place == Place::Call && self.name(name, left))
        });
        self.macros.borrow_mut().insert(key(name), concerned);
        concerned
    }
}

/// Whether a function calls something that frees, now or behind a grace period, or what is made to be
/// called there.
fn ends_something(text: &[u8], callbacks: &FxHashSet<String>, version: Version) -> bool {
    let ends = |name: &[u8]| {
        context().frees(name, version).is_some()
            || context().deferral(name, version).is_some()
            || context().queues(name, version).is_some()
            || name == b"percpu_ref_init"
            || std::str::from_utf8(name).is_ok_and(|name| callbacks.contains(name))
    };
    mentions(text, |name, place| place == Place::Call && ends(name))
}

/// The functions of the file that are made to be called behind a grace period.
fn callbacks(unit: &Unit<'_>, flows: &Flows<'_, '_>) -> FxHashSet<String> {
    let functions = unit.file.items.items.iter().filter(|item| item.kind == ItemKind::Function);
    functions
        .filter(|item| memchr::memmem::find(unit.file.text(item), b"rcu_head").is_some())
        .filter_map(|item| function_name(&unit.file, item))
        .filter(|name| flows.is_callback(name))
        .collect()
}

/// Where an identifier stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Behind `->` or `.`.
    Member,
    /// Before an opening parenthesis.
    Call,
    Other,
}

/// Whether `wanted` holds for an identifier of the text.
fn mentions(text: &[u8], mut wanted: impl FnMut(&[u8], Place) -> bool) -> bool {
    let mut found = false;
    let mut member = false;
    let mut last: Option<&[u8]> = None;
    lex_with(text, 0, text.len(), |token| {
        if found {
            return;
        }
        let word = token.text(text);
        if let Some(name) = last.take() {
            found = wanted(name, if word == b"(" { Place::Call } else { Place::Other });
        }
        if token.kind == TokenKind::Ident {
            if member {
                found |= wanted(word, Place::Member);
            } else {
                last = Some(word);
            }
        }
        member = token.kind == TokenKind::Punct && matches!(word, b"->" | b".");
    });
    found || last.is_some_and(|name| wanted(name, Place::Other))
}

fn item(
    unit: &Unit<'_>,
    names: &Names<'_, '_, '_>,
    (uses, flows): &(Uses<'_, '_>, Flows<'_, '_>),
    (index, only_ends): (u32, bool),
    (facts, noted): (&mut FileFacts, &mut Noted),
) {
    let item = &unit.file.items.items[index as usize];
    let text = unit.file.text(item);
    if !unit.refuel() {
        facts.statistics.broken.push(too_much(unit, item, "too much in one file"));
        return;
    }
    *unit.condition.borrow_mut() = unit.file.items.condition(item).clone();
    facts.statistics.parsed += 1;
    let mut broken = None;
    let arms = arms(text, item.span.start);
    for tree in unit.trees(None, index).iter() {
        let function = function_name(&unit.file, item);
        broken = broken.or(unparsed(tree, &function)).or_else(|| headless(item, tree));
        let mut walk = Walk::new(uses, names, flows, tree, function);
        walk.item = Some(index);
        walk.only_ends = only_ends;
        walk.condition = item.arm.map(|arm| unit.file.source().text(arm));
        walk.arms = &arms;
        walk.flavours.several = noted.flavours.several;
        walk_tree(unit, tree, item, &mut walk);
        facts.accesses.append(&mut walk.accesses);
        facts.conversions.append(&mut walk.conversions);
        facts.unannotated.append(&mut walk.unannotated);
        facts.dealings.append(&mut walk.dealings);
        facts.pointers.append(&mut walk.pointer_facts);
        noted.calls.append(&mut walk.calls);
        noted.list_uses.append(&mut walk.list_uses);
        facts.inferred.append(&mut walk.plain.facts);
        facts.sections.append(&mut walk.section_facts);
        facts.lifetime.append(&mut walk.lifetime_facts);
        noted.deferred.append(&mut walk.deferred);
        noted.flavours.append(&mut walk.flavours);
        noted.refs.append(&mut walk.refs);
        facts.statistics.untyped.append(&mut walk.untyped);
        facts.statistics.broken.append(&mut walk.broken);
        unit.clear_local_records();
    }
    facts.statistics.broken.extend(broken);
    if !unit.spend(0) {
        facts.statistics.broken.push(too_much(unit, item, "too much in one function"));
    }
    *unit.condition.borrow_mut() = Default::default();
}

/// An item that not all is known of.
fn too_much(unit: &Unit<'_>, item: &Item, reason: &str) -> Gap {
    let function = function_name(&unit.file, item);
    Gap { span: item.span, function, reason: reason.to_owned() }
}

/// What a function that nothing else is asked of does with pointers that nobody annotated.
fn pointers(
    unit: &Unit<'_>,
    names: &Names<'_, '_, '_>,
    (uses, flows): &(Uses<'_, '_>, Flows<'_, '_>),
    index: u32,
    (changed, found): (&Rc<Members>, &mut InferredFacts),
) {
    let item = &unit.file.items.items[index as usize];
    if !unit.refuel() {
        return;
    }
    *unit.condition.borrow_mut() = unit.file.items.condition(item).clone();
    for tree in unit.trees(None, index).iter() {
        let mut walk = Walk::new(uses, names, flows, tree, function_name(&unit.file, item));
        walk.item = Some(index);
        walk.plain.changed = changed.clone();
        walk_tree(unit, tree, item, &mut walk);
        found.append(&mut walk.plain.facts);
        unit.clear_local_records();
    }
    *unit.condition.borrow_mut() = Default::default();
}

/// Where a function names members that another sets when readers can see the object already.
fn looked_at_late(
    unit: &Unit<'_>,
    names: &Names<'_, '_, '_>,
    (uses, flows): &(Uses<'_, '_>, Flows<'_, '_>),
    index: u32,
    (late, looks): (&Rc<BTreeSet<String>>, &mut Vec<Look>),
) {
    let item = &unit.file.items.items[index as usize];
    if !unit.refuel() {
        return;
    }
    *unit.condition.borrow_mut() = unit.file.items.condition(item).clone();
    for tree in unit.trees(None, index).iter() {
        let mut walk = Walk::new(uses, names, flows, tree, function_name(&unit.file, item));
        walk.late_members = late.clone();
        walk_tree(unit, tree, item, &mut walk);
        looks.append(&mut walk.looks);
        unit.clear_local_records();
    }
    *unit.condition.borrow_mut() = Default::default();
}

/// The arms of the preprocessor conditionals within an item, outer ones first, and what each
/// requires as it is written: `#ifdef CONFIG_X`, `#else of #ifdef CONFIG_X`.
pub(super) fn arms(text: &[u8], base: u32) -> Vec<(Span, String)> {
    if memchr::memchr(b'#', text).is_none() {
        return Vec::new();
    }
    let tokens = lex(text, 0, text.len());
    if !tokens.iter().any(|token| token.kind == TokenKind::Directive) {
        return Vec::new();
    }
    let (live, arms) = live_tokens(text, &tokens);
    let line = |arm: &Arm| {
        let (start, end) = arm.line?;
        Some(String::from_utf8_lossy(&text[start as usize..end as usize]).into_owned())
    };
    let mut found = Vec::new();
    for arm in arms.iter().filter(|arm| !arm.tokens.is_empty()) {
        let Some(own) = line(arm) else { continue };
        let first = arms.iter().find(|other| other.group == arm.group).and_then(line);
        let condition = match first.filter(|_| own.trim_start_matches('#').trim() == "else") {
            Some(first) => format!("#else of {first}"),
            None => own,
        };
        let (start, end) = (live[arm.tokens.start].start, live[arm.tokens.end - 1].end);
        found.push((Span { start, end }.shifted(base as usize), condition));
    }
    found
}

/// The first part of an item that the parser did not understand.
fn unparsed(tree: &Tree, function: &Option<String>) -> Option<Gap> {
    tree.errors.first().map(|error| Gap {
        span: error.shifted(tree.base as usize),
        function: function.clone(),
        reason: "could not be parsed".to_owned(),
    })
}

/// A body whose head is no function's, as the old way of declaring parameters leaves it.
fn headless(item: &Item, tree: &Tree) -> Option<Gap> {
    let headless = item.kind == ItemKind::Function && tree.text.starts_with(b"{");
    headless.then(|| Gap {
        span: item.span,
        function: None,
        reason: "no head of a function".to_owned(),
    })
}

pub(super) fn walk_tree(unit: &Unit<'_>, tree: &Tree, item: &Item, walk: &mut Walk<'_, '_, '_>) {
    if item.kind != ItemKind::Function {
        walk.global();
        return;
    }
    let Some((definition, body)) = flow::definition(tree) else { return };
    let (parameters, result) = signature(unit, tree, definition);
    walk.result = result;
    if !walk.probe && walk.lists_of.is_none() && tree.macro_head.is_none() {
        walk.redeclared(definition);
    }
    let named = parameters.iter().map(|parameter| parameter.name.clone()).collect();
    walk.whole = Some((named, body));
    walk.function(&parameters, body);
}

/// The parameters of a function and what it returns; where a macro makes its head, the parameters
/// of the expansion.
pub(crate) fn signature(
    unit: &Unit<'_>,
    tree: &Tree,
    definition: u32,
) -> (Vec<Parameter>, Option<Qualified>) {
    if let Some(head) = tree.macro_head {
        let head = String::from_utf8_lossy(&tree.text[head.range()]).into_owned();
        return (macro_parameters(unit, &head), None);
    }
    let mut records = Vec::new();
    let declared = crate::types::read_declaration(tree, definition, &mut records);
    unit.add_local_records(records);
    declared
        .into_iter()
        .find_map(|declared| match declared.ty.ty {
            Type::Function(signature) => {
                Some((signature.parameters.clone(), Some(signature.result.clone())))
            }
            _ => None,
        })
        .unwrap_or_default()
}

/// Expands the head of `SYSCALL_DEFINE1(...) {` and reads the function that the body belongs to:
/// the last one.
fn macro_parameters(unit: &Unit<'_>, head: &str) -> Vec<Parameter> {
    let expanded = expand(head, unit);
    let bytes = expanded.as_bytes();
    let (mut depth, mut start) = (0usize, 0);
    for token in lex(bytes, 0, bytes.len()) {
        match token.text(bytes) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            b"}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    start = token.end as usize;
                }
            }
            b";" if depth == 0 => start = token.end as usize,
            _ => {}
        }
    }
    let text = format!("{};", &expanded[start..]);
    parse_item(text.as_bytes(), 0, ItemKind::Declaration, unit)
        .iter()
        .flat_map(|tree| ParsedItem::of_tree(tree).declared)
        .find_map(|declared| match declared.ty.ty {
            Type::Function(signature) => Some(signature.parameters.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

/// The name that reports give a function: its own, or the first argument of the macro that
/// defines it.
pub(super) fn function_name(file: &IndexedFile, item: &Item) -> Option<String> {
    if item.kind != ItemKind::Function {
        return None;
    }
    let text = file.text(item);
    let tokens = lex(text, 0, text.len().min(4096));
    let name = crate::items::function_name(text, &tokens)?;
    Some(String::from_utf8_lossy(name.text(text)).into_owned())
}

/// How much of a unit is understood.
pub(crate) fn coverage(unit: &Unit<'_>, shared: &AnnotatedNames) -> FileCoverage {
    let own = AnnotatedNames::of_unit(unit, shared);
    let names = Names::new(unit, shared, &own);
    let mut coverage = FileCoverage::default();
    for item in unit.file.items.items.iter().filter(|item| item.kind == ItemKind::Function) {
        let concerned = mentions(unit.file.text(item), |name, place| match place {
            Place::Member => names.anywhere(name, Role::Member),
            _ => api().accessors.contains_key(name),
        });
        if !concerned {
            continue;
        }
        coverage.functions += 1;
        let mut failures = understand(unit, &names, item);
        failures.sort_by_key(|gap| gap.span);
        failures.dedup();
        if failures.is_empty() {
            coverage.understood += 1;
        }
        coverage.failures.extend(failures);
    }
    coverage
}

fn understand(unit: &Unit<'_>, names: &Names<'_, '_, '_>, item: &Item) -> Vec<Gap> {
    *unit.condition.borrow_mut() = unit.file.items.condition(item).clone();
    unit.refuel();
    let function = function_name(&unit.file, item);
    let mut failures = Vec::new();
    for tree in parse_item(unit.file.text(item), item.span.start, item.kind, unit) {
        failures.extend(unparsed(&tree, &function).or_else(|| headless(item, &tree)));
        let (uses, flows) = (Uses::new(unit), Flows::new(unit));
        let mut walk = Walk::new(&uses, names, &flows, &tree, function.clone());
        walk.probe = true;
        walk_tree(unit, &tree, item, &mut walk);
        failures.append(&mut walk.untyped);
        unit.clear_local_records();
    }
    *unit.condition.borrow_mut() = Default::default();
    failures
}
