"""The only module that knows YAML: text in, data with a span for every path out; values in, safe text out.

Reading follows YAML 1.2's core schema (`no` is text, `0755` is the number 755, `1e-06` is a number)
on libyaml's event stream, and is strict: a duplicate key, an anchor, a tag, a second document or a
key that is not text is a problem, never silently something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml import events as ev

from gateway.model import NodeSpans, Path, Span

_DEEPEST = 32
# What libyaml takes for the end of a line and editors do not: every position after it would be off.
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_LONGEST_NUMBER = 100
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MAYBE_NUMBER = frozenset("+-.0123456789")

# What libyaml says, and what we say instead: its words are about its grammar, not about the file.
_SYNTAX = {
    "mapping values are not allowed in this context": (
        "a `:` where no mapping can start",
        "put the text in quotes, or check the indentation of this line",
    ),
    "did not find expected key": (
        "the indentation does not match the lines around it",
        "indent keys of one mapping by the same number of spaces",
    ),
    "did not find expected '-' indicator": (
        "a list item was expected here",
        "begin each item of the list with `- ` at the same column",
    ),
    "found character that cannot start any token": (
        "a character that cannot start a value",
        "indent with spaces, not tabs, and put text that starts with @, ` or % in quotes",
    ),
    "could not find expected ':'": ("a key without its `:`", "write `key: value`"),
    "found unexpected end of stream": ("a quote that is never closed", "close the quote"),
    "did not find expected ',' or ']'": ("a `[` that is never closed", "close the list with `]`"),
    "did not find expected ',' or '}'": ("a `{` that is never closed", "close the mapping with `}`"),
    "did not find expected node content": ("a value was expected here", None),
    "block sequence entries are not allowed in this context": (
        "a list item where no list can start",
        "put the list on the lines below its key",
    ),
    "control characters are not allowed": ("a control character", "remove it"),
}


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """Something that the strict reader refuses: a code of the table, a message and its place."""

    code: str
    message: str
    span: Span
    hint: str | None = None
    related: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a text holds. `data` is None when it is empty or `problems` made it unreadable."""

    data: Any
    spans: dict[Path, NodeSpans]
    problems: tuple[YamlProblem, ...]


def read(text: str) -> Document:
    """Reads one YAML document. Never raises for any text."""
    odd = _ODD_BREAK.search(text) if "\r" in text or not text.isascii() else None
    if odd is not None:
        return Document(None, {}, (_odd_break(text, odd.start()),))
    builder = _Builder()
    try:
        parser = CParser(text)
        try:
            builder.run(parser.get_event)
        finally:
            parser.dispose()
    except _Refused as refused:
        return Document(None, {}, (*builder.problems, refused.problem))
    except yaml.YAMLError as error:
        return Document(None, {}, (*builder.problems, _syntax_problem(error, text)))
    except UnicodeEncodeError:
        problem = YamlProblem("GW002", "text that is not valid Unicode", Span(1, 1, 1, 1))
        return Document(None, {}, (problem,))
    return Document(builder.root, builder.spans, tuple(builder.problems))


def read_plain(text: str) -> Any:
    """Reads text as LiteLLM and Compose's consumers do, YAML 1.1: for checking what we rendered.

    Raises ValueError where it is not YAML.
    """
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(f"line {mark.line + 1}" if mark else "not text") from None


def _odd_break(text: str, at: int) -> YamlProblem:
    before = text[:at]
    line, column = before.count("\n") + 1, at - before.rfind("\n")
    return YamlProblem(
        "GW002",
        f"a line break that is none: U+{ord(text[at]):04X}",
        Span(line, column, line, column + 1),
        "end lines with a plain line feed",
    )


def _syntax_problem(error: yaml.YAMLError, text: str) -> YamlProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or ""
    if mark is None:
        position = getattr(error, "position", 0)
        before = text[: position if isinstance(position, int) else 0]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    else:
        line, column = mark.line + 1, mark.column + 1
    lines = text.split("\n")
    line = min(line, len(lines))
    column = min(column, len(lines[line - 1]) + 1)
    message, hint = _SYNTAX.get(said, ("this is not valid YAML", None))
    return YamlProblem("GW001", message, Span(line, column, line, column + 1), hint)


