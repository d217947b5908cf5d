//! Whether some call of a function is made where no reader section is. For that one caller is
//! enough, where a function that is safe would need to know all of them.

use crate::across::{Definition, Others};
use crate::flow::climb::Found;
use crate::flow::context::Context;
use crate::flow::effects::{arguments, callee};
use crate::flow::elsewhere::HOPS;
use crate::flow::sleeps::{asks, certain};
use crate::flow::solve::Flow;
use crate::flow::summary::parameter_names;
use crate::flow::{Flows, definition};
use crate::syntax::{Field, Kind, NodeId, Tree};

/// More callers in other files are not looked at.
const MOST: usize = 64;

/// What there is to be none of around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Without {
    /// A reader section.
    Reader,
    /// Nor a lock, not even one under which code may sleep.
    Anything,
}

/// Why it is known that a place is reached with no reader section around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    /// The function calls this, which sleeps, on the way there or from there on.
    Sleeps(NodeId, Box<str>),
    /// The kernel calls the function so.
    Entry,
    /// This function does.
    Called(Box<str>),
    /// This function of another file does.
    Elsewhere(Definition),
}

/// What is known of the functions of a file.
pub(super) type Known = Found<(Box<str>, Without), Option<Bare>>;

impl Flows<'_, '_> {
    /// Why a place of a function is reached with nothing around it, if that is known and
    /// the function holds nothing there itself.
    pub fn bare_at(
        &self,
        flow: &Flow<'_, '_, '_>,
        name: &str,
        body: NodeId,
        at: NodeId,
        without: Without,
    ) -> Option<Bare> {
        if asked(flow.tree, at) {
            return None;
        }
        // Who sleeps may hold a mutex.
        let reader = without == Without::Reader;
        if let Some((call, what)) = reader.then(|| self.sleeps_beside(flow, body, at)).flatten() {
            return Some(Bare::Sleeps(call, what));
        }
        if if_not_given(flow.tree, at) {
            return None;
        }
        self.called_bare(name, without)
    }

    /// Whether a function is called where nothing is, and by whom.
    fn called_bare(&self, name: &str, without: Without) -> Option<Bare> {
        let key = (name.into(), without);
        self.climb.ascend(&self.bare, (key, name), [None, None], || self.looks_bare(name, without))
    }

    fn looks_bare(&self, name: &str, without: Without) -> Option<Bare> {
        let nothing = |context: &Context| context.held.is_empty();
        if self.is_system_call(name) || self.pasted(name).iter().any(nothing) {
            return Some(Bare::Entry);
        }
        let file = &self.unit.file;
        let registered = file.mentions(name).iter().any(|mention| {
            mention.escapes && self.known_registrations(mention.item, name).iter().any(nothing)
        });
        if registered {
            return Some(Bare::Entry);
        }
        let mut found = None;
        self.each_caller(name, |caller, tree| {
            if found.is_none() && self.calls_bare(caller, tree, name, without) {
                found = Some(Bare::Called(caller.into()));
            }
        });
        found.or_else(|| self.called_bare_elsewhere(name, without))
    }

    fn called_bare_elsewhere(&self, name: &str, without: Without) -> Option<Bare> {
        let others = self.unit.others?;
        let hops = self.hops;
        if hops >= HOPS || self.is_static(name) {
            return None;
        }
        let look = || bare_caller(others, name, hops, without);
        others.across().bare(name, hops, without, look).map(Bare::Elsewhere)
    }

    /// Whether a function calls another where nothing is.
    fn calls_bare(&self, caller: &str, tree: &Tree, name: &str, without: Without) -> bool {
        let Some((definition, body)) = definition(tree) else { return false };
        let own = parameter_names(tree, definition);
        let flow = Flow::of_function(self, tree, &own, body);
        let mut calls: Vec<NodeId> = Vec::new();
        flow.visit(|node, worlds| {
            if tree.kind(node) == Kind::CallExpression
                && callee(tree, node) == Some(name)
                && !passes_null(tree, node)
                && nothing_held(&Context::of(&flow, worlds))
            {
                calls.push(node);
            }
        });
        calls.into_iter().any(|call| self.bare_at(&flow, caller, body, call, without).is_some())
    }

