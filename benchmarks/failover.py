"""Measures how long a client waits for an answer when an upstream fails: gateway, and LiteLLM alone.

    python benchmarks/failover.py        # about six minutes; prints Markdown for docs/failover.md

Both run as a process on this machine against the same stand-in upstreams; LiteLLM alone has the same
two models and a plain fallback. Each cell has models of its own, so that no cooldown of one cell
changes another; waiting ends after 60 s.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from stack.asking import KINDS, Proxy, Reply  # noqa: E402 - found through the line above
from stack.faults import (  # noqa: E402
    HOLES,
    REFUSED,
    SILENT,
    Addresses,
    fault_project,
    steer_all,
)
from stack.hosts import Host  # noqa: E402
from stack.projects import (  # noqa: E402
    MASTER_KEY,
    Project,
    free_port,
    model,
    provider,
    running,
)

from gateway.constants import LITELLM_VERSION  # noqa: E402
from gateway.stand_in import Behaviour, BlackHole, StandIn  # noqa: E402

CAP = 60.0
ROWS = {
    "refused": "nobody listens (connection refused)",
    "black-hole": "host is off (packets dropped)",
    "unresolvable": "name does not resolve",
    "429": "429",
    "429-retry-after-30": "429 with `Retry-After: 30`",
    "500": "500",
    "503": "503",
    "401": "401 (wrong key)",
    "reset": "connection reset",
    "drop": "closed without a byte",
    "web-page": "a web page instead of an answer",
    "nonsense-stream": "an event stream without JSON",
    "error-with-200": "an error with status 200",
    "hang": "accepts, says nothing (`first_token: 3s`)",
    "headers-then-hang": "headers, then nothing (`first_token: 3s`)",
}
# Where LiteLLM alone waits for long: asked together, since nothing is computed meanwhile.
LONG = ("black-hole", "429-retry-after-30", *SILENT)
Cell = tuple[Reply, Reply | None]


@contextlib.contextmanager
def upstreams() -> Iterator[Addresses]:
    """A living cloud, and a local machine that fails in every way."""
    with contextlib.ExitStack() as stack:
        local, cloud = (stack.enter_context(StandIn(name)) for name in ("local", "cloud"))
        with ThreadPoolExecutor(HOLES) as pool:
            holes = list(pool.map(stack.enter_context, [BlackHole() for _ in range(HOLES)]))
        closed = [StandIn("nobody", behaviour=Behaviour(refuse=True)) for _ in range(REFUSED)]
        steer_all(local.url)
        yield Addresses(
            local=local.base_url,
            cloud=cloud.base_url,
            refused=tuple(stack.enter_context(each).base_url for each in closed),
            holes=tuple(f"http://127.0.0.1:{hole.port}/v1" for hole in holes),
        )


def name_of(fault: str, kind: str) -> str:
    return f"black-hole-0-{kind}" if fault == "black-hole" else f"{fault}-{kind}"


def ask_twice(proxy: Proxy, fault: str, kind: str) -> Cell:
    first = proxy.ask(kind, name_of(fault, kind), timeout=CAP)
    again = proxy.ask(kind, name_of(fault, kind), timeout=CAP) if first.status else None
    return first, again


def cells(proxy: Proxy, faults: Sequence[str], at_once: int) -> dict[tuple[str, str], Cell]:
    wanted = [(fault, kind) for fault in faults for kind in KINDS]
    with ThreadPoolExecutor(at_once) as pool:
        found = pool.map(lambda cell: ask_twice(proxy, *cell), wanted)
        return dict(zip(wanted, found, strict=True))


def measure_gateway(project: Project) -> tuple[dict[tuple[str, str], Cell], dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), project) as stack:
        direct = {kind: best_direct(stack.proxy, kind) for kind in KINDS}
        return cells(stack.proxy, list(ROWS), 1), direct


def best_direct(proxy: Proxy, kind: str) -> float:
    """Seconds for a request to the cloud's model itself: the median of nine."""
    name = "cloud-embedding" if kind == "embeddings" else "cloud"
    return sorted(proxy.ask(kind, name).total for _ in range(9))[4]


def plain_config(project: Project) -> dict[str, Any]:
    """The project's models as one writes them by hand: an address, a key and a fallback."""

    def entry(name: str, fragment: Any, upstream: str | None = None) -> dict[str, Any]:
        base = project.providers[fragment["provider"]]["api_base"]
        params = {"model": f"openai/{upstream or name}", "api_base": base, "api_key": "none"}
        return {"model_name": name, "litellm_params": params}

    model_list, fallbacks = [], []
    for fault in ROWS:
        for kind in KINDS:
            name = name_of(fault, kind)
            model_list.append(entry(name, project.models[name]))
            model_list.append(entry(f"cloud-{name}", project.models["cloud"]))
            fallbacks.append({name: [f"cloud-{name}"]})
    return {
        "model_list": model_list,
        "router_settings": {"fallbacks": fallbacks},
        "general_settings": {"master_key": MASTER_KEY},
    }


