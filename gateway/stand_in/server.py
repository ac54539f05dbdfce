"""A name, keys and behaviours go in, a running OpenAI-compatible server with a request log comes out."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from .answers import Answer, Upstream, answer, error_answer
from .background import BackgroundLoop, run_in
from .chat import Script
from .door import Door
from .exchange import deliver
from .faults import HEALTHY, Behaviour, FaultPlan
from .quotas import Quota, Quotas
from .request_log import Request, RequestLog
from .steering import steer
from .wire import Connection, Incoming


class StandIn:
    """An upstream to test against.

    `with StandIn(…)` or `start()`/`stop()` serve from a thread of its own, `async with` from the
    running loop. Started again it keeps its port, its log and its behaviours.
    """

    def __init__(  # noqa: PLR0913 - keyword-only, and each one is a fact of its own
        self,
        name: str = "stand-in",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_keys: Iterable[str] | None = None,
        models: Iterable[str] | None = None,
        behaviour: Behaviour = HEALTHY,
        behaviours: Mapping[str, Behaviour] | None = None,
        script: Script | None = None,
    ) -> None:
        """`api_keys=None` accepts every key and none; `models` is what `GET /v1/models` lists.

        `script` answers chats, in the thread that serves.
        """
        self.name = name
        self.host = host
        self.port = port
        """The port; where 0 was given, the one that was found, from starting on."""
        self._api_keys = None if api_keys is None else frozenset(api_keys)
        self._upstream = Upstream(name, [name] if models is None else list(models), script)
        self._plan = FaultPlan(behaviour, behaviours or {})
        self._quotas = Quotas()
        self._log = RequestLog()
        self._background: BackgroundLoop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._door: Door | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reopening: asyncio.TimerHandle | None = None

    @property
    def url(self) -> str:
        """Where it is reached from this machine."""
        anywhere = self.host == "0.0.0.0"  # noqa: S104 - compared with, not bound to
        return f"http://{'127.0.0.1' if anywhere else self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return f"{self.url}/v1"

    @property
    def requests(self) -> list[Request]:
        """Every request since the start or the last `clear()`, in order of arrival."""
        return self._log.snapshot()

    def clear(self) -> None:
        """Forget the requests so far."""
        self._log.clear()

    def behave(self, behaviour: Behaviour, *, model: str | None = None) -> None:
        """Set how requests for one model, or for all without their own behaviour, are treated.

        Holds for requests that arrive from now on; `refuse` also cuts what is under way. Callable
        from any thread; when it returns, the port is closed or open as told.
        """
        self._plan.put(behaviour, model)
        self._follow_plan()

    def limit(self, key: str, quota: Quota | None) -> None:
        """Give a bearer's key a quota, or with None none."""
        self._quotas.put(key, quota)

    def heal(self) -> None:
        """Back to health, for every model and key."""
        self._plan.heal()
        self._quotas.forget()
        self._follow_plan()

    def start(self) -> None:
        """Serve from a thread of its own; raises OSError where the port is taken."""
        background = BackgroundLoop(f"stand-in {self.name}")
        try:
            background.run(self._open())
        except BaseException:
            background.stop()
            raise
        self._background = background

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._background is not None:
            background, self._background = self._background, None
            background.run(self._close())
            background.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def _open(self) -> None:
        if self._loop is not None:
            raise RuntimeError(f"stand-in {self.name} runs already")
        self._door = Door(self.host, self.port, self._welcome)
        self.port = self._door.port
        self._loop = asyncio.get_running_loop()
        self._move_door()

    async def _close(self) -> None:
        if self._door is None:
            return
        self._cancel_reopening()
        self._door.close()
        self._door = self._loop = None
        tasks = self._hang_up()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A closed transport gives its socket up in the loop's next turn.
        await asyncio.sleep(0)

    def _follow_plan(self) -> None:
        loop = self._loop
        if loop is None:
            return
        if _running_loop() is loop:
            self._move_door()
        else:
            run_in(loop, self._move_door_from_outside())

    async def _move_door_from_outside(self) -> None:
        self._move_door()

    def _move_door(self) -> None:
        self._cancel_reopening()
        if self._door is None:
            return
        if not self._plan.refuses:
            self._door.open()
            return
        self._door.shut()
        self._hang_up()
        seconds = self._plan.refuses_for
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._reopening = loop.call_later(seconds, self.behave, HEALTHY)

    def _cancel_reopening(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None

    def _hang_up(self) -> list[asyncio.Task[None]]:
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        return others

    def _welcome(self, accepted: socket.socket) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(accepted))
        self._tasks.add(task)

        def forget(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                accepted.close()  # it may have been before it began

        task.add_done_callback(forget)

    async def _serve(self, accepted: socket.socket) -> None:
        connection = await Connection.accept(accepted)
        try:
            while (incoming := await connection.read_request()) is not None:
                if not await self._treat(connection, incoming) or incoming.asks_to_close:
                    break
            connection.close()
        except ConnectionError:
            connection.close()
        except asyncio.CancelledError:
            connection.reset()
            raise

    async def _treat(self, connection: Connection, incoming: Incoming) -> bool:
        if incoming.path.startswith("/_"):
            return await steer(self, connection, incoming)
        body = incoming.parsed_body()
        fields: dict[str, Any] = body if isinstance(body, dict) else {}
        model = fields.get("model") if isinstance(fields.get("model"), str) else None
        request = Request(
            time.time(), incoming.method, incoming.target, incoming.headers, body, model
        )
        progress = self._log.add(request)
        try:
            return await deliver(
                connection,
                self._plan.take(model, counts=incoming.method == "POST"),
                lambda: self._answer(incoming, body),
                streams=bool(fields.get("stream")),
                progress=progress,
            )
        except ConnectionError:
            progress.over = False
            raise
        finally:
            progress.client_left_early = connection.client_left and not progress.over

    def _answer(self, incoming: Incoming, body: Any) -> Answer:
        scheme, _, key = incoming.headers.get("authorization", "").partition(" ")
        is_known = self._api_keys is None or (scheme.lower() == "bearer" and key in self._api_keys)
        if not is_known:
            return error_answer(401, "missing or wrong API key", "invalid_api_key")
        refusal = self._quotas.spend(key) if incoming.method == "POST" else None
        return refusal or answer(self._upstream, incoming.method, incoming.path, body)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
