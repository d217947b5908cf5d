//! Node kinds and fields of tree-sitter-c as enums, so that matches are checked and fast.

use std::sync::OnceLock;

macro_rules! names {
    ($(#[$doc:meta])* $enum:ident, $other:ident, $($variant:ident = $name:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "named as in the grammar")]
        pub enum $enum { $($variant,)* $other }
        impl $enum {
            fn from_name(name: &str) -> $enum {
                match name { $($name => $enum::$variant,)* _ => $enum::$other }
            }
        }
    };
}

names! {
    /// The kinds of nodes that are told apart; all others are `Other`.
    Kind, Other,
    TranslationUnit = "translation_unit",
    FunctionDefinition = "function_definition",
    Declaration = "declaration",
    TypeDefinition = "type_definition",
    StructSpecifier = "struct_specifier",
    UnionSpecifier = "union_specifier",
    EnumSpecifier = "enum_specifier",
    FieldDeclarationList = "field_declaration_list",
    FieldDeclaration = "field_declaration",
    EnumeratorList = "enumerator_list",
    Enumerator = "enumerator",
    PrimitiveType = "primitive_type",
    SizedTypeSpecifier = "sized_type_specifier",
    MacroTypeSpecifier = "macro_type_specifier",
    TypeIdentifier = "type_identifier",
    TypeQualifier = "type_qualifier",
    StorageClassSpecifier = "storage_class_specifier",
    TypeDescriptor = "type_descriptor",
    InitDeclarator = "init_declarator",
    PointerDeclarator = "pointer_declarator",
    ArrayDeclarator = "array_declarator",
    FunctionDeclarator = "function_declarator",
    ParenthesizedDeclarator = "parenthesized_declarator",
    AttributedDeclarator = "attributed_declarator",
    AbstractPointerDeclarator = "abstract_pointer_declarator",
    AbstractArrayDeclarator = "abstract_array_declarator",
    AbstractFunctionDeclarator = "abstract_function_declarator",
    AbstractParenthesizedDeclarator = "abstract_parenthesized_declarator",
    ParameterList = "parameter_list",
    ParameterDeclaration = "parameter_declaration",
    VariadicParameter = "variadic_parameter",
    BitfieldClause = "bitfield_clause",
    CompoundStatement = "compound_statement",
    ExpressionStatement = "expression_statement",
    IfStatement = "if_statement",
    ElseClause = "else_clause",
    SwitchStatement = "switch_statement",
    CaseStatement = "case_statement",
    WhileStatement = "while_statement",
    DoStatement = "do_statement",
    ForStatement = "for_statement",
    ReturnStatement = "return_statement",
    BreakStatement = "break_statement",
    ContinueStatement = "continue_statement",
    GotoStatement = "goto_statement",
    LabeledStatement = "labeled_statement",
    Identifier = "identifier",
    FieldIdentifier = "field_identifier",
    StatementIdentifier = "statement_identifier",
    NumberLiteral = "number_literal",
    StringLiteral = "string_literal",
    ConcatenatedString = "concatenated_string",
    CharLiteral = "char_literal",
    True = "true",
    False = "false",
    Null = "null",
    ParenthesizedExpression = "parenthesized_expression",
    FieldExpression = "field_expression",
    SubscriptExpression = "subscript_expression",
    PointerExpression = "pointer_expression",
    UnaryExpression = "unary_expression",
    BinaryExpression = "binary_expression",
    AssignmentExpression = "assignment_expression",
    UpdateExpression = "update_expression",
    CastExpression = "cast_expression",
    ConditionalExpression = "conditional_expression",
    CommaExpression = "comma_expression",
    CallExpression = "call_expression",
    ArgumentList = "argument_list",
    CompoundLiteralExpression = "compound_literal_expression",
    SizeofExpression = "sizeof_expression",
    AlignofExpression = "alignof_expression",
    OffsetofExpression = "offsetof_expression",
    GenericExpression = "generic_expression",
    ExtensionExpression = "extension_expression",
    InitializerList = "initializer_list",
    InitializerPair = "initializer_pair",
    FieldDesignator = "field_designator",
    SubscriptDesignator = "subscript_designator",
    GnuAsmExpression = "gnu_asm_expression",
    Error = "ERROR",
}

names! {
    /// The fields that are told apart.
    Field, None,
    Argument = "argument",
    Arguments = "arguments",
    Alternative = "alternative",
    Body = "body",
    Condition = "condition",
    Consequence = "consequence",
    Declarator = "declarator",
    Designator = "designator",
    Field = "field",
    Function = "function",
    Index = "index",
    Initializer = "initializer",
    Label = "label",
    Left = "left",
    Name = "name",
    Operator = "operator",
    Parameters = "parameters",
    Right = "right",
    Size = "size",
    Type = "type",
    Update = "update",
    Value = "value",
}

/// Grammar ids to enums.
pub(crate) struct Tables {
    pub kinds: Vec<Kind>,
    pub fields: Vec<Field>,
}

/// The tables of the one grammar in use.
pub(crate) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let language: tree_sitter::Language = tree_sitter_c::LANGUAGE.into();
        let kinds = (0..language.node_kind_count() as u16)
            .map(|id| {
                let named = language.node_kind_is_named(id);
                let name = language.node_kind_for_id(id).unwrap_or("");
                if named { Kind::from_name(name) } else { Kind::Other }
            })
            .collect();
        let fields = (0..=language.field_count() as u16)
            .map(|id| language.field_name_for_id(id).map_or(Field::None, Field::from_name))
            .collect();
        Tables { kinds, fields }
    })
}
