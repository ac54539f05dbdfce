"""Text in, a tree of values with a line for each out, as LiteLLM itself reads it: YAML 1.1, anchors and merge keys.

Other people's files may say what a fragment may not: `no` is false, `<<: *defaults` takes over keys.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import yaml
from yaml import events as ev
from yaml._yaml import CParser
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

from gateway.model import Span
from gateway.yaml_text.problems import (
    YamlProblem,
    second_document,
    shown,
    span_of_event,
    syntax_problem,
)

_DEEPEST = 64
_MOST_NODES = 200_000
_MERGE = "tag:yaml.org,2002:merge"
_PLAIN = (str, int, float, bool, type(None))


@dataclass(slots=True)
class LenientNode:
    """A value as LiteLLM takes it: `data` is a dict or list of nodes, or a scalar.

    `line` is where it stands (of a mapping's item: where its key does), 1-based. `is_shared`: it has an
    anchor that something refers to.
    """

    data: Any
    line: int
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class LenientDocument:
    """`root` is None where the text is empty or `problem` says why it cannot be read.

    `duplicates` are the keys that stand twice in a mapping, with the second's line: the last counts.
    """

    root: LenientNode | None
    problem: YamlProblem | None
    duplicates: tuple[tuple[str, int], ...] = ()


def read_lenient(text: str) -> LenientDocument:
    """Reads one document. Never raises for any text."""
    try:
        tree = _Tree()
        root = tree.read(text)
        if root is None:
            return LenientDocument(None, None)
        builder = _Builder()
        value = builder.build(root, root.line, 0)
    except _Refused as refused:
        return LenientDocument(None, refused.problem)
    except yaml.YAMLError as error:
        return LenientDocument(None, syntax_problem(error, text))
    except UnicodeEncodeError:
        return LenientDocument(
            None, YamlProblem("GW002", "text that is not valid Unicode", Span(1, 1, 1, 1))
        )
    return LenientDocument(value, None, tuple(builder.duplicates))


class _Refused(Exception):
    def __init__(self, problem: YamlProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _refused(message: str, line: int) -> _Refused:
    return _Refused(YamlProblem("GW001", message, Span(line, 1, line, 1)))


@dataclass(slots=True)
class _Written:
    """A node as it is written: `items` of a list are nodes, of a mapping (key, value) pairs."""

    kind: type
    line: int
    tag: str | None = None
    value: str = ""
    is_plain: bool = False
    items: list[Any] = field(default_factory=list)
    uses: int = 0


class _Tree:
    """Events in, written nodes out, an alias as the very node it refers to; no recursion."""

    def __init__(self) -> None:
        self._anchors: dict[str, _Written] = {}
        self._root: _Written | None = None
        self._documents = 0

    def read(self, text: str) -> _Written | None:
        parser = CParser(text)
        stack: list[tuple[_Written, list[_Written]]] = []  # a container and its nodes, one by one
        try:
            while not isinstance(event := parser.get_event(), ev.StreamEndEvent):
                if isinstance(event, ev.MappingEndEvent | ev.SequenceEndEvent):
                    container, nodes = stack.pop()
                    pairs = zip(nodes[::2], nodes[1::2], strict=True)
                    container.items = list(pairs) if container.kind is dict else nodes
                elif (node := self._node(event)) is not None:
                    if stack:
                        stack[-1][1].append(node)
                    else:
                        self._root = node
                    if isinstance(event, ev.MappingStartEvent | ev.SequenceStartEvent):
                        stack.append((node, []))
                        if len(stack) > _DEEPEST:
                            raise _refused(f"more than {_DEEPEST} levels deep", node.line)
        finally:
            parser.dispose()
        return self._root

    def _node(self, event: Any) -> _Written | None:
        if isinstance(event, ev.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Refused(second_document(event))
            return None
        if isinstance(event, ev.AliasEvent):
            return self._shared(event)
        if isinstance(event, ev.ScalarEvent):
            plain = event.implicit[0] if event.implicit else False
            node = _Written(str, _line(event), event.tag, event.value, plain)
        elif isinstance(event, ev.MappingStartEvent):
            node = _Written(dict, _line(event), event.tag)
        elif isinstance(event, ev.SequenceStartEvent):
            node = _Written(list, _line(event), event.tag)
        else:
            return None
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _shared(self, event: Any) -> _Written:
        node = self._anchors.get(event.anchor)
        if node is None:
            message = f"`*{shown(event.anchor)}` refers to no anchor"
            raise _Refused(YamlProblem("GW001", message, span_of_event(event)))
        node.uses += 1
        return node


class _Builder:
    """Written nodes in, values out, merge keys and aliases written out; bounded."""

    def __init__(self) -> None:
        self.duplicates: list[tuple[str, int]] = []
        self._constructor = SafeConstructor()
        self._resolver = Resolver()
        self._count = 0

    def build(self, node: _Written, line: int, depth: int) -> LenientNode:
        self._count_one(node, depth)
        if node.kind is not str and node.tag not in (None, "!"):
            expected = "map" if node.kind is dict else "seq"
            if node.tag != f"tag:yaml.org,2002:{expected}":
                raise _refused("a tag that LiteLLM cannot read", node.line)
        data: Any
        if node.kind is dict:
            data = self._mapping(node, depth)
        elif node.kind is list:
            data = [self.build(item, item.line, depth + 1) for item in node.items]
        else:
            data = self._scalar(node)
        return LenientNode(data, line, node.uses > 0)

    def _count_one(self, node: _Written, depth: int) -> None:
        self._count += 1
        if self._count > _MOST_NODES or depth > _DEEPEST:
            raise _refused("anchors that make the document endless", node.line)

    def _mapping(self, node: _Written, depth: int) -> dict[str, LenientNode]:
        """Own keys win over merged ones, and of those the first merged mapping's."""
        self._count_one(node, depth)
        merged: dict[str, LenientNode] = {}
        own: dict[str, LenientNode] = {}
        for key, value in node.items:
            if key.kind is not str:
                raise _refused("a key that is not text", key.line)
            if self._tag(key) == _MERGE:
                for mapping in self._merged(value):
                    for name, item in self._mapping(mapping, depth + 1).items():
                        merged.setdefault(name, item)
                continue
            name = key.value  # LiteLLM's names are text: `1` or `on` is what it looks like
            if name in own:
                self.duplicates.append((name, key.line))
            own[name] = self.build(value, key.line, depth + 1)
        return {**merged, **own}

    def _merged(self, value: _Written) -> Iterator[_Written]:
        for item in value.items if value.kind is list else [value]:
            if not isinstance(item, _Written) or item.kind is not dict:
                raise _refused("`<<` takes over a mapping, and this is none", value.line)
            yield item

    def _tag(self, node: _Written) -> str:
        if node.tag not in (None, "!"):
            return str(node.tag)
        implicit = (node.is_plain, not node.is_plain)
        tag = self._resolver.resolve(  # type: ignore[no-untyped-call]
            yaml.ScalarNode, node.value, implicit
        )
        return str(tag)

    def _scalar(self, node: _Written) -> Any:
        tag = self._tag(node)
        if tag == "tag:yaml.org,2002:value":
            return node.value
        try:
            value = self._constructor.construct_object(yaml.ScalarNode(tag, node.value))
        except (ConstructorError, ArithmeticError, AttributeError, LookupError, ValueError):
            raise _refused("a value that LiteLLM cannot read", node.line) from None
        if isinstance(value, datetime.date) or not isinstance(value, _PLAIN):
            return node.value  # a date without quotes: what was meant is the text
        if isinstance(value, float) and not isfinite(value):
            return node.value
        return value


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
