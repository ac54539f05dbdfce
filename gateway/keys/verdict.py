"""What a provider said with a key and without one in, whether the key works out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.keys.asking import SILENT, Answer
from gateway.keys.endpoints import Endpoint

_REFUSALS = (401, 403)
_ABSENT = (404, 405, 410, 501)
# Lists of models hold these; other modes have lists of their own at many services.
_LISTED_MODES = ("chat", "completion", "responses")


class Verdict(StrEnum):
    WORKS = "works"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    HANGS = "hangs"
    NO_ENDPOINT = "no such endpoint"
    UNCLEAR = "unclear"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a key is for, and its id at the provider."""

    model: str
    upstream_model: str
    mode: str


@dataclass(frozen=True, slots=True)
class Checked:
    """`detail` says how it is known; `unlisted` are models whose id the provider's list does not have."""

    variable: str
    provider: str
    verdict: Verdict
    detail: str
    unlisted: tuple[Served, ...] = ()


def judge(  # noqa: PLR0913, PLR0917 - whose key, what for, and the two answers
    variable: str,
    provider: str,
    endpoint: Endpoint,
    models: Sequence[Served],
    shown: Answer | None,
    without: Answer | None,
) -> Checked:
    """`shown` answered to the key, `without` to none; None where nothing came in time."""
    verdict, detail = _verdict(endpoint, shown, without)
    is_open = endpoint.key_url is not None or verdict is Verdict.UNCLEAR
    listing = without if is_open else shown
    unlisted: tuple[Served, ...] = ()
    if endpoint.has_ids and verdict in (Verdict.WORKS, Verdict.UNCLEAR) and listing is not None:
        unlisted = tuple(_unlisted(models, listing))
        if verdict is Verdict.WORKS and listing.ids:
            detail += f"; it lists {len(listing.ids)} model{'s' if len(listing.ids) > 1 else ''}"
    return Checked(variable, provider, verdict, detail, unlisted)


def _verdict(  # noqa: PLR0911 - one for each thing that can be said
    endpoint: Endpoint, shown: Answer | None, without: Answer | None
) -> tuple[Verdict, str]:
    if shown is None or shown.problem == SILENT:
        return Verdict.HANGS, "no answer in time"
    status = shown.status
    if status is None:
        return Verdict.UNREACHABLE, shown.problem
    if shown.went_on:
        return (
            Verdict.UNCLEAR,
            f"it answers {status} and leads elsewhere: the key was not sent there",
        )
    if status in _REFUSALS or (status == 400 and endpoint.key_header == "x-goog-api-key"):
        return Verdict.REFUSED, f"it answers {status}"
    if status in _ABSENT:
        return Verdict.NO_ENDPOINT, f"it answers {status} where a list of models would be"
    if status != 200:
        return Verdict.UNCLEAR, f"it answers {status}"
    if endpoint.key_url is not None:
        return Verdict.WORKS, "it knows the key"
    if shown.ids is None:
        return Verdict.NO_ENDPOINT, "what it answers is no list of models"
    if without is None or without.status is None:
        return Verdict.UNCLEAR, "its list came, but whether only with a key did not come out"
    if without.status == 200:
        return Verdict.UNCLEAR, "its list is open to everybody, and says nothing about the key"
    return Verdict.WORKS, f"without the key it answers {without.status}"


def _unlisted(models: Collection[Served], answer: Answer) -> Iterator[Served]:
    """Nothing where the list is not whole. What follows a `:` is often a variant that is not listed."""
    if not answer.ids or not answer.is_whole:
        return
    for served in models:
        known = {served.upstream_model, served.upstream_model.partition(":")[0]}
        if served.mode in _LISTED_MODES and not known & answer.ids:
            yield served
