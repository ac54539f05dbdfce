"""A gateway, and an upstream that knows its keys: which were shown, and what they may still do."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from stack.asking import Proxy, Reply
from stack.projects import Stack

from gateway.stand_in import StandIn
from gateway.stand_in.quotas import Quota


@dataclass(frozen=True, slots=True)
class KeyLab:
    stack: Stack
    upstream: StandIn
    keys: dict[str, str]
    """A variable's name and its value."""

    @property
    def proxy(self) -> Proxy:
        return self.stack.proxy

    def shown(self) -> list[str]:
        """The variable of each key that the upstream was shown."""
        names = {value: name for name, value in self.keys.items()}
        keys = (r.headers["authorization"].removeprefix("Bearer ") for r in self.upstream.requests)
        return [names.get(key, key) for key in keys]

    def used(self) -> Counter[str]:
        return Counter(self.shown())

    def limit(self, name: str, answers: int, **more: Any) -> None:
        """The key gets so many answers more."""
        self.upstream.limit(self.keys[name], Quota(answers, **more))

    def states(self, provider: str) -> dict[str, Any]:
        """What is told of each variable at a provider."""
        told = self.proxy.get("/gateway/keys").json()["keys"]
        return {each["variable"]: each for each in told if each["provider"] == provider}

    def log(self) -> str:
        return self.stack.log_file.read_text()


def asked(
    proxy: Proxy, name: str, count: int, *, kind: str = "chat", at_once: int = 1
) -> list[Reply]:
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda _: proxy.ask(kind, name), range(count)))


def statuses(replies: list[Reply]) -> Counter[int]:
    return Counter(reply.status for reply in replies)
