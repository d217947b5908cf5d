//! What the callers of a function in other files hold when they call it. That takes long to find
//! out, and is asked where something is to be said about a place of which nothing else is known.

use std::rc::Rc;

use crate::across::{Definition, Others};
use crate::flow::callers::held_on_all;
use crate::flow::context::Context;
use crate::flow::elsewhere::HOPS;
use crate::flow::{Flows, Names};

/// Functions that are called by more functions of other files are not followed to all of them.
const MOST: usize = 16;

impl Flows<'_, '_> {
    /// What is held at every call of a function, in whatever file. Where its own file calls it, no
    /// other is looked at.
    pub fn callers_everywhere(&self, name: &str, parameters: &Names) -> Rc<Context> {
        self.and_elsewhere(self.callers(name, parameters), name, parameters)
    }

    /// The same, in a file that another one led to; in the first one, what it says itself.
    pub(super) fn callers_up(
        &self,
        here: Rc<Context>,
        name: &str,
        parameters: &Names,
    ) -> Rc<Context> {
        if self.hops == 0 { here } else { self.and_elsewhere(here, name, parameters) }
    }

    fn and_elsewhere(&self, here: Rc<Context>, name: &str, parameters: &Names) -> Rc<Context> {
        let called = self.unit.file.mentions(name).iter().any(|mention| mention.calls);
        if called || self.hops >= HOPS || self.is_static(name) {
            return here;
        }
        let Some(others) = self.unit.others else { return here };
        let callers = others.across().callers(name);
        if callers.len() > MOST {
            return here;
        }
        let mut ways = Vec::new();
        for at in callers {
            let there = at_calls_there(others, *at, self.hops + 1, (name, parameters));
            // Nothing is known of what cannot be followed.
            let Some(there) = there.filter(|ways| !ways.is_empty()) else { return here };
            ways.extend(there);
            if held_on_all(&ways).is_empty() {
                return here;
            }
        }
        Rc::new(Context { held: held_on_all(&ways), ..Context::clone(&here) })
    }
}

/// The contexts of the calls that a function of another file makes.
fn at_calls_there(
    others: &dyn Others,
    at: Definition,
    hops: usize,
    (name, parameters): (&str, &Names),
) -> Option<Vec<Context>> {
    let unit = others.unit_of(at.input)?;
    let item = unit.file.items.items.get(at.item as usize)?.clone();
    *unit.condition.borrow_mut() = unit.file.items.condition(&item).clone();
    let flows = Flows::new(&unit).after(hops);
    let calls = flows.calls_of(at.item, &|called| called == name);
    Some(flows.at_calls(&calls, name, parameters).into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::files::Memory;
    use crate::{Input, Options, Workspace};

    /// What is held at the load that needs an accessor, given the functions of other files.
    fn held(callers: &[&str]) -> Vec<String> {
        let code = "struct cfg { int mtu; };\n\
             struct port { struct cfg __rcu *cfg; struct mutex lock; };\n\
             int mtu(struct port *port)\n{\n\treturn port->cfg->mtu;\n}\n";
        let mut memory = Memory::default();
        let mut inputs = Vec::new();
        for (at, code) in std::iter::once(&code).chain(callers).enumerate() {
            let path = format!("/{at}.c");
            memory.add(path.clone(), *code);
            inputs.push(Input { path: path.clone().into(), shown: path[1..].to_owned() });
        }
        let workspace = Workspace::load(Arc::new(memory), inputs, Options::default());
        let facts = workspace.analyze(0).unwrap();
        let held = facts.accesses[0].context.held.iter();
        held.map(|one| format!("{:?} {}", one.kind, one.object.as_deref().unwrap_or(""))).collect()
    }

    const LOCKED: &str = "int a(struct port *p)\n{\n\tint n;\n\n\tmutex_lock(&p->lock);\n\
         \tn = mtu(p);\n\tmutex_unlock(&p->lock);\n\treturn n;\n}\n";

    #[test]
    fn what_all_callers_hold() {
        assert!(held(&[]).is_empty());
        assert_eq!(held(&[LOCKED]), ["Mutex &port->lock"]);
        let reader = "int b(struct port *q)\n{\n\tint n;\n\n\trcu_read_lock();\n\
             \tmutex_lock(&q->lock);\n\tn = mtu(q);\n\tmutex_unlock(&q->lock);\n\
             \trcu_read_unlock();\n\treturn n;\n}\n";
        assert_eq!(held(&[LOCKED, reader]), ["Mutex &port->lock"]);
        let nothing = "int c(struct port *p)\n{\n\treturn mtu(p);\n}\n";
        assert!(held(&[LOCKED, nothing]).is_empty());
    }

    #[test]
    fn by_way_of_third_files() {
        let between = "int c(struct port *p)\n{\n\treturn mtu(p);\n}\n";
        let above = LOCKED.replace("mtu(p)", "c(p)");
        assert_eq!(held(&[between, &above]), ["Mutex &port->lock"]);
        // Who calls itself by way of other files.
        let round = format!("int mtu(struct port *p);\n{}", between.replace("mtu", "c"));
        assert!(held(&[&round]).is_empty());
    }
}