@contextlib.contextmanager
def litellm_alone(config: dict[str, Any]) -> Iterator[Proxy]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(json.dumps(config), "utf-8")
        start = "import sys; from litellm import run_server; sys.exit(run_server())"
        options = ["--config", str(file), "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(
            [sys.executable, "-c", start, *options],
            env={
                "PATH": os.environ["PATH"],
                "HOME": folder,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            },
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            proxy = Proxy(f"http://127.0.0.1:{port}", MASTER_KEY)
            wait_until_ready(proxy)
            yield proxy
        finally:
            process.kill()  # it would wait for the requests that nothing answers
            process.wait(30)


def wait_until_ready(proxy: Proxy) -> None:
    import httpx  # noqa: PLC0415 - this wait alone needs it

    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if proxy.get("/health/readiness").status_code == 200:
                return
        time.sleep(0.2)
    raise SystemExit("LiteLLM did not start")


def measure_plain(project: Project) -> dict[tuple[str, str], Cell]:
    with litellm_alone(plain_config(project)) as proxy:
        for kind in KINDS:  # its first request of each kind takes seconds, whoever answers
            proxy.ask(kind, f"cloud-refused-{kind}")
        found = cells(proxy, [row for row in ROWS if row not in LONG], 4)
        return {**found, **cells(proxy, LONG, len(LONG) * len(KINDS))}


def measure_return() -> dict[str, list[float]]:
    """Seconds from a host's return until its model answers again, with traffic; probes every 5 s."""
    with contextlib.ExitStack() as stack:
        local, cloud = (stack.enter_context(StandIn(name)) for name in ("local", "cloud"))
        names = [f"{how}-{count}" for how in ("off", "refused") for count in range(4)]
        hosts = {name: stack.enter_context(Host(local.port)) for name in names}
        project = Project(
            {"far": provider(cloud.base_url)}
            | {name: provider(host.base_url) for name, host in hosts.items()},
            {"cloud": model("far", "m")} | {name: model(name, "m", "cloud") for name in names},
        )
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        proxy = stack.enter_context(running(Path(folder), project)).proxy

        def returned(name: str) -> float:
            hosts[name].off(refuses=name.startswith("refused"))
            until = time.monotonic() + 7 + names.index(name) % 4 * 1.2
            while time.monotonic() < until:
                assert proxy.ask("chat", name).comes_from("cloud")
                time.sleep(0.3)
            hosts[name].on()
            began = time.monotonic()
            while not proxy.ask("chat", name).comes_from("local"):
                time.sleep(0.05)
            return time.monotonic() - began

        with ThreadPoolExecutor(len(names)) as pool:
            found = dict(zip(names, pool.map(returned, names), strict=True))
    return {
        how: sorted(s for n, s in found.items() if n.startswith(how)) for how in ("off", "refused")
    }


def spelled(reply: Reply | None) -> str:
    if reply is None:
        return "–"
    if reply.status == 0:
        return f"> {CAP:g} s"
    if reply.is_answer:
        return f"{reply.total:.2f} s"
    wrong = f"{reply.status}" if reply.status != 200 else "error" if reply.error else "empty answer"
    return f"{wrong} after {reply.total:.1f} s"


def spelled_cell(cell: Cell) -> str:
    first, again = (spelled(reply) for reply in cell)
    return first if again == "–" else f"{first}, {again}"


def main() -> None:
    with upstreams() as addresses:
        project = fault_project(addresses)
        ours, direct = measure_gateway(project)
        plain = measure_plain(project)
    back = measure_return()
    print(
        f"LiteLLM {LITELLM_VERSION}, Python {platform.python_version()}, {os.cpu_count()} cores,"
        f" {platform.system()} {platform.machine()}; `python benchmarks/failover.py`\n"
    )
    print("| the upstream | | " + " | ".join(KINDS) + " |")
    print("|---" * (len(KINDS) + 2) + "|")
    for fault, title in ROWS.items():
        for who, found in (("**gateway**", ours), ("LiteLLM alone", plain)):
            row = [spelled_cell(found[fault, kind]) for kind in KINDS]
            print(f"| {title if found is ours else ''} | {who} | " + " | ".join(row) + " |")
    row = [f"{direct[kind]:.2f} s" for kind in KINDS]
    print("| the fallback asked directly (median) | gateway | " + " | ".join(row) + " |")
    for how, seconds in back.items():
        spread = ", ".join(f"{each:.1f}" for each in seconds)
        was = {"off": "was switched off", "refused": "refused connections"}[how]
        print(f"\nback on the local model after the return of a host that {was}: {spread} s")


if __name__ == "__main__":
    main()
