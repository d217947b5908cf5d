//! Lists that readers walk.

use crate::facts::walk::Walk;
use crate::syntax::NodeId;

impl Walk<'_, '_, '_> {
    /// Looks at an expression, with the variables that it sees in scope.
    pub(super) fn lists(&mut self, _node: NodeId) {}

    /// Looks at the whole function, after everything in it was looked at.
    pub(super) fn lists_of_function(&mut self) {}
}
