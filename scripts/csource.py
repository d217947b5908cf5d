# SPDX-License-Identifier: MIT OR Apache-2.0
"""Reads C as far as mutations need it: comments and strings blanked, functions cut out of a file,
their bodies cut into statements. Nothing is preprocessed and nothing is typed."""
import bisect
import os
import re

# Parts of the tree whose code breaks rules on purpose or does not run in the kernel.
SKIPPED_TOP = {"Documentation", "tools", "samples", "scripts"}
SKIPPED = re.compile(r"^kernel/rcu/|^lib/test_|^lib/tests/|(^|/)(?:self)?tests?/|torture|kunit")


NOT_CODE = re.compile(
    r"""/\*.*?\*/ | //[^\n]*
      | "(?:\\.|[^"\\\n])*"
      | '(?:\\.|[^'\\\n])*'
      | ^[ \t]*\#(?:/\*.*?\*/|\\\r?\n|[^\n])*""",
    re.S | re.M | re.X,
)
CONDITIONAL = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b\s*([^\n]*)")


def blank(raw):
    """The code with all else made spaces, each at its offset, and the offsets of conditionals."""
    conditionals, dead, depth, opened = [], [], 0, None

    def spaces(match):
        nonlocal depth, opened
        text = match.group(0)
        if text[0] == '"':
            return '"' + " " * (len(text) - 2) + '"'
        if text[0] == "'":
            return "0" + " " * (len(text) - 1)
        directive = CONDITIONAL.match(text)
        if directive:
            conditionals.append(match.start())
            word, rest = directive.groups()
            if word.startswith("if"):
                depth += 1
                if opened is None and word == "if" and rest.split("/")[0].strip() == "0":
                    opened = (depth, match.end())
            elif opened and depth == opened[0]:
                dead.append((opened[1], match.start()))
                opened = None
            if word == "endif":
                depth -= 1
        return re.sub(r"[^\n]", " ", text)

    code = NOT_CODE.sub(spaces, raw)
    for start, end in reversed(dead):
        code = code[:start] + re.sub(r"[^\n]", " ", code[start:end]) + code[end:]
    return code, conditionals


class Unreadable(Exception):
    """The text is not what this reader of C takes for statements."""


WORD = re.compile(r"[A-Za-z_]\w*")
SPACE = re.compile(r"\s*")
CLOSING = {"(": ")", "[": "]", "{": "}"}


def skip(text, at):
    return SPACE.match(text, at).end()


def group_end(text, at):
    """The offset behind the bracket that closes the one at `at`."""
    stack = []
    for match in re.compile(r"[()\[\]{}]").finditer(text, at):
        char = match.group(0)
        if char in CLOSING:
            stack.append(CLOSING[char])
        elif not stack or stack.pop() != char:
            raise Unreadable
        if not stack:
            return match.end()
    raise Unreadable


def arguments_at(text, opening):
    """Spans of the arguments of the call whose bracket is at `opening`, and its end."""
    end = group_end(text, opening)
    spans, start, at = [], opening + 1, opening + 1
    while at < end - 1:
        if text[at] in CLOSING:
            at = group_end(text, at)
        else:
            if text[at] == ",":
                spans.append((start, at))
                start = at + 1
            at += 1
    spans.append((start, end - 1))

    def trim(span):
        first, last = span
        inner = text[first:last]
        return first + len(inner) - len(inner.lstrip()), first + len(inner.rstrip())

    return [trim(span) for span in spans], end


class Statement:
    """A statement: its span, the span of its head (a condition) and what it holds."""

    def __init__(self, kind, start, end, head=None, lists=(), name=""):
        self.kind, self.start, self.end, self.head = kind, start, end, head
        self.lists, self.name = list(lists), name


