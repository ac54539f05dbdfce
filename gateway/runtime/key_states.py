"""What is known of keys in, what the gateway's owner may read of it out: names and numbers, no key.

`keys` has those that are counted, `last_used` every key that was shown to its provider.

Asked for with `GET /gateway/keys` and the master key. The answer is the same from
every worker, where they share a state.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .abandoned import Send
from .deployments import deployments_of
from .key_ledger import Kept, Place, Used
from .key_memory import KeyMemory, memory
from .key_windows import DAY
from .refusals import Refusal, refuse
from .rotated_key import EVERY_MODEL, Key, KeyId, key_of

PATH = "/gateway/keys"
FORMAT = "1.0"


async def tell_states(send: Send, headers: Mapping[str, str]) -> None:
    """Answers a request."""
    try:
        found = await states_of(_keys(), memory)
        uses = _last_uses(await memory.last_shown())
    except (sqlite3.Error, OSError, TimeoutError):
        await refuse(send, Refusal(503, "what is known of keys cannot be read now"), PATH, headers)
        return
    body = json.dumps({"format_version": FORMAT, "keys": found, "last_used": uses}).encode()
    more = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": more})
    await send({"type": "http.response.body", "body": body})


async def states_of(keys: Iterable[Key], known: KeyMemory) -> list[dict[str, Any]]:
    """One entry for each key, in the order of the configuration. Raises what the ledger raises."""
    by_id: dict[KeyId, list[Key]] = {}
    for key in keys:
        by_id.setdefault(key.id, []).append(key)
    await known.look()
    rests, used = await known.ledger.rests(), await known.ledger.used()
    return [_state(id, same, rests, used) for id, same in by_id.items()]


def _state(
    id: KeyId, keys: list[Key], rests: Iterable[Kept], used: Iterable[Used]
) -> dict[str, Any]:
    own = [kept for kept in rests if kept.place[:2] == id]
    locked = next((kept for kept in own if kept.place.scope == EVERY_MODEL), None)
    scopes = {key.scope: key for key in keys}
    today = {u.place: u for u in used if u.place[:2] == id and u.window.length == DAY}
    hour = {u.place: u for u in used if u.place[:2] == id and u.window.length != DAY}
    return {
        "provider": id.provider,
        "variable": id.variable or None,
        "set": _is_set(id.variable),
        "locked": _rest(locked) if locked else None,
        "left_alone": [
            {"for": kept.place.scope, **_rest(kept)}
            for kept in own
            if kept.place.scope != EVERY_MODEL
        ],
        "used": [
            {
                "for": scope,
                "models": sorted({each.model for each in keys if each.scope == scope}),
                "today": _amounts(today.get(Place(*id, scope))),
                "this_hour": _amounts(hour.get(Place(*id, scope))),
                "limits": dict(key.quotas),
            }
            for scope, key in scopes.items()
        ],
    }


def _last_uses(shown: Mapping[KeyId, float]) -> list[dict[str, str]]:
    return [
        {"provider": id.provider, "variable": id.variable, "at": _moment(at)}
        for id, at in sorted(shown.items())
    ]


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _rest(kept: Kept) -> dict[str, Any]:
    return {
        "reason": kept.reason,
        "until": _moment(kept.until),
        "seconds": max(0, round(kept.until - time.time())),
    }


def _amounts(used: Used | None) -> dict[str, int]:
    return {"requests": used.requests if used else 0, "tokens": used.tokens if used else 0}


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "") not in ("", f"missing-{variable}")


def _keys() -> Iterable[Key]:
    for deployment in deployments_of():
        key = key_of(deployment.get("model_info"))
        if key is not None:
            yield key