class _Refused(Exception):
    """Ends the reading of a document that cannot be read any further."""

    def __init__(self, problem: YamlProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Builder:
    """Builds data and spans from events with a stack of its own: depth costs no recursion."""

    __slots__ = ("problems", "root", "spans")

    def __init__(self) -> None:
        self.root: Any = None
        self.spans: dict[Path, NodeSpans] = {}
        self.problems: list[YamlProblem] = []

    def run(self, next_event: Callable[[], Any]) -> None:  # noqa: PLR0912, PLR0915 - one loop, hot
        spans = self.spans
        stack: list[tuple[Any, Path, bool]] = []  # the containers around this one
        container: Any = None  # the dict or list being filled, None outside the document's root
        is_map = False
        path: Path = ()
        key: Any = None  # in a mapping: the key that waits for its value
        key_span: Span | None = None
        documents = 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is ev.ScalarEvent:
                if event.anchor is not None or event.tag is not None:
                    raise _refused_extra(event)
                if is_map and key_span is None:
                    key, key_span = event.value, _span(event)
                    if key in container:
                        self._duplicate(key, key_span, path)
                    continue
                value = _scalar(event.value) if event.implicit[0] else event.value
                if value.__class__ is float and not isfinite(value):
                    self.problems.append(_not_finite(event))
            elif kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
                if event.anchor is not None or event.tag is not None:
                    raise _refused_extra(event)
                if is_map and key_span is None:
                    raise _Refused(YamlProblem("GW005", "a key that is not text", _span(event)))
                value = {} if kind is ev.MappingStartEvent else []
            elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
                start = spans[path]
                end = event.end_mark
                spans[path] = NodeSpans(
                    start.key, Span(*start.value[:2], end.line + 1, end.column + 1)
                )
                container, path, is_map = stack.pop()
                key_span = None
                continue
            elif kind is ev.AliasEvent:
                raise _Refused(
                    YamlProblem(
                        "GW004", "an alias", _span(event), "write the value out where it is used"
                    )
                )
            elif kind is ev.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _Refused(
                        YamlProblem(
                            "GW006",
                            "a second document in one file",
                            _span(event),
                            "move what follows `---` to a file of its own",
                        )
                    )
                continue
            elif kind is ev.StreamEndEvent:
                return
            else:
                continue

            if container is None:
                here: Path = ()
                self.root = value
            elif is_map:
                here = (*path, key)
                container[key] = value
            else:
                here = (*path, len(container))
                container.append(value)
            start_mark, end_mark = event.start_mark, event.end_mark
            spans[here] = NodeSpans(
                key_span,
                Span(
                    start_mark.line + 1, start_mark.column + 1, end_mark.line + 1, end_mark.column + 1
                ),
            )
            key_span = None
            if kind is not ev.ScalarEvent:
                if len(stack) >= _DEEPEST:
                    raise _Refused(
                        YamlProblem("GW008", f"more than {_DEEPEST} levels deep", _span(event))
                    )
                stack.append((container, path, is_map))
                container, path, is_map = value, here, kind is ev.MappingStartEvent

    def _duplicate(self, key: str, span: Span, parent: Path) -> None:
        first = self.spans[(*parent, key)].key
        related = (("first here", first),) if first else ()
        self.problems.append(
            YamlProblem(
                "GW003", f"duplicate key `{shown(key)}`", span, "keep one of the two", related
            )
        )


def _refused_extra(event: Any) -> _Refused:
    what, code, hint = ("a tag", "GW007", "remove it")
    if event.anchor is not None:
        what, code, hint = ("an anchor", "GW004", "write the value out where it is used")
    return _Refused(YamlProblem(code, what, _span(event), hint))


def _not_finite(event: Any) -> YamlProblem:
    return YamlProblem(
        "GW010", "a number that JSON cannot hold", _span(event), "put it in quotes if it is text"
    )


def shown(text: str) -> str:
    """A key or name for a message: on one line and not endless."""
    line = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return line if len(line) <= 60 else f"{line[:57]}..."


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


@lru_cache(maxsize=4096)
def _scalar(text: str) -> Any:
    """A plain scalar by YAML 1.2's core schema."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in _MAYBE_NUMBER and len(text) <= _LONGEST_NUMBER:
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            return float(text)
        if text.startswith("0x") and re.match(r"0x[0-9a-fA-F]+\Z", text):
            return int(text, 16)
        if text.startswith("0o") and re.match(r"0o[0-7]+\Z", text):
            return int(text, 8)
    return text


# Plain scalars that YAML 1.1 and 1.2 readers take for exactly this text. `:` and `#` are only safe
# inside a word; a word of digits with `:` (a base-60 number) or `.`, `e`, `x` could be a number, so
# a plain scalar starts with a letter, `/` or `_` and is none of the constants (none and nan are not
# special, but people read them so).
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+@-]*(:[A-Za-z0-9_./+@-]+)*\Z")
_RESERVED = frozenset(
    ("y", "yes", "n", "no", "true", "false", "on", "off", "null", "none", "~", "nan", "inf")
)
_LONGEST_PLAIN = 200


class _Writer(yaml.CSafeDumper):
    """PyYAML's safe writer without aliases, and with every text in quotes that could be misread."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _is_plain(text: str) -> bool:
    return (
        len(text) < _LONGEST_PLAIN
        and _PLAIN.match(text) is not None
        and text.lower() not in _RESERVED
    )


def _represent_text(writer: Any, text: str) -> Any:
    style = None if _is_plain(text) else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _represent_text)


def encode(value: Any) -> str:
    """One value as YAML on one line, read back alike by YAML 1.1 and 1.2: plain, quoted or flow."""
    kind = type(value)
    if kind is str:
        return _encode_text(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if value is None:
        return "null"
    return _dump(_plain_types(value))


@lru_cache(maxsize=8192)
def _encode_text(text: str) -> str:
    return text if _is_plain(text) else _dump(text)


def _dump(value: Any) -> str:
    written = yaml.dump(
        value,
        Dumper=_Writer,
        default_flow_style=True,
        allow_unicode=True,
        width=10**9,
        sort_keys=False,
    )
    return written.removesuffix("\n").removesuffix("\n...")


def _plain_types(value: Any) -> Any:
    """Mappings, sequences and text of any class as the plain types that the writer knows."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain_types(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_types(item) for item in value]
    return value
