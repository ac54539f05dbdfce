"""Fragments in, diagnostics out about patterns: those that cannot be one, and those that serve nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.diagnostics import Diagnostic, Related, Severity
from gateway.model import Fragment, Path
from gateway.resolve.names import is_pattern, names_of
from gateway.runtime.model_patterns import glob_has, has_name
from gateway.yaml_text import shown

_NOT_OF_MANY = ("aliases", "context_window_fallbacks", "content_policy_fallbacks")


def find_pattern_mistakes(fragments: Sequence[Fragment]) -> Iterator[Diagnostic]:
    """In each fragment, and between patterns and the names of others."""
    patterns = [fragment for fragment in fragments if is_pattern(fragment)]
    for fragment in fragments:
        if fragment in patterns:
            yield from _find_in_pattern(fragment)
        else:
            yield from _find_in_one(fragment)
    yield from _find_other_ids(fragments, patterns)


def _find_in_one(fragment: Fragment) -> Iterator[Diagnostic]:
    """What only a pattern has, in a fragment of one model."""
    for key in ("allow", "deny"):
        if key in fragment.data:
            message = f"`{key}` is of a pattern, and `{shown(fragment.name)}` is one model"
            hint = "remove it, or let `name` and `model` both end in `*`"
            yield _refused(fragment, (key,), message, hint)
    for at, text in _ids(fragment):
        if "*" in text and "*" not in fragment.name:
            message = f"the id `{shown(text)}` is a pattern, the name is not"
            hint = "name the model, or let `name` end in `*` too"
            yield _refused(fragment, at, message, hint, at_value=True)


def _find_in_pattern(fragment: Fragment) -> Iterator[Diagnostic]:
    if fragment.name == "*":
        message = "a pattern without a beginning of its own takes every name, slips too"
        yield _refused(
            fragment, ("name",), message, "write one, as in `openrouter/*`", at_value=True
        )
    for key in _NOT_OF_MANY:
        if key in fragment.data:
            message = f"a pattern cannot have `{key}`: it is many models"
            yield _refused(
                fragment, (key,), message, "write a fragment for the model that shall have it"
            )
    allow, deny = fragment.data.get("allow", ["*"]), fragment.data.get("deny", [])
    for index, glob in enumerate(allow):
        denied = next((n for n, other in enumerate(deny) if glob_has(other, glob)), None)
        if denied is not None:
            at: Path = ("allow", index) if "allow" in fragment.data else ("deny", denied)
            related = (
                Related(fragment.path, fragment.value_span(("deny", denied)), "denied here"),
            )
            yield Diagnostic(
                "GW296",
                f"`deny` has all that `{shown(glob)}` allows",
                fragment.path,
                fragment.value_span(at),
                "remove one of the two",
                related=related if "allow" in fragment.data else (),
            )
    for index, glob in enumerate(deny):
        if not any(_meet(glob, other) for other in allow):
            yield Diagnostic(
                "GW297",
                f"`deny` of `{shown(glob)}` has no effect: nothing of it is allowed",
                fragment.path,
                fragment.value_span(("deny", index)),
                "remove it; both are matched with what stands for the `*` of the name",
                Severity.WARNING,
            )


def _meet(one: str, other: str) -> bool:
    """Whether two globs may have a text in common, as far as their beginnings and ends tell."""
    if "*" not in one or "*" not in other:
        return glob_has(one, other) if "*" not in other else glob_has(other, one)
    first, second = (text.lower().split("*") for text in (one, other))
    starts = first[0].startswith(second[0]) or second[0].startswith(first[0])
    return starts and (first[-1].endswith(second[-1]) or second[-1].endswith(first[-1]))


def _find_other_ids(
    fragments: Iterable[Fragment], patterns: Sequence[Fragment]
) -> Iterator[Diagnostic]:
    """Names that a pattern would serve too, with another model behind them."""
    for fragment in fragments:
        for name, span, _ in () if fragment in patterns else names_of(fragment):
            over = max(
                (p for p in patterns if _would_have(p, name)),
                key=lambda each: len(each.name),
                default=None,
            )
            if over is None or _places(over, name[len(over.name) - 1 :]) & _places(fragment):
                continue
            yield Diagnostic(
                "GW298",
                f"`{shown(name)}` is another model than the one that `{shown(over.name)}` has under this name",
                fragment.path,
                span,
                "choose another name, if clients shall have both",
                Severity.WARNING,
                (Related(over.path, over.value_span(("name",)), "the pattern is here"),),
            )


def _would_have(pattern: Fragment, name: str) -> bool:
    return pattern.name != "*" and "*" not in name and has_name(pattern.name, name)


def _places(fragment: Fragment, rest: str = "") -> set[tuple[str, str]]:
    items = fragment.data.get("upstreams") or (fragment.data,)
    return {(i["provider"], i["model"].removesuffix("*") + rest) for i in items}


def _ids(fragment: Fragment) -> Iterator[tuple[Path, str]]:
    if "upstreams" not in fragment.data:
        yield ("model",), fragment.data["model"]
    for index, item in enumerate(fragment.data.get("upstreams", ())):
        yield ("upstreams", index, "model"), item["model"]


def _refused(
    fragment: Fragment, at: Path, message: str, hint: str, *, at_value: bool = False
) -> Diagnostic:
    span = fragment.value_span(at) if at_value else fragment.key_span(at)
    return Diagnostic("GW295", message, fragment.path, span, hint)