    /// A call that sleeps and that every way through the function comes to but those that leave
    /// early, if it lies on a way with the place: whoever calls the function so holds no reader.
    fn sleeps_beside(
        &self,
        flow: &Flow<'_, '_, '_>,
        body: NodeId,
        at: NodeId,
    ) -> Option<(NodeId, Box<str>)> {
        let mut calls = Vec::new();
        certain(flow.tree, body, &mut calls);
        calls.into_iter().filter(|call| !is_inside(flow.tree, at, *call)).find_map(|call| {
            let sleep = self.sleep_of(flow.tree, call)?;
            let worlds = flow.at(call)?;
            let alone = worlds
                .iter()
                .all(|world| !world.unclear && world.held().iter().all(|(_, count)| *count >= 0));
            let open = alone && !asked(flow.tree, call);
            (open && (flow.leads(call, at) || flow.leads(at, call))).then_some((call, sleep.what))
        })
    }
}

/// Whether a call has `NULL` for an argument: what the function does with a pointer, it does not do
/// there.
fn passes_null(tree: &Tree, call: NodeId) -> bool {
    arguments(tree, call).iter().any(|at| tree.text(tree.bare(*at)) == b"NULL")
}

/// The first function of another file that calls a function where nothing is.
fn bare_caller(
    others: &dyn Others,
    name: &str,
    hops: usize,
    without: Without,
) -> Option<Definition> {
    let callers = others.across().callers(name).iter().take(MOST).copied();
    callers.into_iter().find(|at| calls_bare_there(others, *at, name, hops, without) == Some(true))
}

fn calls_bare_there(
    others: &dyn Others,
    at: Definition,
    name: &str,
    hops: usize,
    without: Without,
) -> Option<bool> {
    let unit = others.unit_of(at.input)?;
    let item = unit.file.items.items.get(at.item as usize)?.clone();
    *unit.condition.borrow_mut() = unit.file.items.condition(&item).clone();
    let flows = Flows::new(&unit).after(hops + 1);
    let caller = flows.function_of(&item)?;
    let trees = unit.trees(None, at.item);
    Some(trees.iter().any(|tree| flows.calls_bare(&caller, tree, name, without)))
}

/// Whether a function holds nothing of its own, nor has given anything back.
pub(crate) fn nothing_held(context: &Context) -> bool {
    !context.lost && !context.varies && context.held.is_empty() && context.given_back.is_empty()
}

fn is_inside(tree: &Tree, node: NodeId, outer: NodeId) -> bool {
    std::iter::successors(Some(node), |at| tree.parent(*at)).any(|at| at == outer)
}

/// Whether a place depends on a condition that asks whether the code may sleep.
fn asked(tree: &Tree, node: NodeId) -> bool {
    let around = std::iter::successors(Some(node), |at| tree.parent(*at));
    around.filter_map(|at| tree.parent(at)).any(|parent| {
        let condition = match tree.kind(parent) {
            Kind::IfStatement | Kind::ConditionalExpression => tree.child(parent, Field::Condition),
            Kind::BinaryExpression if matches!(tree.operator(parent), b"&&" | b"||") => {
                tree.child(parent, Field::Left)
            }
            _ => None,
        };
        condition.is_some_and(|node| asks(&String::from_utf8_lossy(tree.text(node))))
    })
}

