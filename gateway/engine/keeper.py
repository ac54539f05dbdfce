"""A process of its own that starts a stack for `gateway run`, and stops it after the last client.

It has a session of its own: what ends `gateway run`, also `kill -9` in the middle of the start, does not
end it. Whether anybody still needs the stack is asked of the kernel (`gateway.engine.lease`).
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from gateway.engine import choose_engine, running_engine
from gateway.engine.lease import Lease
from gateway.engine.readiness import wait_until_ready
from gateway.engine.stack import Engine, Stack
from gateway.model import GatewayError

_POLL = 0.25


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be started. It goes through a pipe: it holds the values of `.env`."""

    engine: str
    stack: Stack
    environ: Mapping[str, str] = field(repr=False)


def start_kept(job: Job, lease: Lease | None, on_wait: Callable[[], None]) -> Lease:
    """Returns when the stack is ready, or runs already: the share in it, `lease` or a new one, is what keeps it up.

    Raises GatewayError where it does not come up. An interrupt ends the start, unless somebody else
    waits for it too, and is passed on when nothing of it is left.
    """
    argv = [sys.executable, "-m", "gateway.engine.keeper", str(job.stack.root)]
    process = subprocess.Popen(
        argv,
        cwd="/",
        env={**job.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 - asked for
    assert process.stdout is not None  # noqa: S101 - asked for
    said = bytearray()
    with process.stdout as reports:
        # Made when somebody is there who removes it: this process may be killed at any time.
        lease = lease or Lease.take(job.stack.root)
        with contextlib.suppress(BrokenPipeError), process.stdin as order:
            order.write(pickle.dumps(job))
        try:
            process.wait()  # it goes on as nobody's child: the client will not meet it
            _read_to_end(reports.fileno(), said, on_wait)
        except KeyboardInterrupt:
            lease.close()
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(said.partition(b"\n")[0]), signal.SIGTERM)
            _read_to_end(reports.fileno(), said, on_wait)
            raise
    _raise_what_it_said(bytes(said.partition(b"\n")[2]))
    return lease


def _read_to_end(reports: int, said: bytearray, on_wait: Callable[[], None]) -> None:
    while True:
        on_wait()
        if select.select([reports], [], [], _POLL)[0]:
            part = os.read(reports, 65536)
            if not part:
                return
            said += part


def _raise_what_it_said(result: bytes) -> None:
    try:
        error = json.loads(result)
    except ValueError:
        raise GatewayError("what starts the gateway ended by itself", "try `gateway up`") from None
    if error is not None:
        raise GatewayError(*error)


def main() -> None:
    """The keeper's process: a job comes on stdin; its process id and what went wrong go to stdout.

    It ends as a start that fails does where no job comes, because who would send it was killed.
    """
    if os.fork():
        os._exit(0)
    root = Path(sys.argv[1])
    job = _read_job()
    lease = Lease.open(root)
    if lease is None:
        return

    lease.keep()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        _give_up_where_unused(lease)

    signal.signal(signal.SIGTERM, interrupt)
    try:
        _say(f"{os.getpid()}\n".encode())
        _say(json.dumps(_start(job, lease) if job else None).encode())
        os.close(sys.stdout.fileno())
        lease.wait_until_unused()
    except _UnusedError:
        pass
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _stop(root, job.environ if job else os.environ, lease)


def _read_job() -> Job | None:
    try:
        job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent, through a pipe
    except (EOFError, pickle.UnpicklingError):
        return None
    return job


class _UnusedError(Exception):
    """Nobody waits for the stack any more."""


def _give_up_where_unused(lease: Lease) -> None:
    if lease.is_unused():
        raise _UnusedError


def _start(job: Job, lease: Lease) -> tuple[str, str | None] | None:
    """What went wrong, as a sentence and a hint."""
    root = job.stack.root
    with lease.starting():
        _give_up_where_unused(lease)
        try:
            running = running_engine("auto", root, job.environ)
            if running is None or not running.state().is_running:  # else another one was quicker
                _start_with(choose_engine(job.engine, root, job.environ), job.stack, lease)
        except GatewayError as error:
            return error.message, error.hint
    return None


def _start_with(engine: Engine, stack: Stack, lease: Lease) -> None:
    engine.prepare(stack, "")
    try:
        _give_up_where_unused(lease)
        engine.start(stack)
        wait_until_ready(engine, stack, lambda: _give_up_where_unused(lease))
    except BaseException:
        with contextlib.suppress(GatewayError):
            engine.stop()
        raise


def _stop(root: Path, environ: Mapping[str, str], lease: Lease) -> None:
    """What `gateway up` has taken over meanwhile, or `gateway down` stopped, is left alone."""
    if not lease.is_current():
        return
    running = running_engine("auto", root, environ)
    if running is not None:
        running.stop()
    lease.remove()


def _say(text: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # `gateway run` was killed
        os.write(sys.stdout.fileno(), text)


if __name__ == "__main__":
    main()
