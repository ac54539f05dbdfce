"""The variables of LLM-API-Key-Proxy about one provider's keys in, what its provider says of them here out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gateway.importing.env_files.key_proxy_models import Wanted
from gateway.importing.record import Key, Record

ITS_OWN = "each key has `limits` of its own: `{env: NAME, limits: {max_parallel_requests: 4}}`"
IN_TURN = "`rotation: balanced` uses every key in turn, by itself"
CAPS = "its period is the provider's own: write `limits: {rpd: …}` of the key or of the fragment"
_MODE, _GROUPS, _AT_ONCE = "ROTATION_MODE", "QUOTA_GROUPS", "MAX_CONCURRENT_REQUESTS_PER_KEY"
_MODES = ("balanced", "sequential")
_OF_MODES = ("", *(f"_{mode.upper()}" for mode in _MODES))
ROWS = (
    Key(f"{_AT_ONCE}_*", "`limits.max_parallel_requests` of its fragments"),
    Key(f"{_MODE}_*", "`rotation` of its provider, where it has several keys"),
    Key(f"{_GROUPS}_*", "`quota_groups` of its provider, of the models that the file names"),
    Key("OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_*", dropped=IN_TURN),
    Key("CONCURRENCY_MULTIPLIER_*", dropped=ITS_OWN),
    Key("FAIR_CYCLE_*", dropped=IN_TURN),
    Key("EXHAUSTION_COOLDOWN_THRESHOLD*", dropped=IN_TURN),
    Key("ROTATION_TOLERANCE*", dropped="`rotation: balanced` leaves nothing to chance"),
    Key("CUSTOM_CAP_*", dropped=CAPS),
)


def rotation_of(
    source: Record,
    name: str,
    about: Mapping[str, str],
    keys: Sequence[str],
    wanted: Sequence[Wanted],
) -> dict[str, Any]:
    """More of a provider with these keys; `name` as in its variables, `about` those by what they say."""
    return {**_mode(source, about.get(_MODE), keys), **_groups(source, name, keys, wanted)}


def at_once(source: Record, name: str, about: Mapping[str, str]) -> dict[str, int]:
    """Limits of its fragments: what is said for its mode goes before what is said for both."""
    mode = str(source.at(about.get(_MODE, "")) or "sequential").upper()
    own, both = f"{_AT_ONCE}_{name}_{mode}", f"{_AT_ONCE}_{name}"
    present = [each for each in (own, both) if source.at(each) is not None]
    others = {both + end for end in _OF_MODES}.difference(present[:1])
    for variable in (each for each in source.keys_of() if each in others):
        source.note((variable,), f"`{variable}` is not carried over: `{mode.lower()}` is used")
    value = source.number(present[0], least=1) if present else None
    if not isinstance(value, int):
        return {}
    source.carry(present[0])
    return {"max_parallel_requests": value}


def note_other_groups(source: Record, names: Collection[str]) -> None:
    """Groups of a provider that has no variable of its own; `names` are those that have."""
    for variable in source.keys_of():
        rest = variable.removeprefix(f"{_GROUPS}_")
        if rest != variable and not any(rest.startswith(f"{name}_") for name in names):
            source.note((variable,), f"`{variable}` is not carried over: it is of no provider here")


def _mode(source: Record, variable: str | None, keys: Sequence[str]) -> dict[str, str]:
    value = source.at(variable) if variable is not None else None
    if variable is None or value not in _MODES:
        if variable is not None:
            source.note((variable,), f"`{variable}` is not carried over: it is none of {_listed()}")
        return {}
    source.carry(variable)
    return {"rotation": value} if value == "sequential" and len(keys) > 1 else {}


def _listed() -> str:
    return " and ".join(f"`{mode}`" for mode in _MODES)


def _groups(
    source: Record, name: str, keys: Sequence[str], wanted: Sequence[Wanted]
) -> dict[str, dict[str, list[str]]]:
    found: dict[str, list[str]] = {}
    ids = {one.name: one.model for one in wanted}
    for variable in source.keys_of():
        group = variable.removeprefix(f"{_GROUPS}_{name}_")
        if group == variable:
            continue
        words = [word.strip() for word in str(source.at(variable) or "").split(",")]
        models = [ids[word] for word in dict.fromkeys(words) if word in ids]
        if len(models) < 2 or len(keys) < 2:
            why = (
                "it joins no two models that are named here"
                if len(keys) > 1
                else "there is one key"
            )
            source.note((variable,), f"`{variable}` is not carried over: {why}")
            continue
        source.carry(variable)
        found[group.lower().replace("_", "-")] = models
    return {"quota_groups": found} if found else {}
