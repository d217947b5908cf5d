//! A syntax tree that owns its text: nodes in one vector, in preorder.

use crate::index::FileId;
use crate::syntax::kinds::{Field, Kind};
use crate::text::Span;

/// A node of a [`Tree`].
pub type NodeId = u32;

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeData {
    pub kind: Kind,
    pub field: Field,
    /// First byte of the operator, second byte or 0.
    pub operator: [u8; 2],
    pub span: Span,
    pub parent: u32,
    pub first: u32,
    pub next: u32,
}

/// A parsed text: an item of a file, or the expansion of a macro.
#[derive(Debug)]
pub struct Tree {
    /// No other tree of the process has it.
    pub(crate) id: u64,
    pub(crate) nodes: Vec<NodeData>,
    /// The text as written, before normalisation; node spans are offsets in it.
    pub text: Box<[u8]>,
    /// Where the text begins in its file; 0 for expansions.
    pub base: u32,
    /// Whether the text is a piece of the file, not an expansion.
    pub in_file: bool,
    /// The file of the index that the text is from; `None` for the file at hand.
    pub home: Option<FileId>,
    /// Parts that the parser did not understand.
    pub errors: Vec<Span>,
    /// Macro calls that stand in for members or declarations and were left out of the parse.
    pub macro_members: Vec<Span>,
    /// For `MACRO(...) { body }`: the head, which was left out of the parse.
    pub macro_head: Option<Span>,
}

impl Tree {
    /// The root node.
    pub fn root(&self) -> NodeId {
        0
    }

    /// What a node is.
    pub fn kind(&self, node: NodeId) -> Kind {
        self.nodes[node as usize].kind
    }

    /// Which part of its parent a node is.
    pub fn field(&self, node: NodeId) -> Field {
        self.nodes[node as usize].field
    }

    /// The operator of an expression (`->`, `&`, `==`, ...); empty where it has none.
    pub fn operator(&self, node: NodeId) -> &[u8] {
        let operator = &self.nodes[node as usize].operator;
        match operator {
            [0, _] => &[],
            [_, 0] => &operator[..1],
            _ => operator,
        }
    }

    /// A node's span in [`Tree::text`].
    pub fn span(&self, node: NodeId) -> Span {
        self.nodes[node as usize].span
    }

    /// A node's span in the file.
    pub fn file_span(&self, node: NodeId) -> Span {
        self.span(node).shifted(self.base as usize)
    }

    /// A node's text as written.
    pub fn text(&self, node: NodeId) -> &[u8] {
        &self.text[self.span(node).range()]
    }

    /// The node around a node.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        let parent = self.nodes[node as usize].parent;
        (parent != NONE).then_some(parent)
    }

    /// A node's children, in order.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let first = self.nodes[node as usize].first;
        std::iter::successors((first != NONE).then_some(first), |at| {
            let next = self.nodes[*at as usize].next;
            (next != NONE).then_some(next)
        })
    }

    /// The first child that is this part of the node.
    pub fn child(&self, node: NodeId, field: Field) -> Option<NodeId> {
        self.children(node).find(|child| self.field(*child) == field)
    }

    /// The first child.
    pub fn first_child(&self, node: NodeId) -> Option<NodeId> {
        self.children(node).next()
    }

    /// The first child of this kind.
    pub fn child_of_kind(&self, node: NodeId, kind: Kind) -> Option<NodeId> {
        self.children(node).find(|child| self.kind(*child) == kind)
    }

    /// Every node of the tree, parents before children.
    pub fn all(&self) -> impl Iterator<Item = NodeId> + use<> {
        0..self.nodes.len() as NodeId
    }

    /// The node without the parentheses around it.
    pub fn bare(&self, mut node: NodeId) -> NodeId {
        while self.kind(node) == Kind::ParenthesizedExpression {
            match self.first_child(node) {
                Some(inner) if self.kind(inner) != Kind::CompoundStatement => node = inner,
                _ => break,
            }
        }
        node
    }
}
