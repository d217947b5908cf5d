//! From declarations in a syntax tree to types.

use std::sync::Arc;

use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::text::Span;
use crate::types::{MacroDef, Member, Parameter, Qualified, Record, Signature, Type};

/// What an item defines.
#[derive(Debug, Default)]
pub struct ParsedItem {
    /// Names in the ordinary name space.
    pub declared: Vec<Declared>,
    /// Struct and union bodies with a tag, nested ones among them.
    pub records: Vec<Arc<Record>>,
    /// For a `#define`: the macro.
    pub define: Option<Arc<MacroDef>>,
}

/// A declared name.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Qualified,
    /// Whether it names a type.
    pub typedef: bool,
    /// `static` inside a function, or not a variable of the function at all (`extern`).
    pub shared: bool,
    /// The name, in the file.
    pub span: Span,
    /// The initialiser, in the tree that was read.
    pub value: Option<NodeId>,
}

impl ParsedItem {
    /// What the declarations at the top of a tree define.
    pub fn of_tree(tree: &Tree) -> ParsedItem {
        let mut item = ParsedItem::default();
        let mut reader = Reader { tree, records: &mut item.records };
        let mut declared = Vec::new();
        for node in tree.children(tree.root()) {
            declared.extend(reader.declaration(node));
        }
        item.declared = declared;
        item
    }

    /// Adds what another reading of the same item (other preprocessor arms) defines.
    pub fn merge(&mut self, other: ParsedItem) {
        for declared in other.declared {
            let known =
                self.declared.iter().any(|d| d.span == declared.span && d.ty == declared.ty);
            if !known {
                self.declared.push(declared);
            }
        }
        for record in other.records {
            if !self.records.contains(&record) {
                self.records.push(record);
            }
        }
    }
}

/// Reads declarations; bodies of tagged records are collected on the way.
pub(crate) struct Reader<'a> {
    pub tree: &'a Tree,
    pub records: &'a mut Vec<Arc<Record>>,
}

