//! Expressions in the order of evaluation; conditions as branches.

use crate::flow::build::Builder;
use crate::flow::cfg::{Assume, BlockId, Step};
use crate::syntax::{Field, Kind, NodeId, Tree};

impl Builder<'_> {
    /// Evaluates an expression.
    pub(super) fn expression(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::Identifier => self.name(node),
            Kind::SizeofExpression
            | Kind::AlignofExpression
            | Kind::OffsetofExpression
            | Kind::TypeDescriptor
            | Kind::FieldIdentifier
            | Kind::NumberLiteral
            | Kind::StringLiteral => {}
            Kind::ParenthesizedExpression | Kind::ArgumentList | Kind::CommaExpression => {
                self.operands(node);
            }
            Kind::CompoundStatement
            | Kind::ExpressionStatement
            | Kind::Declaration
            | Kind::IfStatement
            | Kind::ForStatement
            | Kind::WhileStatement
            | Kind::DoStatement
            | Kind::SwitchStatement
            | Kind::ReturnStatement
            | Kind::GotoStatement
            | Kind::BreakStatement
            | Kind::ContinueStatement
            | Kind::LabeledStatement => self.statement(node),
            Kind::BinaryExpression if matches!(tree.operator(node), b"&&" | b"||") => {
                let (yes, no, after) = (self.block(), self.block(), self.block());
                self.condition(node, yes, no);
                self.edge(yes, after, None);
                self.edge(no, after, None);
                self.at = after;
            }
            Kind::ConditionalExpression => self.choice(node),
            Kind::CallExpression => {
                if let Some(function) = tree.child(node, Field::Function) {
                    self.expression(function);
                }
                if let Some(arguments) = tree.child(node, Field::Arguments) {
                    self.operands(arguments);
                }
                self.step(Step::Node(node));
            }
            _ => {
                self.operands(node);
                self.step(Step::Node(node));
            }
        }
    }

    pub(super) fn operands(&mut self, node: NodeId) {
        let tree = self.tree;
        for child in tree.children(node) {
            self.expression(child);
        }
    }

    /// `a ? b : c`, `a ?: c`
    fn choice(&mut self, node: NodeId) {
        let tree = self.tree;
        let (yes, no, after) = (self.block(), self.block(), self.block());
        if let Some(condition) = tree.child(node, Field::Condition) {
            self.condition(condition, yes, no);
        }
        for (block, field) in [(yes, Field::Consequence), (no, Field::Alternative)] {
            self.at = block;
            if let Some(value) = tree.child(node, field) {
                self.expression(value);
            }
            self.go(after);
        }
        self.at = after;
        self.step(Step::Node(node));
    }

    /// Evaluates a condition, and goes on in one of two blocks.
    pub(super) fn condition(&mut self, node: NodeId, yes: BlockId, no: BlockId) {
        let tree = self.tree;
        let node = tree.bare(node);
        match tree.kind(node) {
            Kind::UnaryExpression if tree.operator(node) == b"!" => {
                if let Some(inner) = tree.child(node, Field::Argument) {
                    return self.condition(inner, no, yes);
                }
            }
            Kind::BinaryExpression if matches!(tree.operator(node), b"&&" | b"||") => {
                let sides = tree.child(node, Field::Left).zip(tree.child(node, Field::Right));
                if let Some((left, right)) = sides {
                    let middle = self.block();
                    if tree.operator(node) == b"&&" {
                        self.condition(left, middle, no);
                    } else {
                        self.condition(left, yes, middle);
                    }
                    self.at = middle;
                    return self.condition(right, yes, no);
                }
            }
            Kind::CommaExpression => {
                let sides = tree.child(node, Field::Left).zip(tree.child(node, Field::Right));
                if let Some((left, right)) = sides {
                    self.expression(left);
                    return self.condition(right, yes, no);
                }
            }
            Kind::CallExpression => {
                if let Some(inner) = transparent(tree, node) {
                    // A macro that a condition passes through; its other arguments are words.
                    return self.condition(inner, yes, no);
                }
            }
            Kind::NumberLiteral | Kind::True | Kind::False => {
                let holds = !matches!(tree.text(node), b"0" | b"false");
                return self.go(if holds { yes } else { no });
            }
            _ => {}
        }
        self.expression(node);
        if self.asserting {
            self.cfg.asserted.insert(node);
        }
        let from = self.at;
        self.edge(from, yes, Some(Assume { condition: node, holds: true }));
        self.edge(from, no, Some(Assume { condition: node, holds: false }));
    }
}

/// For a call that is true if its first argument is: that argument. Sources:
/// include/linux/compiler.h, include/asm-generic/bug.h.
pub(super) fn transparent(tree: &Tree, call: NodeId) -> Option<NodeId> {
    let function = tree.child(call, Field::Function)?;
    let known = matches!(
        tree.text(function),
        b"likely"
            | b"unlikely"
            | b"WARN_ON"
            | b"WARN_ON_ONCE"
            | b"WARN"
            | b"WARN_ONCE"
            | b"__builtin_expect"
            | b"data_race"
            | b"IS_ENABLED"
            | b"DEBUG_LOCKS_WARN_ON"
            | b"RB_WARN_ON"
            | b"VM_WARN_ON"
            | b"VM_WARN_ON_ONCE"
            | b"WARN_RATELIMIT"
    );
    let list = tree.child(call, Field::Arguments).filter(|_| known)?;
    tree.first_child(list)
}
