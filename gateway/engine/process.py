"""A stack without Docker: LiteLLM from this Python environment, with a pid file and a log file."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO

from gateway.constants import (
    BUDGETS_DIR,
    CONFIG_FILE,
    LITELLM_VERSION,
    PROXY_ENVIRONMENT,
    STACK_DIR,
    STATE_DIR,
    STATE_VARIABLE,
    worker_options,
)
from gateway.engine.log_text import plain
from gateway.engine.pid_file import end, started
from gateway.engine.port import cannot_listen, find_obstacle, is_own_port
from gateway.engine.stack import (
    CONFIG_CHANGED,
    LAUNCH_CHANGED,
    Stack,
    State,
    values_changed,
)
from gateway.model import GatewayError

# What LiteLLM needs of this process's environment; no key reaches it that the blueprint does not name.
_INHERITED = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
# A quarter of an import of LiteLLM went into looking for garbage where nothing had become any yet.
_START = (
    "import gc, sys; gc.set_threshold(100_000); "
    "from litellm import run_server; sys.exit(run_server())"
)
_GRACE = 30.0
_POLL = 0.2


def is_installed() -> bool:
    """Whether LiteLLM is in this Python environment (asked without importing it)."""
    return importlib.util.find_spec("litellm") is not None


class ProcessEngine:
    """See `gateway.engine.stack.Engine`."""

    name = "process"

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root.absolute()
        self._environ = environ
        self._folder = self._root / STATE_DIR
        self._pid_file = self._folder / "proxy.json"
        self._log_file = self._folder / "proxy.log"

    def require(self) -> None:
        if not is_installed():
            raise GatewayError(
                "LiteLLM is not installed in this Python environment",
                "run `pip install '<the checkout>[proxy]'`, or use `--engine docker`",
            )
        try:
            installed = version("litellm")
        except PackageNotFoundError:
            installed = "of an unknown version"
        if installed != LITELLM_VERSION:
            raise GatewayError(
                f"LiteLLM {installed} is installed, {LITELLM_VERSION} is what was rendered for",
                f"run `pip install 'litellm[proxy]=={LITELLM_VERSION}'`",
            )

    def prepare(self, stack: Stack, own_url: str) -> None:
        """LiteLLM itself takes another port without a word where 4000 is taken."""
        if stack.server.has_database:
            raise GatewayError("`database: postgres` runs in Docker alone", "use `--engine docker`")
        if self._record() is None:
            self.stop()  # what one that was killed left behind
        number = find_obstacle(stack.server)
        if number and not is_own_port(stack.server, number, own_url):
            raise cannot_listen(stack.server, number)

    def start(self, stack: Stack) -> None:
        state = self.state(stack)
        if state.is_running and not state.differences:
            return
        try:
            with self._open_log() as log:
                self.stop()
                self.prepare(stack, "")
                self._start(stack, log)
        except OSError as error:
            raise self._not_written(error) from None

    def _start(self, stack: Stack, log: Any) -> None:
        process = subprocess.Popen(
            self._argv(stack),
            cwd=self._folder,
            env=self._environment(stack),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        since = started(process.pid) or ""
        record = {
            "pid": process.pid,
            "started": since,
            "url": stack.url,
            "grace": stack.server.stop_grace_period,
            **self._fingerprints(stack),
            **_salted(stack.environment(), secrets.token_hex(16)),
        }
        try:
            with _open_private(self._pid_file) as file:
                file.write(json.dumps(record))
        except BaseException:
            end(process.pid, since, _GRACE, self._folder)  # nobody could find it any more
            raise

    def stop(self) -> None:
        record = self._last_record()
        if record is not None:
            grace = float(record.get("grace", _GRACE))
            end(record["pid"], record["started"], grace, self._folder)
        with contextlib.suppress(OSError):
            self._pid_file.unlink()

    def state(self, stack: Stack | None = None) -> State:
        record = self._record()
        if record is None:
            return State(is_running=False, has_failed=self._pid_file.exists())
        differences: list[str] = []
        changed: tuple[str, ...] = ()
        if stack is not None:
            wanted = self._fingerprints(stack)
            differences = [s for key, s in _SENTENCES.items() if record.get(key) != wanted[key]]
            changed = _changed(record, stack)
            differences += [values_changed(changed)] if changed else []
        return State(
            is_running=True,
            url=str(record.get("url", "")),
            what=f"process {record['pid']}",
            differences=tuple(differences),
            changed=changed,
            run=f"{record['pid']} {record['started']}",
        )

    def last_lines(self, count: int) -> str:
        """Of the present start; an older one's lines would only mislead."""
        lines = plain(self._tail(400 * count)).splitlines(keepends=True)
        return "".join(lines[-count:])

    def follow_logs(self, *, tail: int, follow: bool) -> int:
        if not self._log_file.exists():
            raise GatewayError("there is no log: nothing was started here", "run `gateway up`")
        sys.stdout.write(self.last_lines(tail))
        sys.stdout.flush()
        for text in self._written_from_now_on() if follow else ():
            sys.stdout.write(plain(text))
            sys.stdout.flush()
        return 0

    def has_log(self) -> bool:
        return self._log_file.exists()

    def _written_from_now_on(self) -> Iterator[str]:
        """Whole lines as they come, until the proxy is no more."""
        with self._log_file.open("r", encoding="utf-8", errors="replace") as file:
            file.seek(0, os.SEEK_END)
            held = ""
            while True:
                is_over = self._record() is None
                text, newline, held = (held + file.read()).rpartition("\n")
                yield text + newline
                if is_over:
                    return
                time.sleep(_POLL)

    def _tail(self, size: int) -> str:
        try:
            with self._log_file.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - size))
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def _argv(self, stack: Stack) -> list[str]:
        server = stack.server
        listen = ["--host", server.bind, "--port", str(server.port)]
        argv = [sys.executable, "-c", _START, "--config", str(self._root / CONFIG_FILE), *listen]
        return [*argv, *worker_options(server.workers)]

    def _environment(self, stack: Stack) -> dict[str, str]:
        """The same allow-list as the container's: the variables of the blueprint and no other key."""
        inherited = {name: self._environ[name] for name in _INHERITED if name in self._environ}
        ours = {
            "PYTHONPATH": str(self._root / STACK_DIR),
            "PYTHONUNBUFFERED": "1",
        }
        kept = {STATE_VARIABLE: str(self._root / BUDGETS_DIR)} if stack.has_state else {}
        return {**inherited, **PROXY_ENVIRONMENT, **stack.environment(), **ours, **kept}

    def _fingerprints(self, stack: Stack) -> dict[str, str]:
        """Tell whether the files or the launch changed."""
        launch = [self._argv(stack), sorted(PROXY_ENVIRONMENT.items()), LITELLM_VERSION]
        return {
            "config": stack.config_hash,
            "launch": _digest(launch),
        }

    def _open_log(self) -> Any:
        """Begun anew with each start; the one before is kept beside it."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if self._log_file.exists():
            self._log_file.replace(self._log_file.with_suffix(".log.1"))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.fdopen(os.open(self._log_file, flags, 0o600), "ab")

    def _not_written(self, error: OSError) -> GatewayError:
        reason = os.strerror(error.errno or 0).lower()
        return GatewayError(f"{STATE_DIR}/ cannot be written ({reason})")

    def _record(self) -> dict[str, Any] | None:
        """The pid file's content where that very process still runs."""
        record = self._last_record()
        is_same = record is not None and started(record["pid"]) == record["started"]
        return record if is_same else None

    def _last_record(self) -> dict[str, Any] | None:
        """The pid file's content, of a process that may be no more."""
        try:
            record: dict[str, Any] = json.loads(self._pid_file.read_text("utf-8"))
            is_sound = type(record["pid"]) is int and type(record["started"]) is str
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if is_sound and record["pid"] > 1 else None


_SENTENCES = {"config": CONFIG_CHANGED, "launch": LAUNCH_CHANGED}


def _salted(values: Mapping[str, str], salt: str) -> dict[str, Any]:
    """Tells which value changed without holding one."""
    return {"salt": salt, "values": {name: _digest([salt, v]) for name, v in values.items()}}


def _changed(record: Mapping[str, Any], stack: Stack) -> tuple[str, ...]:
    salt, held = record.get("salt"), record.get("values")
    running = held if isinstance(salt, str) and isinstance(held, dict) else {}
    wanted = _salted(stack.environment(), str(salt))["values"]
    names = {*running, *wanted}
    return tuple(sorted(name for name in names if running.get(name) != wanted.get(name)))


def _open_private(path: Path) -> TextIO:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8")


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
