//! Loops over lists, and calls that change lists, in one function.

use crate::facts::lists::around::last_word;
use crate::facts::lists::identity::{Element, Head};
use crate::facts::walk::Walk;
use crate::facts::{Context, Declaration, WhyBare};
use crate::flow::bare::Without;
use crate::flow::effects::{arguments, callee};
use crate::flow::lists::{Walking, loop_head};
use crate::flow::spelling::{first_word, spelling};
use crate::kernel::context::{ListChange as Row, context};
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;

/// A loop over a list, or a call that changes one.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Use {
    /// The function it stands in.
    pub function: Option<String>,
    /// The name of the macro or function.
    pub place: Declaration,
    /// The preprocessor condition around it.
    pub condition: Option<String>,
    /// The list as written.
    pub written: String,
    /// What the list links, and by which member.
    pub(in crate::facts::lists) element: Option<Element>,
    /// Where the list begins.
    pub(in crate::facts::lists) head: Head,
    pub context: Context,
    /// For a loop for readers: how it is known that nothing protects it.
    pub bare: Option<WhyBare>,
    /// It runs while the kernel boots or a module is loaded.
    pub initial: bool,
    pub what: What,
    /// Of a plain loop: all of it, and the functions that it names.
    pub(in crate::facts::lists) body: Option<(Span, Vec<Box<str>>)>,
}

/// What is done with a list.
#[derive(Clone, Debug)]
pub(in crate::facts) enum What {
    /// A loop over it; the form for readers that takes the same arguments, or of such a form the
    /// plain one.
    Walk(Walking, Option<String>),
    /// A call that changes it.
    Change(&'static Row, String),
}

impl Use {
    /// The name of the member that links the elements.
    pub fn link(&self) -> Option<&str> {
        last_word(&self.element.as_ref()?.0.name)
    }

    /// The structure of the elements.
    pub fn owner(&self) -> Option<&str> {
        let (owner, _) = self.element.as_ref()?.0.name.rsplit_once('.')?;
        Some(owner)
    }

    /// Whether both mean elements that are linked by the same member of the same structure.
    pub fn links_as(&self, other: &Use) -> bool {
        self.element.as_ref().zip(other.element.as_ref()).is_some_and(|(one, two)| one.same(two))
    }

    /// Whether it is made for readers, or for what they may meet.
    pub fn is_rcu(&self) -> bool {
        match &self.what {
            What::Walk(walking, _) => walking.rcu,
            What::Change(row, _) => row.rcu,
        }
    }
}

impl Walk<'_, '_, '_> {
    /// Looks at an expression, with the variables that it sees in scope.
    pub(in crate::facts) fn lists(&mut self, node: NodeId) {
        // The lists of a macro's body are those that its arguments name.
        if self.body.is_some() {
            return;
        }
        let found = match self.tree.kind(node) {
            Kind::WhileStatement => self.list_walk(node),
            Kind::CallExpression => self.list_change(node),
            _ => None,
        };
        self.list_uses.extend(found);
    }

    fn list_walk(&self, statement: NodeId) -> Option<Use> {
        let tree = self.tree;
        let walking = self.flows.walk(tree, statement)?;
        let context = self.context(statement);
        let element = match (&walking.member, &walking.of) {
            (Some(member), _) => self.element(&walking.position, member),
            (None, Some(of)) => Some(Element::named(of)),
            (None, None) => None,
        };
        let head = match &walking.head {
            Some(head) => self.head(head, statement),
            None => Head::Unknown,
        };
        let (_, inside) = loop_head(tree, statement)?;
        let twin = self.twin(&walking, crate::types::split_arguments(&inside).len());
        let start = tree.file_span(statement).start;
        let span = Span { start, end: start + walking.written.len() as u32 };
        let written = walking.head.as_deref().unwrap_or(&walking.position).to_owned();
        let body = (!walking.rcu).then(|| (tree.file_span(statement), self.named_in(statement)));
        let bare = self.walks_bare(statement, &walking, &context);
        let what = What::Walk(walking, twin);
        Some(Use { body, bare, ..self.list_use(span, written, (element, head), context, what) })
    }

