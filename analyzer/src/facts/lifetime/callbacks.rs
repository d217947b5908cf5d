//! Functions that are called behind a grace period and do no more than a call of the kernel's does
//! without them: they free the object around their head, or queue its work.

use std::path::Path;

use super::Deferred;
use crate::flow::build::declared_name;
use crate::flow::effects::{arguments, callee};
use crate::flow::spelling::spelling;
use crate::flow::summary::parameter_names;
use crate::flow::{Flows, definition};
use crate::items::{Item, ItemKind, function_name};
use crate::kernel::context::{Wait, context};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::text::lexer::{Token, TokenKind, lex};

/// A function that is only ever called behind a grace period of plain RCU, and what it does there.
#[derive(Clone, Debug)]
pub struct LoneCallback {
    /// The function.
    pub function: String,
    /// Its name in its definition.
    pub span: Span,
    /// The definition.
    pub definition: Span,
    /// All that it does.
    pub does: CallbackDoes,
    /// The type of the object around the head, as written: `struct port`.
    pub object: String,
    /// The head in it: `rcu`.
    pub member: String,
    /// Where it is given to `call_rcu()`.
    pub given: Vec<GivenCallback>,
    /// The definition can go without a trace: it holds neither a comment nor a line of the
    /// preprocessor, none stands right before it, and nothing declares it elsewhere.
    pub goes: bool,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// What a callback does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackDoes {
    /// Frees the object.
    Frees {
        /// By this call.
        by: String,
        /// What does that behind a grace period.
        later: String,
    },
    /// Queues a work of the object.
    Queues {
        /// By this call.
        by: String,
        /// The work, as written.
        work: String,
    },
}

/// A call that has a function called behind a grace period.
#[derive(Clone, Debug)]
pub struct GivenCallback {
    /// The function around the call.
    pub function: Option<String>,
    /// The call.
    pub span: Span,
    /// The call, as written.
    pub expression: String,
    /// The pointer to the object that holds the head: `port` in `&port->rcu`; `None` if the head is not
    /// the callback's member, or the type not its object's.
    pub pointer: Option<String>,
    /// The call is a statement of its own.
    pub statement: bool,
}

/// Whether a file is a part of RCU itself, or of its tests, which does by hand what others leave to it.
pub(super) fn is_rcu_itself(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("kernel/rcu"))
}

/// The callbacks of the file that do no more than that.
pub(super) fn lone_callbacks(flows: &Flows<'_, '_>, deferred: &[Deferred]) -> Vec<LoneCallback> {
    let file = &flows.unit.file;
    if is_rcu_itself(&file.path) {
        return Vec::new();
    }
    let items = file.items.items.iter().enumerate();
    items
        .filter(|(_, item)| item.kind == ItemKind::Function)
        .filter(|(_, item)| memchr::memmem::find(file.text(item), b"rcu_head").is_some())
        .filter_map(|(at, item)| lone_callback(flows, at as u32, item, deferred))
        .collect()
}

fn lone_callback(
    flows: &Flows<'_, '_>,
    at: u32,
    item: &Item,
    deferred: &[Deferred],
) -> Option<LoneCallback> {
    let file = &flows.unit.file;
    let text = file.text(item);
    let tokens = lex(text, 0, text.len());
    let name = function_name(text, &tokens)?;
    let function = std::str::from_utf8(name.text(text)).ok()?;
    let own = tokens.iter().take_while(|token| token.start < name.start);
    if !own.into_iter().any(|token| token.is_word(text, b"static"))
        || tokens.iter().any(|token| token.kind == TokenKind::Directive)
        || !flows.is_callback(function)
    {
        return None;
    }
    let name = Span { start: name.start, end: name.end }.shifted(item.span.start as usize);
    let trees = flows.unit.trees(None, at);
    let [tree] = &*trees else { return None };
    let body = Body::read(flows, tree)?;
    let mut given: Vec<&Deferred> = deferred
        .iter()
        .filter(|one| one.callback.as_ref().is_some_and(|(called, _)| called == function))
        .collect();
    given.sort_by_key(|one| one.call);
    given.dedup_by_key(|one| one.call);
    if given.is_empty() || given.iter().any(|one| one.waits != Some(Wait::Rcu)) {
        return None;
    }
    let uses = Uses::of(file.source().bytes(), function)?;
    let declared = uses.all.len().checked_sub(given.len() + 1)?;
    // Whatever else names it may call it.
    let known = |at: &Span| {
        *at == name
            || given.iter().any(|one| one.callback.as_ref().is_some_and(|(_, span)| span == at))
            || is_declared(flows, *at)
    };
    if !uses.all.iter().all(known) {
        return None;
    }
    if let CallbackDoes::Queues { .. } = body.does {
        let queued = body.queued.as_ref()?;
        if is_used_elsewhere(flows, item, queued) {
            return None;
        }
    }
    let whole = |one: &Deferred| {
        let same = one.path.as_deref() == Some(&*body.member)
            && one.object.as_deref() == Some(&*body.object);
        one.pointer.clone().filter(|_| same)
    };
    let given = given
        .into_iter()
        .map(|one| GivenCallback {
            function: one.function.clone(),
            span: one.call,
            expression: file.source().text(one.call),
            pointer: whole(one),
            statement: one.statement,
        })
        .collect();
    Some(LoneCallback {
        function: function.to_owned(),
        span: name,
        definition: item.span,
        does: body.does,
        object: body.object,
        member: body.member,
        given,
        goes: declared == 0 && item.arm.is_none() && is_bare(file.source().bytes(), item, &tokens),
        condition: item.arm.map(|arm| file.source().text(arm)),
    })
}

