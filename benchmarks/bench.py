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


def make_project(folder: Path, count: int) -> Path:
    """A valid project of `count` twelve-line fragments; every second one has a fallback."""
    (folder / "models.d").mkdir(parents=True)
    (folder / "gateway.yaml").write_text(SETTINGS)
    for n in range(count):
        falls_back = n % 2 == 0 and n + 1 < count
        text = FRAGMENT.format(
            n=f"{n:04}",
            provider="home" if falls_back else "cloud",
            fallbacks=f"fallbacks: [model-{n + 1:04}]\n" if falls_back else "",
        )
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


def validate_group(count: int, folder: Path, rounds: int = ROUNDS) -> None:
    project = make_project(folder / str(count), count)
    schema = ROOT / "gateway" / "schema" / "model.schema.json"
    files = sorted(str(path) for path in (project / "models.d").iterdir())
    data = folder / f"{count}.json"  # what the files say: the floor builds no data of its own
    data.write_text(json.dumps({Path(f).name: yaml.safe_load(Path(f).read_text()) for f in files}))
    measure(
        f"{count:,} fragment{'s' if count > 1 else ''}",
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
