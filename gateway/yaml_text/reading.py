"""Text in, data with a span for every path out, on libyaml's event stream; strict.

A duplicate key, an anchor, a tag, a second document or a key that is not text is a problem, never
silently something else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import yaml
from yaml import events as ev
from yaml._yaml import CParser

from gateway.fix import RemoveDuplicate
from gateway.model import Path, Span, Spans
from gateway.yaml_text.places import Places
from gateway.yaml_text.problems import (
    Refused,
    YamlProblem,
    find_odd_break,
    not_finite,
    refused_extra,
    second_document,
    shown,
    span_of,
    span_of_event,
    syntax_problem,
)
from gateway.yaml_text.scalars import scalar

_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Document:
    """What a text holds. `data` is None when it is empty or `problems` made it unreadable."""

    data: Any
    spans: Spans
    problems: tuple[YamlProblem, ...]


def read(text: str) -> Document:
    """Reads one YAML document. Never raises for any text."""
    odd = find_odd_break(text)
    if odd is not None:
        return Document(None, {}, (odd,))
    builder = _Builder(text)
    try:
        parser = CParser(text)
        try:
            builder.run(parser.get_event)
        finally:
            parser.dispose()
    except Refused as refused:
        return Document(None, {}, (*builder.problems, refused.problem))
    except yaml.YAMLError as error:
        return Document(None, {}, (*builder.problems, syntax_problem(error, text)))
    except UnicodeEncodeError as error:
        problem = YamlProblem("GW002", "text that is not valid Unicode", span_of(text, error.start))
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


class _Builder:
    """Builds data and spans from events with a stack of its own: depth costs no recursion."""

    __slots__ = ("problems", "root", "spans")

    def __init__(self, text: str) -> None:
        self.root: Any = None
        self.spans = Places(text)
        self.problems: list[YamlProblem] = []

    def run(self, next_event: Callable[[], Any]) -> None:  # noqa: PLR0912, PLR0915 - one loop, hot
        marks = self.spans.marks
        stack: list[tuple[Any, Path, bool]] = []  # the containers around this one
        container: Any = None  # the dict or list being filled, None outside the document's root
        is_map = False
        path: Path = ()
        key: Any = None  # in a mapping: the key that waits for its value, and its marks
        waiting: tuple[int, int, int, int] | None = None
        documents = 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is ev.ScalarEvent:
                if event.anchor is not None or event.tag is not None:
                    raise refused_extra(event)
                start, end = event.start_mark, event.end_mark
                if is_map and waiting is None:
                    key, waiting = event.value, (start.line, start.column, end.line, end.column)
                    if key in container:
                        self._duplicate(key, span_of_event(event), path)
                    continue
                value = scalar(event.value) if event.implicit[0] else event.value
                if value.__class__ is float and not isfinite(value):
                    self.problems.append(not_finite(event))
            elif kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
                if event.anchor is not None or event.tag is not None:
                    raise refused_extra(event)
                if is_map and waiting is None:
                    raise Refused(
                        YamlProblem("GW005", "a key that is not text", span_of_event(event))
                    )
                start, end = event.start_mark, event.end_mark
                value = {} if kind is ev.MappingStartEvent else []
            elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
                end = event.end_mark
                marks[path] = (*marks[path][:3], end.line, end.column)
                container, path, is_map = stack.pop()
                waiting = None
                continue
            elif kind is ev.AliasEvent:
                hint = "write the value out where it is used"
                raise Refused(YamlProblem("GW004", "an alias", span_of_event(event), hint))
            elif kind is ev.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise Refused(second_document(event))
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
            marks[here] = (waiting, start.line, start.column, end.line, end.column)
            waiting = None
            if kind is not ev.ScalarEvent:
                if len(stack) >= _DEEPEST:
                    message = f"more than {_DEEPEST} levels deep"
                    raise Refused(YamlProblem("GW008", message, span_of_event(event)))
                stack.append((container, path, is_map))
                container, path, is_map = value, here, kind is ev.MappingStartEvent

    def _duplicate(self, key: str, span: Span, parent: Path) -> None:
        first = self.spans[(*parent, key)].key
        related = (("first here", first),) if first else ()
        message = f"duplicate key `{shown(key)}`"
        fix = RemoveDuplicate(key, first or span, span)
        self.problems.append(
            YamlProblem("GW003", message, span, fix.instruction, related, fix if first else None)
        )
