"""A stack with slow models goes in, their answers come out a minute and a half later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from stack.asking import CHAT_KINDS, Reply
from stack.faults import Faulty

STREAMS = ("chat-stream", "messages-stream")
CASES = [("slow-first-token", kind) for kind in CHAT_KINDS] + [
    ("slow-tokens", kind) for kind in STREAMS
]
SlowReplies = Mapping[tuple[str, str], Future[Reply]]


@contextmanager
def asked_slowly(faulty: Faulty) -> Iterator[SlowReplies]:
    """Asks at once and in the background, so that other tests run meanwhile."""
    with ThreadPoolExecutor(len(CASES)) as pool:
        yield {
            (name, kind): pool.submit(faulty.stack.proxy.ask, kind, name, timeout=150)
            for name, kind in CASES
        }
