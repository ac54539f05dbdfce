"""A Python annotation in, the schema of the YAML values that it allows out; None where it says nothing.

The schemas use JSON Schema's words. `enum` and `pattern` restrict texts only, so that a union of a
list and a choice is one schema; `x-text` says that a number or boolean may be written as text.
"""

import ast
import collections.abc
import contextlib
import datetime
import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

import annotated_types
import pydantic
from typing_extensions import ReadOnly, is_typeddict

Schema = dict[str, Any]

_SCALARS = {
    None: "null",
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
}
_LISTS = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Iterable)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_QUALIFIERS = (Required, NotRequired, ReadOnly, typing.Final)
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_NO_YAML: Schema = {"type": []}
"""What no YAML value can be: a Python object, such as a client."""
_IGNORED = "ignored"


def schema_of(annotation: Any) -> Schema | None:
    """None where any value passes, or where the annotation cannot be read.

    An annotation is no proof that anybody makes an instance of the classes that it names: they stay
    open, and nothing in them is required.
    """
    found = _known(_read(annotation))
    return None if found is None else opened(found)


def opened(schema: Schema) -> Schema:
    """Nothing is required, and nothing refused that only an instance would ignore, at any depth."""
    is_open = schema.get("additionalProperties") == _IGNORED
    return _changed(schema, ("additionalProperties", "required") if is_open else (), {}, opened)


def closed(schema: Schema) -> Schema:
    """What an instance of the class would ignore is refused, at any depth."""
    is_open = schema.get("additionalProperties") == _IGNORED
    return _changed(schema, (), {"additionalProperties": False} if is_open else {}, closed)


def _changed(
    schema: Schema, dropped: Iterable[str], new: Schema, inner: Callable[[Schema], Schema]
) -> Schema:
    kept = {key: value for key, value in {**schema, **new}.items() if key not in dropped}
    for word in ("items", "additionalProperties"):
        if isinstance(kept.get(word), dict):
            kept[word] = inner(kept[word])
    if "properties" in kept:
        kept["properties"] = {name: inner(value) for name, value in kept["properties"].items()}
    return kept


def _read(annotation: Any) -> Schema | None:  # noqa: PLR0911 - one line for each kind of annotation
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type(None) | type) and annotation in _SCALARS:
        return {"type": [_SCALARS[annotation]]}
    if annotation in (Any, object, inspect.Parameter.empty):
        return None
    if origin in (Union, types.UnionType):
        return merge(_read(arg) for arg in args)
    if origin is Literal:
        return _choices(args)
    if origin is typing.Annotated:
        return _bounded(_read(args[0]), args[1:])
    if origin in _QUALIFIERS:
        return _read(args[0])
    if (origin or annotation) in _LISTS:
        items = [arg for arg in args if arg is not Ellipsis]
        return _with("array", "items", merge(map(_read, items)) if items else None)
    if (origin or annotation) in _MAPPINGS:
        return _with("object", "additionalProperties", _read(args[1]) if args else None)
    return _read_class(annotation)


def _read_class(annotation: Any) -> Schema | None:  # noqa: PLR0911 - one line for each kind of class
    if isinstance(annotation, str | typing.ForwardRef | typing.TypeVar):
        return None
    if is_typeddict(annotation):
        return _read_typed_dict(annotation)
    if not isinstance(annotation, type):
        return dict(_NO_YAML) if get_origin(annotation) is collections.abc.Callable else None
    if issubclass(annotation, datetime.date | datetime.time):
        return None  # pydantic takes a text, a number or what YAML reads as a date
    if issubclass(annotation, enum.Enum):
        return _choices([member.value for member in annotation])
    if issubclass(annotation, pydantic.BaseModel):
        return read_model(annotation)
    return dict(_NO_YAML)


def _choices(values: Iterable[Any]) -> Schema | None:
    listed = list(values)
    kinds = [_SCALARS.get(type(value)) for value in listed]
    if None in kinds:
        return None
    texts = sorted(value for value in listed if isinstance(value, str))
    return {"type": sorted(set(map(str, kinds))), **({"enum": texts} if texts else {})}


def _with(kind: str, key: str, inner: Schema | None) -> Schema:
    return {"type": [kind], **({key: inner} if inner and set(inner["type"]) else {})}