class Statements:
    """Cuts a blanked function body into statements."""

    KEYWORDS = {"if", "for", "while", "switch", "do", "case", "default", "return", "goto", "break",
                "continue", "else"}
    NO_LOOP = {"typeof", "__typeof__", "__attribute__", "asm", "__asm__", "sizeof"}

    def __init__(self, text):
        self.text = text

    def block(self, at):
        """Statements from behind a `{` to its `}`, and the offset behind that."""
        found = []
        while True:
            at = skip(self.text, at)
            if at >= len(self.text):
                raise Unreadable
            if self.text[at] == "}":
                return found, at + 1
            statement = self.statement(at)
            found.append(statement)
            at = statement.end

    def head(self, at):
        at = skip(self.text, at)
        if self.text[at:at + 1] != "(":
            raise Unreadable
        return at, group_end(self.text, at)

    def to_semicolon(self, at):
        stop = re.compile(r"[;({\[\])}]")
        while True:
            match = stop.search(self.text, at)
            if not match or match.group(0) in ")]}":
                raise Unreadable
            if match.group(0) == ";":
                return match.end()
            at = group_end(self.text, match.start())

    def body(self, at):
        """A nested statement as a list."""
        inner = self.statement(skip(self.text, at))
        return (inner.lists[0] if inner.kind == "block" else [inner]), inner.end

    def statement(self, at):
        text, start = self.text, at
        if text[at] == "{":
            inner, end = self.block(at + 1)
            return Statement("block", start, end, lists=[inner])
        word = WORD.match(text, at)
        name = word.group(0) if word else ""
        if name == "else":
            raise Unreadable
        if name in ("if", "for", "while", "switch"):
            head = self.head(word.end())
            first, end = self.body(head[1])
            lists = [first]
            if name == "if":
                other = WORD.match(text, skip(text, end))
                if other and other.group(0) == "else":
                    second, end = self.body(other.end())
                    lists.append(second)
            kind = "loop" if name in ("for", "while") else name
            return Statement(kind, start, end, head, lists, name)
        if name == "do":
            inner, end = self.body(word.end())
            tail = WORD.match(text, skip(text, end))
            if not tail or tail.group(0) != "while":
                raise Unreadable
            head = self.head(tail.end())
            return Statement("loop", start, self.to_semicolon(head[1]), head, [inner], name)
        if name in ("case", "default"):
            colon = re.compile(r"[^:?;{}]*:").match(text, word.end())
            if not colon:
                raise Unreadable
            return Statement("case", start, colon.end(), name=name)
        if name in ("return", "goto", "break", "continue"):
            return Statement(name, start, self.to_semicolon(word.end()),
                             name=text[word.end():self.to_semicolon(word.end()) - 1].strip())
        if name:
            after = skip(text, word.end())
            if text[after:after + 1] == ":":
                return Statement("label", start, after + 1, name=name)
            if text[after:after + 1] == "(" and name not in self.NO_LOOP:
                end = group_end(text, after)
                following = skip(text, end)
                if text[following:following + 1] == "{" or WORD.match(text, following):
                    inner, last = self.body(end)
                    return Statement("loop", start, last, (after, end), [inner], name)
        return Statement("simple", start, self.to_semicolon(at))


DEAD = "dead"


class Flow:
    """How often something is held at each place of a function: a number, or None if unknown."""

    def __init__(self, function, acquire, release):
        self.text = function.code
        self.events = [(match.start(), match.end(), by) for expression, by in
                       ((acquire, 1), (release, -1))
                       for match in expression.finditer(self.text, *function.body)]
        self.events.sort()
        self.starts = [event[0] for event in self.events]
        self.records, self.exits, self.pending, self.breaks = [], [], {}, []
        last = self.run(function.statements, 0)
        self.exits.append((function.body[1], last))
        self.places = [place for place, _ in self.records]

    def balanced(self):
        return all(state in (0, DEAD) for _, state in self.exits)

    def at(self, place):
        index = bisect.bisect_right(self.places, place) - 1
        state = self.records[index][1] if index >= 0 else 0
        return None if state == DEAD else state

    def effects(self, start, end, state):
        self.records.append((start, state))
        for index in range(bisect.bisect_left(self.starts, start), len(self.events)):
            place, behind, by = self.events[index]
            if place >= end:
                break
            if isinstance(state, int):
                state += by
            self.records.append((behind, state))
        return state

    @staticmethod
    def merge(one, other):
        if one == DEAD:
            return other
        return one if other in (DEAD, one) else None

    def run(self, statements, state):
        for statement in statements:
            state = self.step(statement, state)
        return state

    def loose(self, statement, state):
        """A body that breaks leave."""
        self.breaks.append(DEAD)
        last = self.run(statement.lists[0], state)
        return last, self.breaks.pop()

    def step(self, statement, state):
        kind = statement.kind
        if kind == "simple":
            return self.effects(statement.start, statement.end, state)
        self.records.append((statement.start, state))
        if kind == "block":
            return self.run(statement.lists[0], state)
        if kind == "if":
            state = self.effects(*statement.head, state)
            ends = [self.run(inner, state) for inner in statement.lists]
            return self.merge(ends[0], ends[1] if len(ends) > 1 else state)
        if kind == "loop":
            head = re.sub(r"\s", "", self.text[statement.head[0]:statement.head[1]])
            if statement.name == "do":
                last, left = self.loose(statement, state)
                last = self.effects(*statement.head, last)
                return self.merge(last, left) if head not in ("(1)", "(true)") else left
            state = self.effects(*statement.head, state)
            last, left = self.loose(statement, state)
            if head in ("(1)", "(true)", "(;;)"):
                return left
            return self.merge(self.merge(state, last), left)
        if kind == "switch":
            state = self.effects(*statement.head, state)
            self.breaks.append(DEAD)
            last, default = DEAD, False
            for inner in statement.lists[0]:
                if inner.kind == "case":
                    default = default or inner.name == "default"
                    last = self.merge(last, state)
                last = self.step(inner, last)
            last = self.merge(last, self.breaks.pop())
            return last if default else self.merge(last, state)
        if kind == "label":
            state = self.merge(state, self.pending.pop(statement.name, DEAD))
            state = None if state == DEAD else state
            self.records.append((statement.end, state))
            return state
        if kind == "goto":
            self.pending[statement.name] = self.merge(self.pending.get(statement.name, DEAD), state)
            return DEAD
        if kind == "return":
            state = self.effects(statement.start, statement.end, state)
            self.exits.append((statement.start, state))
            return DEAD
        if kind == "break" and self.breaks:
            self.breaks[-1] = self.merge(self.breaks[-1], state)
        return state if kind == "case" else DEAD


