"""Fragments in, diagnostics out about literal secrets: a key's shape anywhere, a value under a secret's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.diagnostics import Diagnostic
from gateway.diagnostics.secrets import find_secrets, looks_like_a_secret, says_secret, secret_spans
from gateway.model import Fragment, Path, Settings, SourceFile
from gateway.resolve.api_keys import names_in_keys
from gateway.resolve.apps import app_keys_in
from gateway.resolve.shared_state import state_names_in
from gateway.yaml_text import shown

ENV_PREFIX = "os.environ/"

_MAY_HOLD = ("litellm", "headers", "params", "providers", "upstreams")
_HINT = "put it into a variable of `.env` and write the variable's name here"
# A reference (behind a word it is a mistake of its own, GW219), a file, or a token that is fetched.
_IS_ELSEWHERE = re.compile(r"os\.environ/|\w+\s+os\.environ/\w+\Z|\.?/|oidc/")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
# Long, with digits and without `_`: a key that happens to be spelt as a variable could be.
_KEY_NOT_NAME = re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{24,}\Z")


def find_literal_secrets(source: SourceFile) -> Iterator[Diagnostic]:
    """Every place in the text, comments included, that has the shape of a provider's key."""
    for span in secret_spans(source.text):
        yield Diagnostic("GW220", "a literal secret", source.path, span, _HINT, hides_value=True)


def find_escaped_secrets(fragment: Fragment) -> Iterator[Diagnostic]:
    """What has the shape of a key only when it is read: `"sk-\\x61…"`."""
    written = fragment.source.text
    if "\\" not in written:
        return
    for path, text in _texts(fragment.data, ()):
        if any(text[start:end] not in written for start, end in find_secrets(text)):
            span = fragment.value_span(path)
            yield Diagnostic(
                "GW220", "a literal secret", fragment.path, span, _HINT, hides_value=True
            )


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in the data, keys included, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key), key
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def find_named_secrets(fragment: Fragment) -> Iterator[Diagnostic]:
    """Any text under a name that says it is a secret: a password has no shape."""
    for section in _MAY_HOLD:
        if section in fragment.data:
            yield from _find_below(fragment, (section,), fragment.data[section])


def _find_below(fragment: Fragment, path: Path, value: object) -> Iterator[Diagnostic]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _find_below(fragment, (*path, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_below(fragment, (*path, index), item)
    elif isinstance(value, str) and _is_named_secret(path, value):
        yield Diagnostic(
            "GW220",
            f"a literal secret under `{shown(_name(path))}`",
            fragment.path,
            fragment.value_span(path),
            "put it into a variable of `.env` and write its name in `api_keys`"
            if _is_provider_key(path)
            else f"put it into a variable of `.env` and write `{ENV_PREFIX}NAME` here",
            hides_value=True,
        )


def _is_named_secret(path: Path, value: str) -> bool:
    if value in ("", "none") or _IS_ELSEWHERE.match(value) or not says_secret(_name(path)):
        return False
    if path[2:3] == ("oauth",):
        return False  # addresses of tokens, and the name of a variable
    if _is_provider_key(path) and _VARIABLE.match(value):
        return False  # the name of a variable, one word before where it belongs
    return not looks_like_a_secret(value)  # then it was found by its shape


def _is_provider_key(path: Path) -> bool:
    return path[:1] == ("providers",) and path[2:3] == ("api_key",)


def _name(path: Path) -> str:
    """The nearest key: of a list's items, the list's."""
    return next(part for part in reversed(path) if isinstance(part, str))


def find_keys_as_names(settings: Settings) -> Iterator[Diagnostic]:
    """Keys without a known shape, written where the names of variables are wanted."""
    data = settings.data
    names = (*_names_of_providers(settings), *app_keys_in(data), *state_names_in(data))
    for path, name in names:
        if _KEY_NOT_NAME.match(name) and not looks_like_a_secret(name):
            yield Diagnostic(
                "GW220",
                "this looks like a key, not like the name of a variable",
                settings.path,
                settings.value_span(path),
                _HINT,
                hides_value=True,
            )


def _names_of_providers(settings: Settings) -> Iterator[tuple[Path, str]]:
    for provider, data in settings.data["providers"].items():
        at: Path = ("providers", provider)
        for within, name in names_in_keys(data):
            yield (*at, *within), name
        if secret := data.get("oauth", {}).get("client_secret"):
            yield (*at, "oauth", "client_secret"), secret
