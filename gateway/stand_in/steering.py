"""A request below `/_` goes in: the log comes out, or the stand-in behaves otherwise from then on.

`GET` and `DELETE /_requests` read and clear the log; `POST /_behaviour` takes a `Behaviour` as JSON,
with `model` where it is meant for one model only; `DELETE /_behaviour` heals. No key is asked for.
"""

from __future__ import annotations

from typing import Protocol

from .faults import HEALTHY, Behaviour
from .request_log import Request
from .wire import Connection, Incoming


class Steerable(Protocol):
    """What steering needs of a stand-in."""

    @property
    def requests(self) -> list[Request]: ...
    def clear(self) -> None: ...
    def behave(self, behaviour: Behaviour, *, model: str | None = None) -> None: ...
    def heal(self) -> None: ...


async def steer(stand_in: Steerable, connection: Connection, incoming: Incoming) -> bool:
    """Do what is asked and confirm it; True where the connection can carry another request."""
    asked = (incoming.method, incoming.path)
    if asked == ("POST", "/_behaviour"):
        return await _behave(stand_in, connection, incoming)
    if asked == ("GET", "/_requests"):
        await connection.send_json(200, [each.as_json() for each in stand_in.requests])
    elif asked == ("DELETE", "/_requests"):
        stand_in.clear()
        await connection.send_json(200, {})
    elif asked == ("DELETE", "/_behaviour"):
        stand_in.heal()
        await connection.send_json(200, {})
    else:
        await connection.send_json(404, {"error": f"unknown request: {' '.join(asked)}"})
    return True


async def _behave(stand_in: Steerable, connection: Connection, incoming: Incoming) -> bool:
    try:
        behaviour, model = _parsed(incoming)
    except ValueError as error:
        await connection.send_json(400, {"error": str(error)})
        return True
    if behaviour.refuse:
        # Shutting the door cuts every connection: this one needs its answer before.
        await connection.send_json(200, {}, {"Connection": "close"})
        stand_in.behave(behaviour)
        return False
    stand_in.behave(behaviour, model=model)
    await connection.send_json(200, {})
    return True


def _parsed(incoming: Incoming) -> tuple[Behaviour, str | None]:
    data = incoming.parsed_body()
    if data is None:
        return HEALTHY, None
    if not isinstance(data, dict):
        raise ValueError("a behaviour is a JSON object")  # noqa: TRY004 - one type to catch
    model = data.pop("model", None)
    if model is not None and not isinstance(model, str):
        raise ValueError("model must be a string")
    behaviour = Behaviour.from_json(data)
    if behaviour.refuse and model is not None:
        raise ValueError("a connection is refused before it names a model")
    if behaviour.refuse and behaviour.refuse_for is None:
        raise ValueError("refuse needs refuse_for here: a closed port cannot be told to open")
    return behaviour, model