def _bounded(found: Schema | None, metadata: Iterable[Any]) -> Schema | None:
    """With the bounds that pydantic checks."""
    if found is None:
        return None
    bounds: Schema = {}
    for item in metadata:
        for constraint in annotated_types.BaseMetadata, annotated_types.GroupedMetadata:
            if isinstance(item, constraint):
                bounds |= {
                    word: getattr(item, name)
                    for name, word in _BOUNDS.items()
                    if getattr(item, name, None) is not None
                }
    return {**found, **bounds}


def read_model(model: type[pydantic.BaseModel]) -> Schema:
    """A pydantic class, which casts text to numbers, and ignores what it does not name unless it
    says otherwise: `opened` and `closed` make a schema of that."""
    properties = {}
    for name, field in model.model_fields.items():
        found = _bounded(_known(_read(field.annotation)), field.metadata)
        properties[field.alias or name] = {} if found is None else cast_from_text(found)
    required = [field.alias or n for n, field in model.model_fields.items() if field.is_required()]
    if "__init__" in vars(model):  # it may take other names than those of its fields
        return {"type": ["object"], "properties": properties}
    others = {"forbid": False, "allow": None}.get(str(model.model_config.get("extra")), _IGNORED)
    return _instance(properties, required, others)


def _known(found: Schema | None) -> Schema | None:
    return None if found is None or not set(found["type"]) - {"null"} else found


def _read_typed_dict(annotation: Any) -> Schema:
    """A TypedDict: as part of a pydantic class it insists on its keys, elsewhere nobody checks it."""
    with contextlib.suppress(NameError):
        hints: Mapping[str, Any] = typing.get_type_hints(annotation, include_extras=True)
        properties = {name: _known(_read(hint)) or {} for name, hint in hints.items()}
        return _instance(properties, annotation.__required_keys__, _IGNORED)
    return {"type": ["object"]}


def _instance(properties: Schema, required: Iterable[str], others: str | bool | None) -> Schema:
    needed = sorted(required)
    return {
        "type": ["object"],
        "properties": properties,
        **({"required": needed} if needed else {}),
        **({} if others is None else {"additionalProperties": others}),
    }


def cast_from_text(found: Schema) -> Schema:
    """For what pydantic validates in its lax mode: "30" is 30, "true" is true."""
    castable = {"integer", "number", "boolean"} & set(found["type"])
    return {**found, "x-text": True} if castable and "string" not in found["type"] else found


def merge(schemas: Iterable[Schema | None]) -> Schema | None:
    """What passes any of the schemas; None where one of them says nothing."""
    parts = list(schemas)
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part and part["type"]]
    if not known:
        return dict(_NO_YAML)
    merged: Schema = {"type": sorted({kind for part in known for kind in part["type"]})}
    for words, kinds in (
        (("enum", "pattern", "x-expected"), {"string"}),
        (("items",), {"array"}),
        (("properties", "required", "additionalProperties"), {"object"}),
        ((*_BOUNDS.values(),), {"integer", "number"}),
    ):
        merged |= _merge_words([part for part in known if kinds & set(part["type"])], words)
    if any(part.get("x-text") for part in known) and "string" not in merged["type"]:
        merged["x-text"] = True
    return merged


def _merge_words(parts: list[Schema], words: Iterable[str]) -> Schema:
    """The words of these schemas, which are about one kind of value, where all of them have some."""
    said = [{word: part[word] for word in words if word in part} for part in parts]
    if not said or not all(said):
        return {}
    if all(one == said[0] for one in said):
        return said[0]
    if all(one.keys() == {"enum"} for one in said):
        return {"enum": sorted({choice for one in said for choice in one["enum"]})}
    if all(one.keys() == {"items"} for one in said):
        inner = merge(one["items"] for one in said)
        return {"items": inner} if inner else {}
    return {}


_NAMES: dict[str, Any] = {
    **{name: getattr(typing, name) for name in ("Any", "Dict", "List", "Optional", "Tuple")},
    **{name: getattr(typing, name) for name in ("Literal", "Mapping", "Sequence", "Union")},
    **{kind.__name__: kind for kind in (bool, dict, float, int, list, object, str, tuple)},
}


def read_source(annotation: ast.expr | None) -> Schema | None:
    """An annotation in a syntax tree; None where it names what the standard library does not have."""
    if annotation is None:
        return None
    code = compile(ast.Expression(annotation), "<annotation>", "eval")
    try:
        return schema_of(eval(code, {"__builtins__": {}}, dict(_NAMES)))
    except (NameError, AttributeError, TypeError):
        return None