impl Reader<'_> {
    /// The names that a declaration, type definition or function definition declares.
    pub fn declaration(&mut self, node: NodeId) -> Vec<Declared> {
        let tree = self.tree;
        let kind = tree.kind(node);
        let typedef = match kind {
            Kind::TypeDefinition => true,
            Kind::Declaration | Kind::FunctionDefinition => false,
            // A lone `struct x { ... };`.
            Kind::StructSpecifier | Kind::UnionSpecifier | Kind::EnumSpecifier => {
                let mut declared = Vec::new();
                self.enumerators(node, &mut declared);
                self.specifier(node);
                return declared;
            }
            _ => return Vec::new(),
        };
        let base = self.base(node);
        let mut out = Vec::new();
        if let Some(ty) = tree.child(node, Field::Type) {
            self.enumerators(ty, &mut out);
        }
        let shared = tree.children(node).any(|child| {
            tree.kind(child) == Kind::StorageClassSpecifier
                && matches!(tree.text(child), b"static" | b"extern")
        });
        let mut before =
            tree.child(node, Field::Type).map_or(tree.span(node), |n| tree.span(n)).end;
        for child in tree.children(node) {
            if tree.field(child) != Field::Declarator {
                continue;
            }
            let mut base = base.clone();
            // `T *a, __rcu **b`
            base.rcu |= self.misplaced(before, tree.span(child).start) && !out.is_empty();
            before = tree.span(child).end;
            let (declarator, value) = match tree.kind(child) {
                Kind::InitDeclarator => (
                    tree.child(child, Field::Declarator).unwrap_or(child),
                    tree.child(child, Field::Value),
                ),
                _ => (child, None),
            };
            let (name, ty) = self.declarator(declarator, base);
            if let Some((name, span)) = name {
                out.push(Declared { name, ty, typedef, shared, span, value });
            }
        }
        out
    }

    /// The type before the declarators.
    fn base(&mut self, node: NodeId) -> Qualified {
        let tree = self.tree;
        let ty = tree.child(node, Field::Type).map_or(Type::Unknown, |ty| self.specifier(ty));
        Qualified { ty, rcu: self.qualifier(node) }
    }

    /// Whether `__rcu` stands among a node's own qualifiers.
    fn qualifier(&self, node: NodeId) -> bool {
        self.tree.children(node).any(|child| match self.tree.kind(child) {
            Kind::TypeQualifier => self.tree.text(child).starts_with(b"__rcu"),
            // `unsigned long __rcu *`
            Kind::SizedTypeSpecifier => self.qualifier(child),
            _ => false,
        })
    }

    /// Whether `__rcu` stands in a part of the text where the grammar has no place for it.
    fn misplaced(&self, from: u32, to: u32) -> bool {
        from < to
            && memchr::memmem::find(
                &self.tree.text[Span { start: from, end: to }.range()],
                b"__rcu",
            )
            .is_some()
    }

    /// The type that a `type_descriptor` names: `struct x __rcu *` in a cast.
    pub fn descriptor(&mut self, node: NodeId) -> Qualified {
        let base = self.base(node);
        match self.tree.child(node, Field::Declarator) {
            Some(declarator) => self.declarator(declarator, base).1,
            None => base,
        }
    }

    fn specifier(&mut self, node: NodeId) -> Type {
        let tree = self.tree;
        let text = tree.text(node);
        match tree.kind(node) {
            Kind::StructSpecifier => self.record(node, "struct"),
            Kind::UnionSpecifier => self.record(node, "union"),
            Kind::EnumSpecifier => Type::Number("enum"),
            Kind::SizedTypeSpecifier => Type::Number(number(text)),
            Kind::PrimitiveType if text == b"void" => Type::Void,
            Kind::PrimitiveType => Type::Number(number(text)),
            Kind::TypeIdentifier => named(text),
            _ => Type::Unknown,
        }
    }

    fn enumerators(&self, node: NodeId, out: &mut Vec<Declared>) {
        let tree = self.tree;
        let Some(body) = tree.child(node, Field::Body) else { return };
        if tree.kind(node) != Kind::EnumSpecifier {
            return;
        }
        for child in tree.children(body) {
            if let Some(name) = tree.child(child, Field::Name) {
                out.push(Declared {
                    name: text(tree, name),
                    ty: Qualified::plain(Type::INT),
                    typedef: false,
                    shared: true,
                    span: tree.file_span(name),
                    value: None,
                });
            }
        }
    }

    fn record(&mut self, node: NodeId, keyword: &'static str) -> Type {
        let tree = self.tree;
        let tag = tree.child(node, Field::Name).map(|name| text(tree, name));
        let Some(body) = tree.child(node, Field::Body) else {
            return tag.map_or(Type::Unknown, Type::Tag);
        };
        let span = tree.span(body);
        let mut members = Vec::new();
        let mut nested: Vec<Span> = Vec::new();
        for field in tree.children(body) {
            if tree.kind(field) == Kind::FieldDeclaration {
                self.members(field, &mut members);
                nested.extend(self.bodies(field));
            }
        }
        let macro_members = tree
            .macro_members
            .iter()
            .filter(|m| span.contains(**m) && !nested.iter().any(|inner| inner.contains(**m)))
            .map(|m| {
                let text = String::from_utf8_lossy(&tree.text[m.range()]).into_owned();
                (text.into(), m.shifted(tree.base as usize))
            })
            .collect();
        let record = Arc::new(Record {
            tag: tag.clone(),
            keyword,
            members,
            macro_members,
            span: tree.file_span(body),
            home: tree.home,
        });
        if tag.is_some() {
            self.records.push(record.clone());
        }
        Type::Record(record)
    }

    /// Bodies of records in a member's type.
    fn bodies(&self, field: NodeId) -> Vec<Span> {
        let body = self
            .tree
            .child(field, Field::Type)
            .and_then(|ty| self.tree.child(ty, Field::Body))
            .map(|body| self.tree.span(body));
        body.into_iter().collect()
    }

    fn members(&mut self, field: NodeId, out: &mut Vec<Member>) {
        let tree = self.tree;
        let base = self.base(field);
        let mut named = false;
        let mut before = tree.child(field, Field::Type).map_or(0, |ty| tree.span(ty).end);
        for child in tree.children(field) {
            if tree.field(child) != Field::Declarator {
                continue;
            }
            let mut base = base.clone();
            base.rcu |= named && self.misplaced(before, tree.span(child).start);
            before = tree.span(child).end;
            named = true;
            let (name, ty) = self.declarator(child, base);
            if let Some((name, span)) = name {
                out.push(Member { name: Some(name), ty, span });
            }
        }
        let bitfield = tree.child_of_kind(field, Kind::BitfieldClause).is_some();
        if !named && !bitfield {
            out.push(Member { name: None, ty: base, span: tree.file_span(field) });
        }
    }

    /// Wraps `base` in what a declarator says; the declared name, if it has one.
    fn declarator(
        &mut self,
        node: NodeId,
        base: Qualified,
    ) -> (Option<(Arc<str>, Span)>, Qualified) {
        let tree = self.tree;
        let inner = tree.child(node, Field::Declarator);
        match tree.kind(node) {
            Kind::Identifier | Kind::FieldIdentifier | Kind::TypeIdentifier => {
                (Some((text(tree, node), tree.file_span(node))), base)
            }
            Kind::PointerDeclarator | Kind::AbstractPointerDeclarator => {
                let pointer =
                    Qualified { ty: Type::Pointer(Arc::new(base)), rcu: self.qualifier(node) };
                self.inner(inner, pointer)
            }
            Kind::ArrayDeclarator | Kind::AbstractArrayDeclarator => {
                self.inner(inner, Qualified::plain(Type::Array(Arc::new(base))))
            }
            Kind::FunctionDeclarator | Kind::AbstractFunctionDeclarator => {
                let parameters = tree
                    .child(node, Field::Parameters)
                    .map_or_else(Vec::new, |list| self.parameters(list));
                let signature = Signature { result: base, parameters };
                self.inner(inner, Qualified::plain(Type::Function(Arc::new(signature))))
            }
            Kind::ParenthesizedDeclarator
            | Kind::AbstractParenthesizedDeclarator
            | Kind::AttributedDeclarator
            | Kind::InitDeclarator => {
                let Some(child) = inner.or_else(|| tree.first_child(node)) else {
                    return (None, base);
                };
                let mut base = base;
                // `void (__rcu *handler)(...)`
                base.rcu |= self.misplaced(tree.span(node).start, tree.span(child).start);
                self.declarator(child, base)
            }
            _ => (None, base),
        }
    }

    fn inner(
        &mut self,
        inner: Option<NodeId>,
        ty: Qualified,
    ) -> (Option<(Arc<str>, Span)>, Qualified) {
        match inner {
            Some(inner) => self.declarator(inner, ty),
            None => (None, ty),
        }
    }

    /// The parameters of a parameter list.
    pub fn parameters(&mut self, list: NodeId) -> Vec<Parameter> {
        let tree = self.tree;
        let mut out = Vec::new();
        let mut before = tree.span(list).start;
        for child in tree.children(list) {
            // What stands before the type (`__force const void *`) has no node.
            let whole = Span { start: before, end: tree.span(child).end };
            before = whole.end;
            if tree.kind(child) != Kind::ParameterDeclaration {
                continue;
            }
            let base = self.base(child);
            let (name, ty) = match tree.child(child, Field::Declarator) {
                Some(declarator) => self.declarator(declarator, base),
                None => (None, base),
            };
            // An array parameter is a pointer.
            let ty = match ty.ty {
                Type::Array(of) => Qualified { ty: Type::Pointer(of), rcu: ty.rcu },
                _ => ty,
            };
            let span = name.as_ref().map_or(tree.file_span(child), |(_, span)| *span);
            let force = memchr::memmem::find(&tree.text[whole.range()], b"__force").is_some();
            out.push(Parameter { name: name.map(|(name, _)| name), ty, span, force });
        }
        out
    }
}

