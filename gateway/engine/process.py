"""A stack without Docker: LiteLLM from this Python environment, with a pid file and a log file."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.constants import CONFIG_FILE, LITELLM_VERSION, PROXY_ENVIRONMENT, STACK_DIR, STATE_DIR
from gateway.engine.stack import Stack, State
from gateway.model import GatewayError

# What LiteLLM needs of this process's environment; no key reaches it that the blueprint does not name.
_INHERITED = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
_START = "import sys; from litellm import run_server; sys.exit(run_server())"
_LONGEST_LOG = 10_000_000


def is_installed() -> bool:
    """Whether LiteLLM is in this Python environment (asked without importing it)."""
    return importlib.util.find_spec("litellm") is not None


class ProcessEngine:
    """See `gateway.engine.stack.Engine`."""

    name = "process"

    def __init__(self, stack: Stack, environ: Mapping[str, str]) -> None:
        self._stack = stack
        self._environ = environ
        self._folder = stack.root / STATE_DIR
        self._pid_file = self._folder / "proxy.json"
        self._log_file = self._folder / "proxy.log"

    def require(self) -> None:
        if not is_installed():
            raise GatewayError(
                "LiteLLM is not installed in this Python environment",
                "run `pip install 'litellm-gateway[proxy]'`, or use `--engine docker`",
            )
        from importlib.metadata import version  # noqa: PLC0415 - only this engine asks

        installed = version("litellm")
        if installed != LITELLM_VERSION:
            raise GatewayError(
                f"LiteLLM {installed} is installed, {LITELLM_VERSION} is what was rendered for",
                f"run `pip install 'litellm[proxy]=={LITELLM_VERSION}'`",
            )

    def start(self) -> None:
        state = self.state()
        if state.is_running:
            if state.config_hash == self._stack.config_hash and state.has_same_values:
                return
            self.stop()
        self._require_free_port()
        self._prepare_folder()
        with self._open_log() as log:
            process = subprocess.Popen(
                self._argv(),
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        record = {
            "pid": process.pid,
            "started": _started(process.pid),
            "config_hash": self._stack.config_hash,
            "values": self._fingerprint(),
        }
        self._pid_file.write_text(json.dumps(record), "utf-8")

    def stop(self) -> None:
        record = self._record()
        if record is not None:
            _end(record["pid"], self._stack.blueprint.server.stop_grace_period)
        self._pid_file.unlink(missing_ok=True)

    def state(self) -> State:
        if not self._pid_file.exists():
            return State(is_running=False)
        record = self._record()
        if record is None:
            return State(is_running=False, has_failed=True)
        return State(
            is_running=True,
            config_hash=record.get("config_hash"),
            has_same_values=record.get("values") == self._fingerprint(),
            what=f"process {record['pid']}",
        )

    def last_lines(self, count: int) -> str:
        try:
            with self._log_file.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - 200 * count))
                lines = file.read().decode("utf-8", "replace").splitlines(keepends=True)
        except FileNotFoundError:
            return ""
        return "".join(lines[-count:])

    def follow_logs(self, *, tail: int, follow: bool) -> int:
        if not self._log_file.exists():
            raise GatewayError("there is no log: nothing was started here", "run `gateway up`")
        sys.stdout.write(self.last_lines(tail))
        sys.stdout.flush()
        with self._log_file.open("r", encoding="utf-8", errors="replace") as file:
            file.seek(0, os.SEEK_END)
            while follow:
                sys.stdout.write(file.read())
                sys.stdout.flush()
                time.sleep(0.2)
        return 0

    def _argv(self) -> list[str]:
        server = self._stack.blueprint.server
        config = str((self._stack.root / CONFIG_FILE).absolute())
        argv = [sys.executable, "-c", _START, "--config", config, "--host", server.bind, "--port", str(server.port)]
        if server.workers > 1:
            argv += ["--num_workers", str(server.workers), "--timeout_worker_healthcheck", "60"]
        return argv

    def _environment(self) -> dict[str, str]:
        """The same allow-list as the container's: the variables of the blueprint and no other key."""
        blueprint = self._stack.blueprint
        inherited = {name: self._environ[name] for name in _INHERITED if name in self._environ}
        named = {v.name: self._stack.values.get(v.name, f"missing-{v.name}") for v in blueprint.variables}
        path = str((self._stack.root / STACK_DIR).absolute())
        return {**inherited, **PROXY_ENVIRONMENT, **named, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}

    def _fingerprint(self) -> str:
        """Tells whether a value changed, without holding one: keys are long random texts."""
        text = json.dumps(sorted(self._stack.values.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _require_free_port(self) -> None:
        server = self._stack.blueprint.server
        family = socket.AF_INET6 if ":" in server.bind else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((server.bind, server.port))
            except OSError as error:
                raise GatewayError(
                    f"cannot listen on {server.bind} port {server.port} ({(error.strerror or '').lower()})",
                    "stop what listens there, or set another `server.port` in gateway.yaml",
                ) from None

    def _prepare_folder(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if self._log_file.exists() and self._log_file.stat().st_size > _LONGEST_LOG:
                self._log_file.replace(self._log_file.with_suffix(".log.1"))
        except OSError as error:
            raise GatewayError(f"{STATE_DIR} cannot be written ({(error.strerror or '').lower()})") from None

    def _open_log(self) -> Any:
        descriptor = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "ab")

    def _record(self) -> dict[str, Any] | None:
        """The pid file's content where that very process still runs."""
        try:
            record: dict[str, Any] = json.loads(self._pid_file.read_text("utf-8"))
            is_same = _started(record["pid"]) == record["started"] is not None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if is_same else None


def _started(pid: int) -> str | None:
    """When a process started, as `ps` says it: with the pid it names one process for good."""
    done = subprocess.run(
        ["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False,
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
    )  # fmt: skip
    text, _, status = done.stdout.strip().rpartition(" ")
    return None if not text or status.startswith("Z") else text.strip()


def _end(pid: int, grace: float) -> None:
    """TERM, so that running answers can finish; KILL for the whole group after `grace` seconds."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + grace
        while time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if _started(pid) is None:
                return
            time.sleep(0.1)
        os.killpg(pid, signal.SIGKILL)