/// What the body of a callback comes to.
struct Body {
    does: CallbackDoes,
    object: String,
    member: String,
    queued: Option<Queued>,
}

/// The work that a callback queues.
struct Queued {
    /// The member that is the work.
    member: String,
    /// The function of the work, where the callback names it.
    function: Option<String>,
}

impl Body {
    /// `x = container_of(head, struct object, member);` and then one call that frees `x`, or one that
    /// queues a work of it, perhaps behind `INIT_WORK()`. `None` if there is anything else.
    fn read(flows: &Flows<'_, '_>, tree: &Tree) -> Option<Body> {
        let (definition, body) = definition(tree)?;
        let head = parameter_names(tree, definition).into_iter().next()??;
        let mut object: Option<(String, Container)> = None;
        let mut does: Option<(CallbackDoes, Option<Queued>)> = None;
        let mut prepared: Option<(String, Option<String>)> = None;
        let mut container: Option<Container> = None;
        for statement in tree.children(body) {
            if does.is_some() {
                return None;
            }
            let inner = tree.first_child(statement);
            match tree.kind(statement) {
                Kind::Declaration => {
                    for one in tree.children(statement) {
                        if tree.kind(one) == Kind::InitDeclarator {
                            let name = spelling(tree, declared_name(tree, one)?);
                            let value = tree.child(one, Field::Value)?;
                            let found = Container::of(tree, value, &head)?;
                            if object.replace((name, found)).is_some() {
                                return None;
                            }
                        }
                    }
                }
                Kind::ExpressionStatement => match inner.map(|inner| tree.kind(inner)) {
                    Some(Kind::AssignmentExpression) => {
                        let name = spelling(tree, tree.child(inner?, Field::Left)?);
                        let value = tree.child(inner?, Field::Right)?;
                        let found = Container::of(tree, value, &head)?;
                        if object.replace((name, found)).is_some() {
                            return None;
                        }
                    }
                    Some(Kind::CallExpression) => {
                        let (call, called) = (inner?, callee(tree, inner?)?);
                        let given = arguments(tree, call);
                        let variable = object.as_ref().map(|(name, _)| name.as_str());
                        if let Some(at) = context().frees(called.as_bytes(), flows.version) {
                            let later = context().later(called.as_bytes(), flows.version)?;
                            let freed = *given.get(at)?;
                            if Some(spelling(tree, freed).as_str()) != variable {
                                container = Some(Container::of(tree, freed, &head)?);
                            }
                            let (by, later) = (called.to_owned(), later.to_owned());
                            does = Some((CallbackDoes::Frees { by, later }, None));
                        } else if called == "INIT_WORK" {
                            let work = spelling(tree, *given.first()?);
                            prepared = Some((work, given.get(1).map(|at| spelling(tree, *at))));
                        } else {
                            let at = context().queues(called.as_bytes(), flows.version)?;
                            let work = spelling(tree, *given.get(at)?);
                            let start = format!("&{}->", variable?);
                            let member = work.strip_prefix(&start)?.to_owned();
                            let function = match prepared.take() {
                                Some((same, function)) if same == work => function,
                                Some(_) => return None,
                                None => None,
                            };
                            let by = called.to_owned();
                            does = Some((
                                CallbackDoes::Queues { by, work },
                                Some(Queued { member, function }),
                            ));
                        }
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        let (does, queued) = does.filter(|_| prepared.is_none())?;
        let Container { object, member } = container.or(object.map(|(_, found)| found))?;
        Some(Body { does, object, member, queued })
    }
}

/// `container_of(head, struct object, member)`
struct Container {
    object: String,
    member: String,
}

impl Container {
    fn of(tree: &Tree, value: NodeId, head: &str) -> Option<Container> {
        let value = tree.bare(value);
        // Sources: include/linux/container_of.h, include/linux/list.h.
        let finds = |name: &str| matches!(name, "container_of" | "container_of_const");
        if tree.kind(value) != Kind::CallExpression || !callee(tree, value).is_some_and(finds) {
            return None;
        }
        let given = arguments(tree, value);
        let [pointer, object, member] = given.as_slice() else { return None };
        (spelling(tree, *pointer) == head)
            .then(|| Container { object: spelling(tree, *object), member: spelling(tree, *member) })
    }
}

/// Where a text names something.
struct Uses {
    all: Vec<Span>,
}

impl Uses {
    /// `None` if a line of the preprocessor names it: what becomes of it there is not known.
    fn of(text: &[u8], name: &str) -> Option<Uses> {
        let mut all = Vec::new();
        for token in lex(text, 0, text.len()) {
            let word = token.text(text);
            match token.kind {
                TokenKind::Ident if word == name.as_bytes() => {
                    all.push(Span { start: token.start, end: token.end });
                }
                TokenKind::Directive if memchr::memmem::find(word, name.as_bytes()).is_some() => {
                    return None;
                }
                _ => {}
            }
        }
        Some(Uses { all })
    }
}

/// Whether a name stands in a declaration of a function: `static void done(struct rcu_head *head);`
fn is_declared(flows: &Flows<'_, '_>, at: Span) -> bool {
    let file = &flows.unit.file;
    file.items.items.iter().any(|item| {
        item.kind == ItemKind::Declaration
            && item.span.contains(at)
            && memchr::memchr2(b'=', b'{', file.text(item)).is_none()
    })
}

/// Whether something else than the callback queues or runs the same work, waits for it or cancels it.
fn is_used_elsewhere(flows: &Flows<'_, '_>, callback: &Item, queued: &Queued) -> bool {
    let text = flows.unit.file.source().bytes();
    let member = queued.member.rsplit(['.', '>']).next().unwrap_or_default().as_bytes();
    let tokens = lex(text, 0, text.len());
    let word = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|one| one.text(text));
    let mut found = false;
    for (at, token) in tokens.iter().enumerate() {
        if callback.span.contains(Span { start: token.start, end: token.end }) {
            continue;
        }
        let named = token.text(text);
        if named == member && matches!(word(at.checked_sub(1)), Some(b"->" | b".")) {
            // `INIT_WORK(&x->work, ...)`
            found |= word(at.checked_sub(5)) != Some(b"INIT_WORK");
        }
        found |= queued.function.as_deref().is_some_and(|name| {
            named == name.as_bytes() && word(Some(at + 1)) == Some(b"(") && calls(flows, token)
        });
    }
    found
}

/// Whether a name before a parenthesis stands in a body, where that makes it a call.
fn calls(flows: &Flows<'_, '_>, token: &Token) -> bool {
    let file = &flows.unit.file;
    let at = Span { start: token.start, end: token.end };
    let around = file.items.items.iter().find(|item| item.span.contains(at));
    around.is_some_and(|item| {
        let text = file.text(item);
        let body = memchr::memchr(b'{', text).unwrap_or(text.len());
        item.span.start as usize + body < at.start as usize
    })
}

/// Whether nothing but code is in a definition, and nothing right before it.
fn is_bare(text: &[u8], item: &Item, tokens: &[Token]) -> bool {
    let own = &text[item.span.range()];
    let mut end = 0;
    let gaps = tokens.iter().all(|token| {
        let before = &own[std::mem::replace(&mut end, token.end as usize)..token.start as usize];
        before.trim_ascii().is_empty()
    });
    let before = &text[..item.span.start as usize];
    gaps && (before.ends_with(b"\n\n") || before.trim_ascii().is_empty())
        && text[item.span.end as usize..].starts_with(b"\n")
}
