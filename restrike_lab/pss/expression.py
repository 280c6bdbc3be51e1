"""Expressions over the fields of a message: a small language for rules, safe to take from anyone.

An expression is a yes-or-no question such as ``blue_body + blue_head <= 30 and round in (1, 2, 3)``. It has the names
of the stream's fields, numbers, texts and lists of them, ``== != < <= > >= in not in``, ``and or not``,
``+ - * // %``, and the functions ``len abs min max``; ``field is None`` asks whether a field is absent. Nothing else is
taken: no attributes, no indices, no other calls. Times are in ms.

The text is read with Python's own grammar and never run by Python: every node allowed is turned into a small function
here, all others are refused. Length, size and depth are bounded, and so is every number on the way. What is compared
and added has to fit together by type, which is known beforehand from the fields, so most mistakes show when the rule
is made and not in the middle of a bout.

An absent field leaves the question open, and then the rule holds, as with every other rule. A field that was sent but
could not be read, a division by zero and a number beyond the bound are answers no.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from restrike_lab.pss.errors import RuleError
from restrike_lab.pss.streams import Message

__all__ = ["MAX_NUMBER", "MAX_TEXT", "Expression", "read_expression"]

MAX_TEXT = 500
"""Characters that an expression may have."""

MAX_NUMBER = 10**15
"""Numbers beyond this are refused in the text, and end an evaluation with no."""

MAX_NODES = 150
MAX_DEPTH = 20
MAX_LIST = 64

Value: TypeAlias = Callable[[Message], Any]

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_EQUAL: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {ast.Eq: operator.eq, ast.NotEq: operator.ne}
_ORDER: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"len": len, "abs": abs, "min": min, "max": max}


class _Open(Exception):
    """The question stays open, since a field it needs is absent."""


class _Unanswerable(Exception):
    """The question has no answer: a number went beyond the bound."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of an expression: its type (number, text, yes-no, none, ``list of ..``) and how it is found."""

    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as it was written, ready to be asked; ``names`` are the fields it needs."""

    text: str
    names: tuple[str, ...]
    _value: Value

    def holds(self, message: Message) -> bool:
        """Tell whether the answer is yes, or open because a field is absent."""
        if message.unread and any(name in self.names for name, _ in message.unread):
            return False
        try:
            return bool(self._value(message))
        except _Open:
            return True
        except (_Unanswerable, ArithmeticError):
            return False


def read_expression(text: str, types: Mapping[str, str]) -> Expression:
    """Return an expression over fields whose types (``number`` or ``text``) are given by name.

    Raises ``RuleError`` with the column and the reason for everything outside the language.
    """
    if len(text) > MAX_TEXT:
        text_is = f"an expression has at most {MAX_TEXT} characters, this one has {len(text)}"
        raise RuleError(text_is, hint="Make two rules of it.")
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = f" at column {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise RuleError(
            f"the expression cannot be read{column}: {getattr(error, 'msg', error)}", hint=_hint(types)
        ) from error
    reader = _Reader(types)
    part = reader.part(body, 0)
    if part.type != "yes-no":
        raise reader.refusal(body, f"the whole is a {part.type}; a rule asks a question, as in points > 0")
    return Expression(text, tuple(sorted(reader.names)), part.value)


def _hint(types: Mapping[str, str]) -> str:
    return (
        f"fields of this stream: {', '.join(types) or 'none'}; compare them with == != < <= > >= in, join with and, or,"
        " not, compute with + - * // % and len, abs, min, max"
    )


class _Reader:
    """Turn the nodes of an expression into functions, refusing all but those of the language."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types
        self.names: set[str] = set()
        self.nodes = 0

    def part(self, node: ast.expr, depth: int) -> _Part:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise self.refusal(node, f"it is too large; at most {MAX_NODES} parts and {MAX_DEPTH} levels are taken")
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node)
            case ast.BoolOp():
                return self.joined(node, depth)
            case ast.UnaryOp():
                return self.unary(node, depth)
            case ast.BinOp():
                return self.arithmetic(node, depth)
            case ast.Compare():
                return self.compared(node, depth)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return self.listed(node, elements)
            case ast.Call():
                return self.call(node, depth)
            case _:
                raise self.refusal(node, f"{_spoken(node)} is not part of the language of rules")

    def constant(self, node: ast.Constant) -> _Part:
        value = node.value
        if value is None:
            return _Part("none", lambda message: None)
        if isinstance(value, str):
            return _Part("text", lambda message: value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) <= MAX_NUMBER:
                raise self.refusal(node, f"numbers go up to {MAX_NUMBER}")
            return _Part("number", lambda message: value)
        raise self.refusal(node, f"{value!r} is neither a number nor a text")

    def name(self, node: ast.Name) -> _Part:
        kind = self.types.get(node.id)
        if kind is None:
            raise self.refusal(node, f"the stream has no field {node.id!r}")
        self.names.add(node.id)
        return _Part(kind, operator.attrgetter(node.id))

    def joined(self, node: ast.BoolOp, depth: int) -> _Part:
        questions = [self.question(value, depth) for value in node.values]
        if isinstance(node.op, ast.And):
            return _Part("yes-no", lambda message: all(question(message) for question in questions))
        return _Part("yes-no", lambda message: any(question(message) for question in questions))

    def unary(self, node: ast.UnaryOp, depth: int) -> _Part:
        if isinstance(node.op, ast.Not):
            question = self.question(node.operand, depth)
            return _Part("yes-no", lambda message: not question(message))
        if isinstance(node.op, ast.USub | ast.UAdd):
            number = self.number(node.operand, depth)
            sign = -1 if isinstance(node.op, ast.USub) else 1
            return _Part("number", lambda message: sign * number(message))
        raise self.refusal(node, "of the signs before a value only -, + and not are taken")

    def arithmetic(self, node: ast.BinOp, depth: int) -> _Part:
        compute = _ARITHMETIC.get(type(node.op))
        if compute is None:
            raise self.refusal(node, f"{_spoken(node.op)} is not taken; compute with + - * // %")
        left, right = self.number(node.left, depth), self.number(node.right, depth)
        return _Part("number", lambda message: _bounded(compute(left(message), right(message))))

    def compared(self, node: ast.Compare, depth: int) -> _Part:
        sides = [self.part(side, depth + 1) for side in (node.left, *node.comparators)]
        steps = [
            self.step(node, one, compare, other)
            for one, compare, other in zip(sides[:-1], node.ops, sides[1:], strict=True)
        ]
        return _Part("yes-no", steps[0] if len(steps) == 1 else lambda message: all(step(message) for step in steps))

    def step(self, node: ast.expr, one: _Part, compare: ast.cmpop, other: _Part) -> Value:
        left, right = one.value, other.value
        if isinstance(compare, ast.In | ast.NotIn):
            return self.contained(node, one, other, wanted=isinstance(compare, ast.In))
        if "none" in (one.type, other.type):
            if not isinstance(compare, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
                raise self.refusal(node, "with None there is only is and is not")
            wanted = isinstance(compare, ast.Is | ast.Eq)
            return lambda message: (left(message) is right(message)) is wanted
        same = one.type == other.type and one.type in ("number", "text")
        test = _EQUAL.get(type(compare)) or _ORDER.get(type(compare))
        if test is None or not same:
            raise self.refusal(node, f"a {one.type} and a {other.type} cannot be compared with {_spoken(compare)}")
        return lambda message: test(_there(left(message)), _there(right(message)))

    def contained(self, node: ast.expr, one: _Part, other: _Part, *, wanted: bool) -> Value:
        left, right = one.value, other.value
        if not (other.type == f"list of {one.type}" or one.type == other.type == "text"):
            raise self.refusal(node, f"a {one.type} cannot be in a {other.type}")
        return lambda message: (_there(left(message)) in _there(right(message))) is wanted

    def listed(self, node: ast.expr, elements: Sequence[ast.expr]) -> _Part:
        if len(elements) > MAX_LIST:
            raise self.refusal(node, f"a list has at most {MAX_LIST} values")
        values: list[Any] = []
        for element in elements:
            try:
                value = ast.literal_eval(element)
            except (ValueError, RecursionError):
                value = None
            if not isinstance(value, int | float | str) or isinstance(value, bool):
                raise self.refusal(element, "a list holds numbers or texts, written out")
            if not isinstance(value, str) and not abs(value) <= MAX_NUMBER:
                raise self.refusal(element, f"numbers go up to {MAX_NUMBER}")
            values.append(value)
        types = {"text" if isinstance(value, str) else "number" for value in values}
        if len(types) != 1:
            raise self.refusal(node, "a list holds either numbers or texts, at least one")
        held = frozenset(values)
        return _Part(f"list of {types.pop()}", lambda message: held)

    def call(self, node: ast.Call, depth: int) -> _Part:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = _FUNCTIONS.get(name)
        if function is None or node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise self.refusal(node, f"of the functions only {', '.join(_FUNCTIONS)} are taken, with plain values")
        wanted = "text" if name == "len" else "number"
        fits = len(node.args) == 1 if name in ("len", "abs") else len(node.args) >= 2
        parts = [self.part(one, depth + 1) for one in node.args]
        if not fits or any(part.type != wanted for part in parts):
            raise self.refusal(
                node, f"{name} takes {'one' if name in ('len', 'abs') else 'two or more'}, each a {wanted}"
            )
        values = [part.value for part in parts]
        return _Part("number", lambda message: function(*[_there(value(message)) for value in values]))

    def question(self, node: ast.expr, depth: int) -> Value:
        part = self.part(node, depth + 1)
        if part.type != "yes-no":
            raise self.refusal(node, f"a question is expected here, as in points > 0, not a {part.type}")
        return part.value

    def number(self, node: ast.expr, depth: int) -> Value:
        part = self.part(node, depth + 1)
        if part.type != "number":
            raise self.refusal(node, f"a number is expected here, not a {part.type}")
        value = part.value
        return lambda message: _there(value(message))

    def refusal(self, node: ast.expr, reason: str) -> RuleError:
        column = node.col_offset + 1
        return RuleError(f"refused at column {column}: {reason}", hint=_hint(self.types), column=column)


def _there(value: Any) -> Any:
    if value is None:
        raise _Open
    return value


def _bounded(value: Any) -> Any:
    if not abs(value) <= MAX_NUMBER:
        raise _Unanswerable
    return value


def _spoken(node: ast.AST) -> str:
    return type(node).__name__