/// A number's type in the usual order of the words.
fn number(text: &[u8]) -> &'static str {
    let count =
        |word: &[u8]| text.split(u8::is_ascii_whitespace).filter(|one| *one == word).count();
    let has = |word| count(word) > 0;
    let unsigned = has(b"unsigned");
    let (signed, plain) = match () {
        () if has(b"char") => ("char", "unsigned char"),
        () if has(b"short") => ("short", "unsigned short"),
        () if has(b"double") => ("double", "double"),
        () if has(b"float") => ("float", "float"),
        () if has(b"bool") || has(b"_Bool") => ("bool", "bool"),
        () if has(b"size_t") || has(b"uintptr_t") => ("unsigned long", "unsigned long"),
        () if count(b"long") > 1 => ("long long", "unsigned long long"),
        () if has(b"long") => ("long", "unsigned long"),
        () => ("int", "unsigned int"),
    };
    if unsigned { plain } else { signed }
}

/// The type behind a type identifier: a name, or something that normalisation put one in place of.
pub(crate) fn named(text: &[u8]) -> Type {
    if text.iter().all(|byte| crate::text::lexer::is_ident_byte(*byte)) {
        return match text {
            b"__auto_type" => Type::Auto,
            _ => Type::Named(String::from_utf8_lossy(text).into()),
        };
    }
    let whole = String::from_utf8_lossy(text);
    let Some((head, inside)) = whole.split_once('(') else { return Type::Unknown };
    let inside = inside.trim_end().strip_suffix(')').unwrap_or(inside);
    if head.trim_end() == "typeof_member" {
        return match inside.split_once(',') {
            Some((ty, member)) => Type::Typeof(format!("(({ty} *)0)->{member}").into()),
            None => Type::Unknown,
        };
    }
    Type::Typeof(inside.into())
}

fn text(tree: &Tree, node: NodeId) -> Arc<str> {
    String::from_utf8_lossy(tree.text(node)).into()
}