ATTRIBUTES = re.compile(r"\b(?:__attribute__|__acquires|__releases|__must_hold|__printf|__section"
                        r"|__aligned|__no_sanitize\w*|__alloc_size|__cond_lock)\s*\(")
HEADER = re.compile(r"([A-Za-z_]\w*)\s*\(")
NO_FUNCTION = re.compile(r"=|^\s*(?:typedef|struct\s+\w+\s*$|union\s+\w+\s*$|enum\b)")


POINTER = re.compile(r"(?:\s*(?:__\w+|const))*\s*\*\s*(?:__\w+\s+|const\s+)*(\w+)\s*(?:=|$)")


class Function:
    """A function of a file: the spans of its header and body (inside the braces)."""

    def __init__(self, source, name, header, body):
        self.source, self.name, self.header, self.body = source, name, header, body
        self.code = source.code
        self.first = source.line(header[0])
        self.last = source.line(body[1])
        self.head_text = self.code[header[0]:header[1]]
        self.text = self.code[body[0]:body[1]]
        self.static = bool(re.search(r"\bstatic\b", self.head_text))
        self.flows, self.facts = {}, {}
        self.parsed = None

    @property
    def statements(self):
        """The statements of the body; none, if they cannot be read."""
        self.parse()
        return self.parsed

    @property
    def lists(self):
        """Lists of statements, each with the statement that holds it."""
        self.parse()
        return self.nested

    def parse(self):
        if self.parsed is None:
            self.nested = []
            try:
                self.parsed, end = Statements(self.code[:self.body[1] + 1]).block(self.body[0])
                if end != self.body[1] + 1:
                    raise Unreadable
            except Unreadable:
                self.parsed = []
            self.collect(self.parsed, None)

    def collect(self, statements, owner):
        self.nested.append((statements, owner))
        for statement in statements:
            for inner in statement.lists:
                self.collect(inner, statement)

    def all(self):
        """Every statement with the list it stands in and the statement that holds the list."""
        for statements, owner in self.lists:
            for index, statement in enumerate(statements):
                yield statement, statements, index, owner

    def flow(self, acquire, release):
        key = (acquire.pattern, release.pattern)
        if key not in self.flows:
            self.flows[key] = Flow(self, acquire, release)
        return self.flows[key]

    def of(self, statement):
        return self.code[statement.start:statement.end]

    def calls(self, names):
        """Calls in the body: name, spans of the arguments, start and end."""
        for match in re.compile(r"\b(" + names + r")\s*\(").finditer(self.code, *self.body):
            try:
                spans, end = arguments_at(self.code, match.end() - 1)
            except Unreadable:
                continue
            yield match.group(1), spans, match.start(), end

    def argument(self, span):
        return " ".join(self.code[span[0]:span[1]].split())

    def struct_of(self, name):
        """The tag of the structure that a local or a parameter points to."""
        if name not in self.facts:
            self.facts[name] = None
            text = self.head_text + ";" + self.text
            for match in re.finditer(r"\bstruct\s+(\w+)\b(?=([^;{}]*))", text):
                depth, start, rest = 0, 0, match.group(2)
                parts = []
                for at, char in enumerate(rest):
                    depth += (char in "([") - (char in ")]")
                    if depth < 0:
                        rest = rest[:at]
                        break
                    if char == "," and depth == 0:
                        parts.append(rest[start:at])
                        start = at + 1
                parts.append(rest[start:])
                for index, part in enumerate(parts):
                    declared = POINTER.match(part)
                    if not declared and index:
                        if not re.match(r"\s*\w+\s*(?:=|$)", part):
                            break
                        continue
                    if declared and declared.group(1) == name:
                        self.facts[name] = match.group(1)
                        return self.facts[name]
        return self.facts[name]


