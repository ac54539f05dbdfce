"""The codes of a provider's keys, GW280 to GW284."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

_KEYS = "api_keys: [NANOGPT_API_KEY]"
_TWO = "api_keys: [NANOGPT_API_KEY, {env: NANOGPT_KEY_2%s}]"


def _with(keys: str) -> str:
    return SOUND_SETTINGS.replace(_KEYS, keys)


CODES = (
    Code(
        "GW280",
        "a variable that stands twice in a provider's keys",
        "It is one key with one quota: said twice it is no second one. What the first place says "
        "about it holds.",
        bad=_with("api_keys: [NANOGPT_API_KEY, {env: NANOGPT_API_KEY}]"),
        good=_with(_TWO % ""),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW281",
        "a key's weight that shares nothing",
        "Weights are compared among keys of one priority, and only where requests are spread: "
        "`sequential` stays on one key.",
        bad=_with(_TWO % ", weight: 3" + "\n    rotation: sequential"),
        good=_with(_TWO % ", weight: 3" + "\n    rotation: balanced"),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW282",
        "a key's priority that ranks nothing",
        "A key waits only for keys with a lower number.",
        bad=_with(_TWO % ", priority: 1"),
        good=_with(_TWO % ", priority: 2"),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW283",
        "a rotation of one key",
        "There is no other key to go on to.",
        bad=_with(_KEYS + "\n    rotation: sequential"),
        good=_with(_TWO % "" + "\n    rotation: sequential"),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW284",
        "a count of a variable that is not numbered",
        "Only a name that ends with `*` stands for several variables.",
        bad=_with("api_keys: [{env: NANOGPT_API_KEY, count: 3}]"),
        good=_with('api_keys: [{env: "NANOGPT_API_KEY_*", count: 3}]'),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
)
