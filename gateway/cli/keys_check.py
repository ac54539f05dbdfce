"""A project in, what each provider says to its keys out, as a table or as JSON."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.cli.counting import counted
from gateway.cli.options import Colour, product, talk
from gateway.cli.stack import check_or_exit
from gateway.env_file import read_environment
from gateway.keys.asking import proxies_in
from gateway.keys.checking import attempts_of, check_keys
from gateway.keys.login_checking import login_attempts
from gateway.keys.uses import require_known
from gateway.keys.verdict import Checked, Verdict

_ORDER = tuple(Verdict)


def check_or_say(  # noqa: PLR0913 - which, how long, and how it is said
    root: Path,
    names: Sequence[str],
    seconds: float,
    colour: Colour,
    *,
    as_json: bool,
    quiet: bool,
) -> bool:
    """Prints what came out; False where a key is refused, or one that was asked for is not set.

    Leaves with the findings where the project has mistakes. Raises GatewayError.
    """
    blueprint = check_or_exit(root, colour)
    require_known(names, blueprint)
    values = read_environment(root, [v.name for v in blueprint.variables], os.environ)
    attempts = [a for a in attempts_of(blueprint, values) if not names or a.variable in names]
    logins, known = ([], []) if names else login_attempts(root, blueprint, values, time.time())
    attempts += logins
    tried = [attempt for attempt in attempts if attempt.key and attempt.endpoint]
    if tried and not quiet:
        asked = counted(len({attempt.provider for attempt in tried}), "provider")
        talk(f"asking {asked} for {seconds:g}s at most …")
    found = (*check_keys(attempts, proxies_in(os.environ), seconds), *known)
    others = [name for name in names if name not in {each.variable for each in found}]
    product(_as_json(found) if as_json else _as_text(found))
    if not quiet:
        for name in others:
            talk(f"{name} is no provider's key: nothing was asked")
        talk(_summary(found))
    bad = {Verdict.REFUSED, Verdict.MISSING} if names else {Verdict.REFUSED}
    return not any(each.verdict in bad for each in found)


def _as_text(found: Sequence[Checked]) -> str:
    rows = [(e.variable, str(e.verdict), f"{e.provider}: {e.detail}") for e in found]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    lines = []
    for each, (name, verdict, detail) in zip(found, rows, strict=True):
        lines.append(f"{name:<{widths[0]}}  {verdict:<{widths[1]}}  {detail}")
        lines += [
            f"  = hint: {s.model}: the list has no `{s.upstream_model}`" for s in each.unlisted
        ]
    return "".join(f"{line}\n" for line in lines)


def _summary(found: Sequence[Checked]) -> str:
    verdicts = [each.verdict for each in found]
    counts = [f"{verdicts.count(v)} {v}" for v in _ORDER if v in verdicts]
    return (
        f"{counted(len(found), 'key')}: {', '.join(counts)}"
        if found
        else "no provider's key is named"
    )


def _as_json(found: Sequence[Checked]) -> str:
    keys = [
        {
            "name": each.variable,
            "provider": each.provider,
            "verdict": str(each.verdict),
            "detail": each.detail,
            "unlisted": [
                {"model": served.model, "upstream_model": served.upstream_model}
                for served in each.unlisted
            ],
        }
        for each in found
    ]
    return json.dumps({"format_version": "1.0", "keys": keys}, indent=2, ensure_ascii=False) + "\n"
