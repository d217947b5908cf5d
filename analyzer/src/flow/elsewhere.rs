//! What calls of functions in other files do: from their bodies, read in their own files.

use std::sync::Arc;

use crate::across::{Asleep, Definition, Others};
use crate::flow::effects::{Effect, Effects};
use crate::flow::sleeps::Sleep;
use crate::flow::spelling::{first_word, substitute};
use crate::flow::summary::{Summary, parameter_names};
use crate::flow::{Flows, definition};

/// How many files one may lead to from the one that is looked at.
pub(super) const HOPS: usize = 3;

/// Names a parameter by its number, whatever the definition calls it.
const PARAMETER: &str = "_parameter_";

/// What a function of another file takes and releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Net {
    /// In terms of the parameters by number.
    pub effects: Vec<Effect>,
    pub parameters: usize,
}

impl Flows<'_, '_> {
    /// What a call of a function does that has no body here, if other files say so.
    pub(super) fn effects_elsewhere(&self, name: &str, arguments: &[&str]) -> Effects {
        let Some(net) = self.net_elsewhere(name) else { return Effects::default() };
        let parameters: Vec<Option<Arc<str>>> =
            (0..net.parameters).map(|at| Some(format!("{PARAMETER}{at}").into())).collect();
        let list = net.effects.iter().map(|effect| {
            let mut effect = effect.clone();
            if let Some(object) = &effect.resource.object {
                effect.resource.object =
                    Some(self.in_terms_of_caller(object, &parameters, arguments));
            }
            effect
        });
        Effects { list: list.collect(), unclear: false }
    }

    /// Whether a function sleeps that has no body here, if other files say so.
    pub(super) fn sleep_elsewhere(&self, name: &str) -> Option<Sleep> {
        let others = self.unit.others?;
        if self.unit.is_own(name) || self.has_macro(name) {
            return None;
        }
        let Asleep { chain, primitive } = others.across().sleeps(name)?;
        let what = primitive.name;
        let what = if primitive.guard { format!("guard({what})") } else { what.to_owned() };
        Some(Sleep {
            what: what.into(),
            waits: primitive.waits,
            seldom: primitive.seldom,
            domain: None,
            through: None,
            elsewhere: chain.into(),
        })
    }

    fn has_macro(&self, name: &str) -> bool {
        self.unit.macros(name).iter().any(|def| def.what.parameters.is_some())
    }

    fn net_elsewhere(&self, name: &str) -> Option<Arc<Net>> {
        let others = self.unit.others?;
        if others.across().unbalanced(name).is_empty() || self.unit.is_own(name) {
            return None;
        }
        // A header has a body, or a macro: that is what is called, unless it is a stub for another
        // configuration. (Names of which a header's body does something are not among those.)
        if self.has_macro(name) {
            return None;
        }
        others.across().net(name, self.hops, || net(others, name, self.hops))
    }
}

/// What all definitions of a name agree on.
pub(crate) fn net(others: &dyn Others, name: &str, hops: usize) -> Option<Net> {
    if hops >= HOPS {
        return None;
    }
    let mut found: Option<Net> = None;
    for definition in others.across().unbalanced(name) {
        let one = of_definition(others, *definition, hops)?;
        match &found {
            Some(known) if *known != one => return None,
            _ => found = Some(one),
        }
    }
    found.filter(|net| !net.effects.is_empty())
}

fn of_definition(others: &dyn Others, at: Definition, hops: usize) -> Option<Net> {
    let unit = others.unit_of(at.input)?;
    let item = unit.file.items.items.get(at.item as usize)?.clone();
    *unit.condition.borrow_mut() = unit.file.items.condition(&item).clone();
    let flows = Flows::new(&unit).after(hops + 1);
    let trees = unit.trees(None, at.item);
    let tree = trees.first()?;
    let (definition, body) = definition(tree)?;
    let parameters = parameter_names(tree, definition);
    let summary = flows.summarize(tree, &parameters, body, false);
    (!summary.unclear).then(|| by_number(&summary))
}

