"""The codes of a provider's keys, GW280 to GW288."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

_KEYS = "api_keys: [NANOGPT_API_KEY]"
_TWO = "api_keys: [NANOGPT_API_KEY, {env: NANOGPT_KEY_2%s}]"


def _with(keys: str) -> str:
    return SOUND_SETTINGS.replace(_KEYS, keys)


def _grouped(*groups: str) -> str:
    said = "".join(f"\n      group-{n}: {group}" for n, group in enumerate(groups, 1))
    return _with(_TWO % "" + "\n    quota_groups:" + said)


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
    Code(
        "GW285",
        "a quota group that names no model",
        "A group holds ids as the provider knows them, which is what `model` of a fragment says; another "
        "name joins nothing.",
        bad=_grouped("[glm-4.5]"),
        good=_grouped('["*glm-*"]'),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW286",
        "a model in two quota groups",
        "A request is counted once, for the group that is named first.",
        bad=_grouped('["*glm-5"]', '["*"]'),
        good=_grouped('["*"]'),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW287",
        "a setting of quotas where none is counted",
        "Quotas are counted where a provider has several keys, or where something has a limit by the hour or "
        "the day; `quota_reset` moves the days of `rpd` and `tpd`.",
        bad=_with(_KEYS + '\n    quota_reset: "08:00"'),
        good=_with(_KEYS + '\n    quota_reset: "08:00"\n    limits: {rpd: 1000}'),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW288",
        "a limit that a longer one ends before",
        "Who may ask ten times a day never asks sixty times in a minute.",
        bad=_with(_KEYS + "\n    limits: {rpm: 60, rpd: 10}"),
        good=_with(_KEYS + "\n    limits: {rpm: 10, rpd: 60}"),
        file=SETTINGS,
        default=Severity.WARNING,
    ),
)
