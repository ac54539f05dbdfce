"""Each twin of `litellm_twins` goes into `litellm --validate_config`, what it says into litellm_verdicts.json.

Run by hand after a new version or a new case: python tests/contract/compare_with_litellm.py [--all]
(about 6 s of CPU a case; a case that was measured is kept while its configuration and the version are the same).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from litellm_twins import BASE, TWINS, Twin

VERDICTS = Path(__file__).parent / "litellm_verdicts.json"
_AT_ONCE = 2
_LONGEST = 300
_TIMEOUT = 900.0
_NOISE = re.compile(r"\x1b\[[0-9;]*m|^\d\d:\d\d:\d\d - ")
_CANARIES = re.compile(r"c4narychars\w*|hunter2")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`models` is what `config OK (N models)` says, None where it does not; `said` the lines that a
    sound configuration does not make LiteLLM say."""

    config_hash: str
    exit_code: int
    models: int | None
    wanted_models: int
    said: list[str]


def config_hash(twin: Twin) -> str:
    return hashlib.sha256(f"{twin.models}\n{twin.config}".encode()).hexdigest()[:12]


def measure(twin: Twin, usual: frozenset[str]) -> Verdict:
    """LiteLLM's own command on the twin, as a process of its own with no way to the network."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "litellm_config.yaml")
        config.write_text(twin.config, "utf-8")
        command = [str(Path(sys.executable).with_name("litellm")), "--validate_config"]
        done = subprocess.run(
            [*command, "--config", str(config)],
            env={
                "PATH": os.environ["PATH"],
                "HOME": folder,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "LITELLM_MASTER_KEY": "sk-0123456789abcdef-0123456789",
                "NANOGPT_API_KEY": "nano-0123456789",
                "HTTP_PROXY": "http://127.0.0.1:9",
                "HTTPS_PROXY": "http://127.0.0.1:9",
            },
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    lines = _lines((done.stdout + "\n" + done.stderr).replace(f"{folder}/", ""))
    ok = re.search(r"config OK \((\d+) models\)", done.stdout)
    return Verdict(
        config_hash=config_hash(twin),
        exit_code=done.returncode,
        models=int(ok[1]) if ok else None,
        wanted_models=twin.models,
        said=[line for line in lines if line not in usual],
    )


def _lines(output: str) -> list[str]:
    """Its lines without times, colours, tracebacks, the list of models and made-up secrets."""
    kept: list[str] = []
    for raw in output.splitlines():
        line = _CANARIES.sub("…", _NOISE.sub("", raw))
        if not line.strip() or line.startswith((" ", "LiteLLM: config OK", "Traceback")):
            continue
        kept.append(line.strip()[:_LONGEST])
    return kept


def _known(version: str) -> dict[str, Verdict]:
    if not VERDICTS.exists():
        return {}
    data = json.loads(VERDICTS.read_text("utf-8"))
    return read_verdicts() if data["litellm"] == version else {}


def read_verdicts() -> dict[str, Verdict]:
    """The committed verdicts, by case."""
    data = json.loads(VERDICTS.read_text("utf-8"))
    return {case: Verdict(**verdict) for case, verdict in data["verdicts"].items()}


def read_version() -> str:
    """The LiteLLM that was measured."""
    return str(json.loads(VERDICTS.read_text("utf-8"))["litellm"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="measure known cases anew")
    is_all = parser.parse_args().all
    version = importlib.metadata.version("litellm")
    known = {} if is_all else _known(version)
    due = {
        c: t for c, t in TWINS.items() if c not in known or known[c].config_hash != config_hash(t)
    }
    sound = measure(Twin(BASE), frozenset())
    assert (sound.exit_code, sound.models) == (0, 2), sound
    usual = frozenset(sound.said)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {pool.submit(measure, twin, usual): case for case, twin in due.items()}
        for done in as_completed(asked):
            known[asked[done]] = verdict = done.result()
            sys.stderr.write(
                f"{asked[done]}: {verdict.exit_code} {verdict.models} {verdict.said}\n"
            )
            write_verdicts(version, known)  # what was measured is kept if a later one fails
    write_verdicts(version, known)


def write_verdicts(version: str, known: dict[str, Verdict]) -> None:
    verdicts = {case: asdict(known[case]) for case in sorted(TWINS) if case in known}
    text = json.dumps({"litellm": version, "verdicts": verdicts}, indent=1, ensure_ascii=False)
    VERDICTS.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