/// With the parameters by number.
fn by_number(summary: &Summary) -> Net {
    let mut effects = summary.effects.clone();
    for effect in &mut effects {
        let Some(object) = &effect.resource.object else { continue };
        let word = first_word(object);
        let at = summary.parameters.iter().position(|name| name.as_deref() == Some(word));
        if let Some(at) = at {
            let numbered = substitute(object, word, &format!("{PARAMETER}{at}"));
            effect.resource.object = Some(numbered.into());
        }
    }
    Net { effects, parameters: summary.parameters.len() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;
    use crate::flow::effects::callee;
    use crate::kernel::context::{Verb, When};
    use crate::syntax::{Kind, parse_item};
    use crate::{Input, Options, Workspace};

    fn workspace(files: &[(&str, &str)]) -> Workspace {
        let mut memory = Memory::default();
        let mut inputs = Vec::new();
        for (path, code) in files {
            memory.add(*path, *code);
            if path.ends_with(".c") {
                inputs.push(Input { path: path.into(), shown: path[1..].to_owned() });
            }
        }
        Workspace::load(Arc::new(memory), inputs, Options::default())
    }

    /// What each call in the functions of the first file does, one a line.
    fn calls(files: &[(&str, &str)]) -> Vec<String> {
        let workspace = workspace(files);
        let at = workspace.inputs().iter().position(|input| input.path.ends_with("t.c")).unwrap();
        let unit = workspace.unit(at).unwrap();
        let flows = Flows::new(&unit);
        let mut found = Vec::new();
        for item in &unit.file.items.items {
            let trees = parse_item(unit.file.text(item), item.span.start, item.kind, &unit);
            for tree in &trees {
                for call in tree.all().filter(|at| tree.kind(*at) == Kind::CallExpression) {
                    let mut line = callee(tree, call).unwrap().to_owned();
                    if let Some(sleep) = flows.sleep_of(tree, call) {
                        line.push_str(&format!(" sleeps in {}", sleep.what));
                    }
                    for effect in flows.effects(tree, call).list {
                        let verb = match effect.verb {
                            Verb::Take => "takes",
                            Verb::Release => "releases",
                            Verb::Assert => "asserts",
                        };
                        let object = effect.resource.object.unwrap_or_default();
                        line.push_str(&format!(" {verb} {:?} {object}", effect.resource.kind));
                        if effect.when != When::Always {
                            line.push_str(&format!(" if {:?}", effect.when));
                        }
                    }
                    found.push(line);
                }
            }
        }
        found
    }

    #[test]
    fn functions_of_other_files_sleep() {
        let files = [
            (
                "/t.c",
                "#include \"t.h\"\nvoid far(struct a *a);\n\
                 static void own(void)\n{\n}\n\
                 static void on_the_way(struct a *a)\n{\n\tfar(a);\n\tmsleep(1);\n}\n\
                 void f(struct a *a)\n{\n\town();\n\ton_the_way(a);\n\tstub(a);\n\ttwice(a);\n\tnear(a);\n}\n",
            ),
            ("/t.h", "static inline void stub(struct a *a)\n{\n}\n"),
            (
                "/far.c",
                "static void near(struct a *a)\n{\n\tguard(mutex)(&a->lock);\n}\n\
                 void far(struct a *a)\n{\n\tfurther(a);\n\tnear(a);\n}\n\
                 void twice(struct a *a)\n{\n\tnear(a);\n}\n\
                 void stub(void)\n{\n\tguard(mutex)(&m);\n}\n\
                 void own(void)\n{\n\tmsleep(1);\n}\n",
            ),
            (
                "/further.c",
                "void further(struct a *a)\n{\n\tif (a)\n\t\treturn;\n\tschedule();\n}\n\
                 void twice(struct a *a)\n{\n\tkfree(a);\n}\n",
            ),
        ];
        let wanted = [
            "far sleeps in schedule",
            "msleep sleeps in msleep",
            "own",
            // As by itself.
            "on_the_way sleeps in msleep",
            "stub sleeps in guard(mutex)",
            // One of two definitions does not.
            "twice",
            // It is static.
            "near",
        ];
        assert_eq!(calls(&files), wanted);
        let mut reversed = files;
        reversed.reverse();
        assert_eq!(calls(&reversed), wanted);
        let alone =
            ["far", "msleep sleeps in msleep", "own", "on_the_way sleeps in msleep", "stub"];
        assert_eq!(calls(&files[..2])[..5], alone);
    }

    #[test]
    fn functions_of_other_files_take_and_release() {
        let files = [
            (
                "/t.c",
                "void f(struct b *b)\n{\n\ta_lock(b->a);\n\ta_unlock(b->a);\n\ta_try(&b->own);\n\
                 \ttwice(b);\n\tbalanced(b->a);\n\treader();\n}\n",
            ),
            (
                "/a.c",
                "void a_lock(struct a *x)\n{\n\tspin_lock_bh(&x->lock);\n}\n\
                 int a_try(struct a *x)\n{\n\tif (!mutex_trylock(&x->m))\n\t\treturn 0;\n\treturn 1;\n}\n\
                 void balanced(struct a *x)\n{\n\ta_lock(x);\n\tif (x->y) {\n\t\ta_unlock(x);\n\
                 \t\treturn;\n\t}\n\ta_unlock(x);\n}\n\
                 void twice(struct a *x)\n{\n\trcu_read_lock();\n}\n\
                 void reader(void)\n{\n\treader_inside();\n}\n",
            ),
            (
                "/b.c",
                "void a_unlock(struct a *y)\n{\n\tspin_unlock_bh(&y->lock);\n}\n\
                 void twice(struct a *x)\n{\n\trcu_read_lock_bh();\n}\n\
                 void reader_inside(void)\n{\n\trcu_read_lock();\n}\n",
            ),
        ];
        let wanted = [
            "a_lock takes Spin &b->a->lock takes Preempt  takes Bh ",
            "a_unlock releases Spin &b->a->lock releases Preempt  releases Bh ",
            "a_try takes Mutex &b->own.m if Nonzero",
            "twice",
            "balanced",
            "reader takes Rcu ",
        ];
        assert_eq!(calls(&files), wanted);
        let mut reversed = files;
        reversed.reverse();
        assert_eq!(calls(&reversed), wanted);
    }
}
