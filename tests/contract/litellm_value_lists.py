"""LiteLLM's types and source in, for each section of its config a schema for the values of its keys out.

A key that is missing here, or has an empty schema, takes any value: an unknown type is not checked.
"""

# ruff: noqa: PLC0415 -- litellm is imported late, once the environment keeps it off the network

import importlib
import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import litellm_source as source
from litellm_key_lists import REQUESTS, find_provider_modules, find_validated_general_settings
from litellm_review_words import Like, Listed
from litellm_types import (
    Schema,
    cast_from_text,
    closed,
    merge,
    opened,
    read_model,
    read_source,
    schema_of,
)
from litellm_value_reviews import REVIEWED

Schemas = dict[str, Schema]


def find_litellm_params() -> Schemas:
    """pydantic's fields are checked and cast when the deployment is made; all else is passed on."""
    from litellm.types import router

    fields: Schemas = closed(read_model(router.LiteLLM_Params))["properties"]
    passed_on: dict[str, list[Schema | None]] = {}
    for name, schema in (*find_request_parameters(), *find_provider_parameters()):
        passed_on.setdefault(name, []).append(schema)
    known = {name: without_choices(merge(schemas)) for name, schemas in passed_on.items()}
    declared = read_annotations(router.LiteLLMParamsTypedDict)
    return _priced(_said({**known, **declared, **fields}))


def find_request_parameters() -> Iterator[tuple[str, Schema | None]]:
    import litellm

    for request in REQUESTS:
        for parameter in inspect.signature(getattr(litellm, request)).parameters.values():
            if parameter.annotation is not inspect.Parameter.empty:
                yield parameter.name, schema_of(parameter.annotation)


def find_provider_parameters() -> Iterator[tuple[str, Schema | None]]:
    for argument in source.find_config_arguments(find_provider_modules()):
        yield argument.arg, read_source(argument.annotation)


def without_choices(schema: Schema | None) -> Schema | None:
    """Nobody checks a request parameter's choices before the upstream does, which may know more."""
    if schema is None:
        return None
    inner = {key: without_choices(schema[key]) for key in ("items",) if key in schema}
    kept = {key: value for key, value in schema.items() if key not in ("enum", "properties")}
    return {**kept, **inner}


def find_model_info() -> Schemas:
    from litellm.types import router, utils

    priced = read_annotations(utils.ModelInfoBase)
    fields: Schemas = closed(read_model(router.ModelInfo))["properties"]
    return _priced(_said({**priced, **fields}))


def _priced(schemas: Schemas) -> Schemas:
    """Nobody is paid for a request: a price below zero is a slip, which LiteLLM adds up."""
    return {
        name: {**schema, "minimum": 0} if "_cost" in name and "number" in schema["type"] else schema
        for name, schema in schemas.items()
    }


def find_router_settings() -> Schemas:
    import litellm

    return _said(read_annotations(litellm.Router.__init__))


def find_litellm_settings() -> Schemas:
    """The module's globals by their annotation, or else by the type of a plain value."""
    import litellm

    schemas = {}
    for name, value in vars(litellm).items():
        if isinstance(value, bool | int | float):
            schemas[name] = schema_of(type(value))
    annotations = {**litellm.__annotations__}
    for name, annotation in annotations.items():
        schemas[name] = schema_of(_resolved(annotation, vars(litellm)))
    return _said(schemas)


def find_general_settings() -> Schemas:
    """The class documents them; the proxy reads the raw values, so that nothing is cast."""
    from litellm.proxy._types import ConfigGeneralSettings

    fields: Schemas = opened(read_model(ConfigGeneralSettings))["properties"]
    raw = {name: {**schema} for name, schema in _said(fields).items()}
    for schema in raw.values():
        schema.pop("x-text", None)
    for field in find_validated_general_settings():
        found = read_source(field.annotation)
        raw[str(source.find_owner(field.target))] = cast_from_text(found) if found else {}
    return raw


def read_annotations(owner: object) -> dict[str, Schema | None]:
    hints = typing.get_type_hints(owner, include_extras=True)
    return {name: schema_of(hint) for name, hint in hints.items() if name != "return"}


def _resolved(annotation: Any, names: dict[str, Any]) -> Any:
    """An annotation whose text is looked up; itself where it names what is imported late."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, dict(names))  # an annotation of the installed package
    except (NameError, TypeError):
        return Any


def _said(schemas: dict[str, Schema | None]) -> Schemas:
    return {name: schema for name, schema in schemas.items() if schema}


FINDERS: dict[str, Callable[[], Schemas]] = {
    "litellm_params": find_litellm_params,
    "model_info": find_model_info,
    "litellm_settings": find_litellm_settings,
    "router_settings": find_router_settings,
    "general_settings": find_general_settings,
}

SECTIONS = tuple(FINDERS)


def find_schemas(section: str, names: Iterable[str], lists: dict[str, list[str]]) -> Schemas:
    """A schema for each of `names`, empty where nothing is known. A review that is idle is an error."""
    found = FINDERS[section]() if section in FINDERS else find_cache_params()
    schemas = {name: found.get(name, {}) for name in names}
    if section == "litellm_settings":
        nested = find_schemas("cache_params", sorted(find_cache_params()), lists)
        schemas["cache_params"] = _closed(nested)
    for reason, reviews in REVIEWED[section].items():
        for key, review in ((key, review) for keys, review in reviews for key in keys.split()):
            if key not in schemas:
                raise SystemExit(f"{section}: {key} is reviewed but not there: {reason}")
            reviewed = apply_review(schemas[key], review, lists)
            if reviewed == schemas[key]:
                raise SystemExit(f"{section}: the review of {key} changes nothing: {reason}")
            schemas[key] = reviewed
    return schemas


def _closed(properties: Schemas) -> Schema:
    return {"type": ["object"], "properties": properties, "additionalProperties": False}


def apply_review(schema: Schema, review: object, lists: dict[str, list[str]]) -> Schema:
    """A review is a whole schema, a class to read, or (a function) a change of what was found."""
    if callable(review):
        changed: Schema = review(schema)
        return resolve_review(changed, lists)
    return resolve_review(review, lists)


@cache
def _read_class(place: str) -> Schema:
    module, _, name = place.partition(":")
    return closed(read_model(getattr(importlib.import_module(module), name)))


def resolve_review(review: Any, lists: dict[str, list[str]]) -> Any:
    """With `Like` and `Listed` replaced, at any depth, by what they stand for now."""
    if isinstance(review, Like):
        return {**_read_class(review.place), **resolve_review(review.more, lists)}
    if isinstance(review, Listed):
        return lists[review.title]
    if isinstance(review, dict):
        return {key: resolve_review(value, lists) for key, value in review.items()}
    return review


def find_cache_params() -> Schemas:
    """What `Cache` names, and what it hands to the Redis client, which casts text."""
    from litellm import _redis
    from litellm.caching.caching import Cache

    names = {*_redis._get_redis_kwargs(), *_redis._get_redis_url_kwargs()}
    names |= set(_redis._get_redis_cluster_kwargs())
    hints = typing.get_type_hints(Cache.__init__)
    named = {name: schema_of(hints[name]) for name in hints if not name.startswith("_")}
    named.pop("return", None)
    [server] = source.find_files("proxy/proxy_server.py")
    names |= source.find_keys_in(source.parse(server), "cache_params")
    [redis] = source.find_files("_redis.py")
    names |= source.find_keys_in(source.parse(redis), "redis_kwargs")
    return {**{str(name): {} for name in sorted(names)}, **_said(named)}