/// Whether a place is reached only if a parameter is NULL, 0 or false: callers differ in what they give.
fn if_not_given(tree: &Tree, node: NodeId) -> bool {
    let Some((definition, _)) = definition(tree) else { return false };
    let parameters = parameter_names(tree, definition);
    let is_parameter = |node: NodeId| {
        let name = tree.text(tree.bare(node));
        parameters.iter().flatten().any(|known| known.as_bytes() == name)
    };
    let around = std::iter::successors(Some(node), |at| tree.parent(*at));
    around.filter(|at| tree.parent(*at).is_some()).any(|at| {
        let parent = tree.parent(at).unwrap_or(at);
        let branch = tree.field(at);
        let condition = match tree.kind(parent) {
            Kind::IfStatement | Kind::ConditionalExpression => tree.child(parent, Field::Condition),
            _ => None,
        };
        condition.map(|condition| tree.bare(condition)).is_some_and(|condition| {
            let negated = tree.kind(condition) == Kind::UnaryExpression
                && tree.operator(condition) == b"!"
                && tree.child(condition, Field::Argument).is_some_and(is_parameter);
            negated && branch == Field::Consequence
                || is_parameter(condition) && branch == Field::Alternative
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::facts::WhyBare;
    use crate::files::Memory;
    use crate::{Input, Options, Workspace};

    const CODE: &str = "struct cfg { int mtu; };\n\
         struct port { struct cfg __rcu *cfg; struct list_head node; };\n\
         static struct list_head ports;\n\
         int mtu(struct port *port)\n{\n\treturn rcu_dereference(port->cfg)->mtu;\n}\n\
         int count(void)\n{\n\tstruct port *port;\n\tint n = 0;\n\n\
         \tlist_for_each_entry_rcu(port, &ports, node)\n\t\tn++;\n\treturn n;\n}\n";

    /// By which functions of other files it is known that nothing is around the load, and the loop.
    fn known(callers: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for reversed in [false, true] {
            let mut files = vec![("/t.c".to_owned(), CODE)];
            let others = callers.iter().enumerate();
            files.extend(others.map(|(at, code)| (format!("/{at}.c"), *code)));
            if reversed {
                files.reverse();
            }
            let mut memory = Memory::default();
            let mut inputs = Vec::new();
            for (path, code) in files {
                memory.add(path.clone(), code);
                inputs.push(Input { path: path.clone().into(), shown: path[1..].to_owned() });
            }
            let workspace = Workspace::load(Arc::new(memory), inputs, Options::default());
            let mut inputs = workspace.inputs().iter();
            let at = inputs.position(|input| input.shown == "t.c").unwrap();
            let facts = workspace.analyze(at).unwrap();
            let loads = facts.sections.outside.iter().map(|one| ("load", Some(&one.why)));
            let walks = facts.lists.walks.iter().map(|one| ("walk", one.bare.as_ref()));
            let lines = loads.chain(walks).map(|(what, why)| match why {
                Some(WhyBare::Elsewhere(caller)) => format!("{what}: {}", caller.name),
                other => format!("{what}: {other:?}"),
            });
            found.push(lines.collect::<Vec<_>>());
        }
        assert_eq!(found[0], found[1]);
        found.remove(0)
    }

    #[test]
    fn callers_in_other_files() {
        let entry = "SYSCALL_DEFINE1(a, struct port *, p)\n{\n\treturn mtu(p) + count();\n}\n";
        assert_eq!(known(&[entry]), ["load: SYSCALL_DEFINE1", "walk: SYSCALL_DEFINE1"]);
        // Who sleeps holds no reader section, but may hold a lock.
        let sleeps = "int a(struct port *p)\n{\n\tmight_sleep();\n\treturn mtu(p) + count();\n}\n";
        assert_eq!(known(&[sleeps]), ["load: a"]);
        let held = "SYSCALL_DEFINE1(a, struct port *, p)\n{\n\tint n;\n\n\trcu_read_lock();\n\
             \tn = mtu(p) + count();\n\trcu_read_unlock();\n\treturn n;\n}\n";
        assert!(known(&[held]).is_empty());
        assert_eq!(known(&[held, entry]), known(&[entry]));
        let unknown = "int b(struct port *p)\n{\n\treturn mtu(p) + count();\n}\n";
        assert!(known(&[unknown]).is_empty());
        // By way of a third file.
        let above = "SYSCALL_DEFINE1(c, struct port *, p)\n{\n\treturn b(p);\n}\n";
        assert_eq!(known(&[unknown, above]), ["load: b", "walk: b"]);
        // Another function of that name is called.
        let own = "static int mtu(struct port *p)\n{\n\treturn c(p);\n}\n\
             static int count(void)\n{\n\treturn c(0);\n}\n";
        assert!(known(&[&format!("{own}{entry}")]).is_empty());
        // Or may be.
        let twice = "int mtu(struct port *p)\n{\n\treturn c(p);\n}\nint count(void)\n{\n\treturn c(0);\n}\n";
        assert!(known(&[twice, entry]).is_empty());
    }
}
