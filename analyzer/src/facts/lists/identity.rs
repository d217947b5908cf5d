//! Which list an expression means: the declaration of its head, and of the member that links its
//! elements. Names alone say nothing: every second structure has a `list`.

use crate::facts::lists::uses::root_in;
use crate::facts::pointers::assigned_values;
use crate::facts::walk::Walk;
use crate::flow::effects::callee;
use crate::flow::spelling::{canonical, first_word, spelling};
use crate::kernel::api;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::types::{Base, Site, Type};

/// A declaration, as something to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// `struct port.peers`, `all_ports`, `head_of()`.
    pub name: String,
    /// The file, and where in it.
    place: Option<(String, u32)>,
}

/// What a list links, and by which member.
#[derive(Clone, Debug)]
pub(super) struct Element(pub Key);

/// Where a list begins.
#[derive(Clone, Debug)]
pub(super) enum Head {
    /// In what this declares; of an array of lists, the constant that chooses one.
    Known(Key, Option<String>),
    /// In an object that nobody else has seen.
    Private,
    /// Beside an element that is linked already.
    Beside,
    /// Nothing is known.
    Unknown,
}

impl Key {
    fn of(site: &Site) -> Key {
        Key { name: site.name.clone(), place: Some((site.file.shown.clone(), site.span.start)) }
    }
}

impl Element {
    /// `struct net_device.dev_list`, where the table says it.
    pub fn named(name: &str) -> Element {
        Element(Key { name: name.to_owned(), place: None })
    }

    /// Whether both are the same member of the same structure.
    pub fn same(&self, other: &Element) -> bool {
        let placed = self.0.place.is_some() && other.0.place.is_some();
        self.0.name == other.0.name && (!placed || self.0.place == other.0.place)
    }
}

impl Head {
    /// Whether it is a variable of its own.
    pub fn is_variable(&self) -> bool {
        matches!(self, Head::Known(key, _) if !key.name.contains(['.', '(']))
    }

    /// Whether it is declared in this file.
    pub fn is_in(&self, file: &str) -> bool {
        let Head::Known(key, _) = self else { return false };
        key.place.as_ref().is_some_and(|(path, _)| path == file)
    }

    /// Whether both are known to be the same.
    pub fn same(&self, other: &Head) -> bool {
        match (self, other) {
            (Head::Known(key, index), Head::Known(other, other_index)) => {
                key == other
                    && index
                        .as_ref()
                        .is_none_or(|at| other_index.as_ref().is_none_or(|other| other == at))
            }
            _ => false,
        }
    }
}

/// Assignments of pointers to pointers are followed so far.
const DEPTH: usize = 4;

