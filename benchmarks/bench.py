"""Times the command line against check-jsonschema and two floors, whole processes, in one run.

    make bench

Prints a table: the median wall time of each command, its ratio to the reference of its group, and
its peak memory. Commands of a group alternate, so that a busy moment of the machine hits all.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from gateway.adjusting import ADJUSTABLE

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
SETTINGS = """\
default_model: model-0000
providers:
  home:
    litellm: openai
    api_base: http://127.0.0.1:8080/v1
    api_keys: []
  cloud:
    litellm: openai
    api_base: https://models.example/v1
    api_keys: [CLOUD_API_KEY]
"""
FRAGMENT = """\
# yaml-language-server: $schema=../compose/schema/model.schema.json
description: Model number {n} of the benchmark
provider: {provider}
model: vendor/model-{n}
aliases: [short-{n}]
{fallbacks}timeouts:
  connect: 1s
  total: 10m
limits:
  rpm: 60
context_window: 32768
capabilities: [tools, vision]
"""
# What the rarer rules look at: every section, raw LiteLLM keys, several upstreams, an excused finding.
RICH = """\
headers: {{X-Team: platform}}
params: {{temperature: 0.7, max_tokens: 4096, extra_body: {{provider: {{sort: throughput}}}}}}
price: {{input: 0.6, output: 2.2, cached_input: 0.11}}
max_output_tokens: 8192
litellm: {{tags: [paid], merge_reasoning_content_in_choices: true}}
"""
EXCUSED = "limits:\n  rpm: 900  # gateway: allow GW250 — the provider raises ours next week\n"
RICH_SETTINGS = """\
    limits: {rpm: 600, max_parallel_requests: 20}
litellm:
  router_settings: {routing_strategy: simple-shuffle}
  litellm_settings: {json_logs: true}
  general_settings: {max_request_size_mb: 20}
"""
# The least that anything with positions and a schema has to do: libyaml's events, one compiled check.
FLOOR = """
import json, os, sys
import jsonschema_rs
import yaml
from yaml._yaml import CParser
accepts = jsonschema_rs.Draft202012Validator(json.load(open(sys.argv[1]))).is_valid
all_data = json.load(open(sys.argv[3]))
folder = sys.argv[2]
for name in sorted(os.listdir(folder)):
    parser = CParser(open(folder + "/" + name, encoding="utf-8").read())
    while type(parser.get_event()) is not yaml.StreamEndEvent:
        pass
    assert accepts(all_data[name])
"""


@dataclass
class Timed:
    """One command of a group: what it is called, how it is run, what was measured."""

    name: str
    argv: list[str]
    cwd: Path
    seconds: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    def run(self) -> None:
        began = time.perf_counter()
        process = subprocess.Popen(
            self.argv, cwd=self.cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds.append(time.perf_counter() - began)
        assert process.stderr is not None
        said = process.stderr.read().decode()
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{self.name} ended with {process.returncode}:\n{said}")
        self.peak_mb = max(self.peak_mb, usage.ru_maxrss / 1024)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def make_project(folder: Path, count: int, *, is_rich: bool = False) -> Path:
    """A valid project of `count` twelve-line fragments; every second one has a fallback.

    A rich one sets every rule to `error` and gives the rules something to look at; every tenth
    fragment has a finding that a comment excuses.
    """
    (folder / "models.d").mkdir(parents=True)
    rules = "".join(f"  {code}: error\n" for code in sorted(ADJUSTABLE))
    (folder / "gateway.yaml").write_text(
        f"{SETTINGS}{RICH_SETTINGS}rules:\n{rules}" if is_rich else SETTINGS
    )
    for n in range(count):
        falls_back = n % 2 == 0 and n + 1 < count
        text = FRAGMENT.format(
            n=f"{n:04}",
            provider="home" if falls_back else "cloud",
            fallbacks=f"fallbacks: [model-{n + 1:04}]\n" if falls_back else "",
        )
        if is_rich:
            text += RICH.format()
            if n % 10 == 1:
                text = text.replace("limits:\n  rpm: 60\n", EXCUSED)
        (folder / "models.d" / f"model-{n:04}.yaml").write_text(text)
    if count == 1:
        (folder / "gateway.yaml").write_text(SETTINGS.replace("  home:", "  cloud2:"))
    return folder


def measure(title: str, commands: list[Timed], rounds: int = ROUNDS) -> None:
    """Runs the commands in turn and prints the group; the first one is the reference."""
    for command in commands:
        command.run()
        command.seconds.clear()
    for _ in range(rounds):
        for command in commands:
            command.run()
    reference = commands[0].median
    for command in commands:
        ratio = command.median / reference
        print(
            f"| {title} | `{command.name}` | {command.median:.2f} s | {ratio:.2f} | {command.peak_mb:.0f} MB |"
        )
        sys.stdout.flush()


def validate_group(
    count: int, folder: Path, rounds: int = ROUNDS, *, is_rich: bool = False
) -> None:
    name = f"{count}{'-rich' if is_rich else ''}"
    project = make_project(folder / name, count, is_rich=is_rich)
    schema = ROOT / "gateway" / "schema" / "model.schema.json"
    files = sorted(str(path) for path in (project / "models.d").iterdir())
    data = folder / f"{name}.json"  # what the files say: the floor builds no data of its own
    data.write_text(json.dumps({Path(f).name: yaml.safe_load(Path(f).read_text()) for f in files}))
    measure(
        f"{count:,} fragment{'s' if count > 1 else ''}{', every rule an error' if is_rich else ''}",
        [
            Timed(
                "check-jsonschema",
                [str(BIN / "check-jsonschema"), "--schemafile", str(schema), *files],
                project,
            ),
            Timed("gateway validate", [str(BIN / "gateway"), "validate"], project),
            Timed(
                "floor: libyaml events + compiled validator",
                [sys.executable, "-c", FLOOR, str(schema), str(project / "models.d"), str(data)],
                project,
            ),
        ],
        rounds,
    )


def main() -> None:
    print(
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, median of {ROUNDS} whole processes\n"
    )
    print("| what | command | time | ratio | peak memory |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name:
        folder = Path(name)
        for count, rounds in ((1, ROUNDS), (1000, ROUNDS), (10_000, 3)):
            validate_group(count, folder, rounds)
        validate_group(1000, folder, is_rich=True)
        thousand = folder / "1000"
        measure(
            "1,000 fragments",
            [
                Timed("gateway validate", [str(BIN / "gateway"), "validate"], thousand),
                Timed(
                    "gateway render --stdout",
                    [str(BIN / "gateway"), "render", "--stdout"],
                    thousand,
                ),
            ],
        )
        measure(
            "start",
            [
                Timed('python -c "import typer"', [sys.executable, "-c", "import typer"], folder),
                Timed("gateway --help", [str(BIN / "gateway"), "--help"], folder),
            ],
        )


if __name__ == "__main__":
    main()