    /// How it is known of a loop for readers that neither a reader section nor a lock is around it.
    fn walks_bare(
        &self,
        statement: NodeId,
        walking: &Walking,
        context: &Context,
    ) -> Option<WhyBare> {
        if !walking.rcu || self.lists_of.is_some() || !context.held.is_empty() {
            return None;
        }
        if context.is_bare() {
            return Some(WhyBare::Callers);
        }
        self.why_bare(statement, walking.reader, Without::Anything)
    }

    /// The functions that a loop calls or hands on, and whatever else is no variable of its
    /// function.
    fn named_in(&self, statement: NodeId) -> Vec<Box<str>> {
        let (tree, mut found) = (self.tree, Vec::new());
        let mut stack = vec![statement];
        while let Some(at) = stack.pop() {
            if tree.kind(at) == Kind::Identifier && self.scopes.find(tree.text(at)).is_none() {
                found.extend(std::str::from_utf8(tree.text(at)).ok().map(Into::into));
            }
            stack.extend(tree.children(at));
        }
        found
    }

    /// The form of a loop for the other side that takes the same arguments.
    fn twin(&self, walking: &Walking, count: usize) -> Option<String> {
        if walking.written == walking.name {
            return walking.twin.as_deref().map(str::to_owned);
        }
        // A macro built on one of the table: its sibling, if it has one.
        let other = match walking.written.strip_suffix("_rcu") {
            Some(plain) => plain.to_owned(),
            None => format!("{}_rcu", walking.written),
        };
        let macros = self.uses.unit.macros(&other);
        let fits =
            macros.iter().any(|def| def.what.parameters.as_ref().is_some_and(|p| p.len() == count));
        fits.then_some(other)
    }

    fn list_change(&self, call: NodeId) -> Option<Use> {
        let tree = self.tree;
        let name = callee(tree, call)?;
        let row = context().change(name.as_bytes(), self.flows.version)?;
        if !row.rcu && !row.adds || self.scopes.find(name.as_bytes()).is_some() {
            return None;
        }
        let arguments = arguments(tree, call);
        let text = |at: usize| arguments.get(at).map(|at| spelling(tree, *at));
        let node = text(row.node)?;
        let element = self.element_of_link(&node);
        let head = match row.head.and_then(text) {
            Some(head) => self.head(&head, call),
            None => Head::Beside,
        };
        let head = match (&head, &element) {
            // Beside another element.
            (Head::Known(key, _), Some(element)) if *key == element.0 => Head::Beside,
            _ => head,
        };
        let span = tree.child(call, Field::Function).map(|f| tree.file_span(tree.bare(f)))?;
        let written = row.head.and_then(text).unwrap_or(node);
        let what = What::Change(row, name.to_owned());
        Some(self.list_use(span, written, (element, head), self.context(call), what))
    }

    fn list_use(
        &self,
        span: Span,
        written: String,
        (element, head): (Option<Element>, Head),
        context: Context,
        what: What,
    ) -> Use {
        let name = match &what {
            What::Walk(walking, _) => walking.written.to_string(),
            What::Change(_, name) => name.clone(),
        };
        Use {
            function: self.function.clone(),
            place: self.declaration_at(self.home(), span, name),
            condition: self.condition_at(span),
            written,
            element,
            head,
            context,
            bare: None,
            initial: self.runs_once(),
            what,
            body: None,
        }
    }

    /// Whether the function is thrown away once the kernel or module is up (`__init`).
    fn runs_once(&self) -> bool {
        let Some((_, body)) = &self.whole else { return false };
        let head = &self.tree.text[..self.tree.span(*body).start as usize];
        let mut words = head.split(|byte| !crate::text::lexer::is_ident_byte(*byte));
        words.any(|word| matches!(word, b"__init" | b"__net_init" | b"__meminit" | b"__cpuinit"))
    }
}

/// The identifier in a subtree that has this text.
fn identifier(tree: &Tree, node: NodeId, text: &[u8]) -> Option<NodeId> {
    let mut stack = vec![node];
    while let Some(at) = stack.pop() {
        if tree.kind(at) == Kind::Identifier && tree.text(at) == text {
            return Some(at);
        }
        if tree.kind(at) != Kind::CompoundStatement {
            stack.extend(tree.children(at));
        }
    }
    None
}

/// The node of the variable that an expression in a statement or call starts from.
pub(super) fn root_in(tree: &Tree, node: NodeId, text: &str) -> Option<NodeId> {
    identifier(tree, node, first_word(text).as_bytes())
}