impl Walk<'_, '_, '_> {
    /// The link by which a loop goes from element to element.
    pub(super) fn element(&self, position: &str, member: &str) -> Option<Element> {
        let typed = self.uses.typer(&self.scopes).typed_text(&format!("({position})->{member}"));
        typed.ok()?.site.map(|site| Element(Key::of(&site)))
    }

    /// The link whose address is given: `&port->node`.
    pub(super) fn element_of_link(&self, link: &str) -> Option<Element> {
        let lvalue = link.strip_prefix('&')?;
        let typed = self.uses.typer(&self.scopes).typed_text(lvalue).ok()?;
        match typed.base {
            Base::Local | Base::Global | Base::Value => None,
            _ => typed.site.map(|site| Element(Key::of(&site))),
        }
    }

    /// Where the list begins that a loop or call names.
    pub(super) fn head(&self, head: &str, node: NodeId) -> Head {
        let found = self.head_of(head, Some(node), DEPTH);
        let Head::Known(..) = &found else { return found };
        let fresh = root_in(self.tree, node, head).and_then(|root| self.is_fresh(root));
        if fresh == Some(true)
            || self.is_initialized_before(head, node)
            || self.is_in_a_new_object(head, node)
        {
            return Head::Private;
        }
        found
    }

    fn head_of(&self, head: &str, node: Option<NodeId>, depth: usize) -> Head {
        let (lvalue, address) = match head.strip_prefix('&') {
            Some(lvalue) => (lvalue, true),
            None => (head, false),
        };
        let typer = self.uses.typer(&self.scopes);
        let Ok(typed) = typer.typed_text(lvalue) else { return Head::Unknown };
        let is_pointer = matches!(typer.resolve(&typed.ty).ty, Type::Pointer(_));
        let Some(site) = typed.site else {
            // `LIST_HEAD(own)` declares it: a variable of the function, at no place of its own.
            let own = matches!(typed.base, Base::Local) && !is_pointer;
            return if own { Head::Private } else { Head::Unknown };
        };
        match typed.base {
            Base::Local if is_pointer && !address => self.head_assigned(lvalue, node, depth),
            Base::Local | Base::LocalObject | Base::Fresh => Head::Private,
            Base::Value if is_pointer && !address && lvalue.ends_with(')') => {
                let mut key = Key::of(&site);
                key.name.push_str("()");
                Head::Known(key, None)
            }
            // Where a pointer in shared storage leads is not known.
            _ if is_pointer => Head::Unknown,
            _ => Head::Known(Key::of(&site), constant_index(lvalue)),
        }
    }

    /// What a pointer to a head was set to, where that is one thing.
    fn head_assigned(&self, name: &str, node: Option<NodeId>, depth: usize) -> Head {
        let tree = self.tree;
        let Some((parameters, body)) = self.whole.as_ref().filter(|_| depth > 0) else {
            return Head::Unknown;
        };
        if parameters.iter().flatten().any(|parameter| **parameter == *name) {
            return Head::Unknown;
        }
        let end = tree.span(*body).end;
        let mut found: Option<Head> = None;
        for at in tree.all().filter(|at| tree.span(*at).end <= end) {
            let (target, value) = match tree.kind(at) {
                Kind::InitDeclarator => {
                    (crate::flow::declared_name(tree, at), tree.child(at, Field::Value))
                }
                Kind::AssignmentExpression => {
                    (tree.child(at, Field::Left), tree.child(at, Field::Right))
                }
                _ => continue,
            };
            let (Some(target), Some(value)) = (target, value) else { continue };
            if tree.text(target) != name.as_bytes() || tree.kind(value) == Kind::Null {
                continue;
            }
            let text = spelling(tree, value);
            let mut one = self.head_of(&text, node, depth - 1);
            let fresh = root_in(tree, value, &text).and_then(|root| self.is_fresh(root));
            if matches!(one, Head::Known(..)) && fresh == Some(true) {
                one = Head::Private;
            }
            match &found {
                None => found = Some(one),
                Some(Head::Private) if matches!(one, Head::Private) => {}
                Some(known) if known.same(&one) => {}
                Some(_) => return Head::Unknown,
            }
        }
        found.unwrap_or(Head::Unknown)
    }

    /// Whether the list is in an object that the function has made, whatever it has been handed to
    /// since, and that no reader can have found before a place.
    pub(in crate::facts) fn is_in_a_new_object(&self, head: &str, node: NodeId) -> bool {
        let tree = self.tree;
        if self.whole.is_none() || !self.flows.has_allocation(tree) {
            return false;
        }
        let Some(flow) = self.flow() else { return false };
        let Some(var) = root_in(tree, node, head).and_then(|root| flow.var(root)) else {
            return false;
        };
        let makes = |value: &NodeId| {
            callee(tree, tree.bare(*value)).is_some_and(|name| {
                api().allocators.contains(name.as_bytes())
                    || self.flows.interesting(name) && self.flows.summary(name).returns_fresh
            })
        };
        let mut values = assigned_values(tree, flow, var);
        values.retain(|value| tree.kind(*value) != Kind::Null);
        !values.is_empty()
            && values.iter().all(makes)
            && !self.is_published(flow, var, |at| tree.span(at).end <= tree.span(node).start)
    }

    /// Whether the function makes the list on every way to a place where it uses it: nobody can
    /// have seen it before.
    fn is_initialized_before(&self, head: &str, node: NodeId) -> bool {
        let tree = self.tree;
        let calls = tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression);
        calls.take_while(|call| tree.span(*call).end <= tree.span(node).start).any(|call| {
            let name = tree.child(call, Field::Function).map_or(&b""[..], |f| tree.text(f));
            let first = tree.child(call, Field::Arguments).and_then(|list| tree.first_child(list));
            INITIALIZERS.contains(&name)
                && first.is_some_and(|first| same_list(&spelling(tree, first), head))
                && block_around(tree, call)
                    .is_none_or(|block| tree.span(block).contains(tree.span(node)))
        })
    }
}

/// Calls that make an empty list. Sources: include/linux/list.h, include/linux/rculist.h,
/// include/linux/list_nulls.h, include/linux/list_bl.h, include/linux/hashtable.h.
const INITIALIZERS: [&[u8]; 6] = [
    b"INIT_LIST_HEAD",
    b"INIT_LIST_HEAD_RCU",
    b"INIT_HLIST_HEAD",
    b"INIT_HLIST_NULLS_HEAD",
    b"INIT_HLIST_BL_HEAD",
    b"hash_init",
];

/// The block that a node stands in; a loop over the lists of an array counts as no block.
fn block_around(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let mut up = std::iter::successors(tree.parent(node), |at| tree.parent(*at));
    up.find(|at| {
        tree.kind(*at) == Kind::CompoundStatement
            && tree.parent(*at).is_none_or(|parent| tree.kind(parent) != Kind::ForStatement)
            || tree.kind(*at) == Kind::IfStatement
    })
}

/// Whether two expressions name the same list; of an array of lists any.
fn same_list(one: &str, other: &str) -> bool {
    let array = |text: &str| {
        let text = canonical(text);
        let text = text.trim_start_matches('&');
        text.split('[').next().unwrap_or(text).to_owned()
    };
    array(one) == array(other)
}

/// `ACTIVE` of `lists[ACTIVE]`: what chooses one of several lists.
fn constant_index(lvalue: &str) -> Option<String> {
    let inside = lvalue.strip_suffix(']')?;
    let index = &inside[inside.rfind('[')? + 1..];
    let word = first_word(index);
    let whole = !word.is_empty() && word.len() == index.len();
    let constant = whole && word.bytes().all(|byte| !byte.is_ascii_lowercase());
    constant.then(|| index.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_choose_a_list() {
        assert_eq!(constant_index("log->lists[L_ACTIVE]").as_deref(), Some("L_ACTIVE"));
        assert_eq!(constant_index("log->lists[0]").as_deref(), Some("0"));
        assert_eq!(constant_index("log->lists[i]"), None);
        assert_eq!(constant_index("log->lists[HASH(i)]"), None);
        assert_eq!(constant_index("log->list"), None);
    }

    #[test]
    fn lists_of_an_array() {
        assert!(same_list("&t->hash[i]", "&t->hash[h]"));
        assert!(same_list("t->hash", "t->hash"));
        assert!(!same_list("&t->hash[i]", "&t->list"));
    }
}
