"""A project in, its variables without their values out, as a table or as JSON."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.cli.age import when_in_words
from gateway.cli.key_states_text import states_data, states_text
from gateway.cli.logins_text import logins_data, logins_text
from gateway.cli.options import Colour, talk
from gateway.cli.stack import NOT_IGNORED, check_or_exit
from gateway.constants import ENV_FILE, MASTER_KEY
from gateway.engine import running_engine
from gateway.engine.key_states import Told, fetch_told
from gateway.env_file import PRIVATE, assignments_of, is_env_ignored, read_environment
from gateway.keys.listing import Listed, Source, listed
from gateway.keys.logins import KeptLogin, logins_of
from gateway.keys.uses import Variable, variables_of

_MOST_MODELS = 4


def list_text(root: Path, colour: Colour, *, as_json: bool) -> str:
    """Leaves with the findings where the project has mistakes. Raises GatewayError."""
    blueprint = check_or_exit(root, colour)
    found = listed(variables_of(blueprint), assignments_of(root) or {}, os.environ)
    kept = logins_of(root, blueprint, time.time())
    told = _told(root)
    for sentence in _about_the_file(root):
        talk(sentence)
    if as_json:
        return _as_json(found, kept, told)
    return _as_text(found, told) + states_text(told.states if told else ()) + logins_text(kept)


def _told(root: Path) -> Told | None:
    """As the gateway that runs knows it; None where none does."""
    running = running_engine("auto", root, os.environ)
    url = running.state().url if running else ""
    values = read_environment(root, [MASTER_KEY], os.environ)
    return fetch_told(url, values.get(MASTER_KEY)) if url else None


def _about_the_file(root: Path) -> Iterator[str]:
    file = root / ENV_FILE
    if not file.exists():
        yield f"there is no {ENV_FILE}: `gateway render` makes one"
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & ~PRIVATE:
        yield f"{ENV_FILE} may be read by others (mode {mode:04o}): chmod 600 {ENV_FILE}"
    if not is_env_ignored(root):
        yield NOT_IGNORED


def _as_text(found: Sequence[Listed], told: Told | None) -> str:
    """With a column `last use` where a gateway runs that says it."""
    more = ("last use",) if told else ()
    rows: list[tuple[str, ...]] = [("variable", "source", "length", *more, "used by")]
    rows += [_row(each, told) for each in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = []
    for row, each in zip(rows, (None, *found), strict=True):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
        lines += [f"  = note: {note}" for note in (each.notes if each else ())]
    return "\n".join(lines) + "\n"


def _row(each: Listed, told: Told | None) -> tuple[str, ...]:
    more = (_last_use(each.variable, told),) if told else ()
    return (
        each.variable.name, _source(each), str(each.length or ""), *more, _uses(each.variable)
    )  # fmt: skip


def _last_use(variable: Variable, told: Told) -> str:
    """`-`: a provider's key that was not used since this is remembered; empty for what is none."""
    at = told.last_used.get(variable.name)
    if at is None:
        return "-" if "key" in variable.purposes else ""
    return when_in_words(datetime.fromisoformat(at), datetime.now().astimezone())


def _source(each: Listed) -> str:
    return f"{each.source}:{each.line}" if each.source is Source.FILE else str(each.source)


def _uses(variable: Variable) -> str:
    purposes = [purpose for purpose in variable.purposes if purpose != "key"]
    parts = [", ".join(variable.providers)] if variable.providers else []
    if variable.models:
        shown = ", ".join(variable.models[:_MOST_MODELS])
        more = len(variable.models) - _MOST_MODELS
        parts.append(shown + (f" and {more} more" if more > 0 else ""))
    text = ": ".join(parts)
    return f"{text} ({', '.join(purposes)})" if text and purposes else text or ", ".join(purposes)


def _as_json(found: Sequence[Listed], kept: Sequence[KeptLogin], told: Told | None) -> str:
    last_used = told.last_used if told else {}
    document = {
        "format_version": "1.0",
        "variables": [_data(each, last_used.get(each.variable.name)) for each in found],
        "logins": logins_data(kept),
        "keys": states_data(told.states if told else ()),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _data(each: Listed, last_used: str | None) -> dict[str, Any]:
    variable = each.variable
    return {
        "name": variable.name,
        "source": str(each.source),
        "line": each.line,
        "length": each.length,
        "last_used": last_used,
        "purposes": list(variable.purposes),
        "providers": list(variable.providers),
        "models": list(variable.models),
        "same_as": list(each.same_as),
        "notes": list(each.notes),
    }
