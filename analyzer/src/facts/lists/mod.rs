//! Lists that readers walk: loops over lists and calls that change them ([`uses`]), which list they
//! mean ([`identity`]), which functions are worth a look ([`around`]), and which of it concerns
//! readers ([`readers`]).

pub(super) mod around;
mod identity;
pub(super) mod readers;
pub(super) mod uses;

use crate::facts::{Context, Declaration, WhyBare};
use crate::kernel::context::Kind;
use crate::text::Span;

/// What a file does with lists that readers walk.
#[derive(Debug, Default)]
pub struct ListFacts {
    /// Loops, by position.
    pub walks: Vec<ListWalk>,
    /// Plain changes, by position.
    pub changes: Vec<ListChange>,
}

impl ListFacts {
    /// Whether there is anything for a rule to judge.
    pub fn any(&self) -> bool {
        !self.walks.is_empty() || !self.changes.is_empty()
    }
}

/// A loop over a list for readers, or a plain one over a list that readers walk elsewhere.
#[derive(Clone, Debug)]
pub struct ListWalk {
    /// The function it stands in.
    pub function: Option<String>,
    /// The name of the loop's macro.
    pub span: Span,
    /// The list as the loop names it; where it names none, what takes each element.
    pub expression: String,
    /// The macro: `list_for_each_entry`.
    pub iterator: String,
    /// The form of the macro for readers, or of such a form the plain one, where it takes the same
    /// arguments.
    pub twin: Option<String>,
    /// It loads links as readers must.
    pub rcu: bool,
    /// The readers that the macro is made for.
    pub reader: Kind,
    /// It says why it may run outside a reader section.
    pub justified: bool,
    /// Which list: `struct port.peers`, `all_ports`, or what it links: `struct peer.node`.
    pub list: Option<String>,
    /// For a plain loop: where the list is used for readers, and whether it is walked there
    /// (otherwise it is changed).
    pub readers: Option<(Declaration, bool)>,
    /// In what context it runs.
    pub context: Context,
    /// For a loop for readers: how it is known that nothing protects it.
    pub bare: Option<WhyBare>,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}

/// A call that puts something into a list that readers walk, in a way that they cannot bear.
#[derive(Clone, Debug)]
pub struct ListChange {
    /// The function it stands in.
    pub function: Option<String>,
    /// The name of the function called.
    pub span: Span,
    /// The list, or the element beside which it goes.
    pub expression: String,
    /// The function called: `list_add`.
    pub call: String,
    /// The form that readers can bear, with the same arguments.
    pub twin: Option<String>,
    /// What is put in was in a list before.
    pub moves: bool,
    /// Which list: `struct port.peers`, `all_ports`, or what it links: `struct peer.node`.
    pub list: Option<String>,
    /// Where readers walk the list, and whether they do (otherwise it is changed for them).
    pub readers: (Declaration, bool),
    /// It runs while the kernel boots or a module is loaded.
    pub initial: bool,
    /// In what context it runs.
    pub context: Context,
    /// Whether it lies in a preprocessor arm, and under which condition.
    pub condition: Option<String>,
}