class Source:
    """A file: its text, the blanked text and its functions; with `arms`, those as well that
    preprocessor conditions are in, whose arms are then read one behind the other."""

    def __init__(self, path, raw, arms=False):
        self.path, self.raw, self.arms = path, raw, arms
        self.code, self.conditionals = blank(raw)
        self.newlines = [match.start() for match in re.finditer("\n", raw)]
        self.functions = []
        start = 0
        for end in re.finditer(r"^\}", self.code, re.M):
            function = self.function(start, end.start())
            if function:
                self.functions.append(function)
            start = end.end()

    def line(self, at):
        return bisect.bisect_left(self.newlines, at) + 1

    def divided(self, start, end):
        """Whether the line of a preprocessor condition is between two places."""
        low = bisect.bisect_left(self.conditionals, start)
        return low < len(self.conditionals) and self.conditionals[low] < end

    def function(self, start, end):
        """The function that ends at `end`, if the text before that is one that can be read."""
        braces = list(re.compile(r"^\{", re.M).finditer(self.code, start, end))
        if braces:
            opening = braces[-1].start()
        else:
            brace = re.compile(r"\)[^;{}=()]*\{[ \t]*$", re.M).search(self.code, start, end)
            if not brace:
                return None
            opening = self.code.index("{", brace.start())
        head = max(self.code.rfind(char, start, opening) for char in ";}") + 1
        head = skip(self.code, max(head, start))
        header = self.code[head:opening]
        plain = ATTRIBUTES.sub(lambda m: " " * len(m.group(0)), header)
        name, at = None, 0
        while True:  # the last name in front of brackets, but for attributes behind those
            match = HEADER.search(plain, at)
            if not match:
                break
            if name is None or plain[:match.start()].rstrip()[-1:] != ")":
                name = match
            try:
                at = group_end(plain, match.end() - 1)
            except Unreadable:
                return None
        if not name:
            return None
        earlier = plain.rfind(")", 0, name.start()) + 1  # a macro's call without a semicolon
        head = skip(self.code, head + earlier)
        if NO_FUNCTION.search(self.code[head:opening]):
            return None
        title = name.group(1)
        if re.match(r"(COMPAT_)?SYSCALL_DEFINE\d|BPF_CALL_\d|DEFINE_\w+$", title):
            inner = re.compile(r"\s*(\w+)").match(plain, name.end())
            title = inner.group(1) if inner else title
        if self.divided(head, opening if self.arms else end):
            return None  # arms may each close a brace, or take another lock
        return Function(self, title, (head, opening), (opening + 1, end))

    def named(self, name):
        return [function for function in self.functions if function.name == name]


def sources(tree, words=("rcu",), arms=False):
    """The .c files of a tree that run in the kernel and have one of the words."""
    for folder, subfolders, files in os.walk(tree):
        if folder == tree:
            subfolders[:] = [name for name in subfolders if name not in SKIPPED_TOP]
        subfolders[:] = sorted(name for name in subfolders if name != ".git")
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), tree)
            if not name.endswith(".c") or SKIPPED.search(path):
                continue
            with open(os.path.join(tree, path), "rb") as stream:
                text = stream.read().decode("latin-1")
            if any(word in text for word in words):
                yield Source(path, text, arms)
