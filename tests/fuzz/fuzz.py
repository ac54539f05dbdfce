"""A target's name in, a coverage-guided search for inputs that break it: `python tests/fuzz/fuzz.py TARGET`.

What follows the name goes to libFuzzer: `-max_total_time=600`, `-runs=2000 -seed=1`. An input that
breaks the target is written to tests/fuzz/cases/TARGET/, where the tests find it from then on.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

with atheris.instrument_imports(include=["gateway"], enable_loader_override=False):
    import all_targets

    all_targets.prepare(sys.argv[1] if len(sys.argv) > 1 else "")

_MOST_BYTES = 4096


def corpus_of(name: str, folder: Path) -> None:
    """What the search starts from: for raw bytes every file of that kind that the repository holds."""
    for index, content in enumerate(all_targets.seeds(name)):
        (folder / f"seed-{index}").write_bytes(content)


def main() -> None:
    name, *options = sys.argv[1:] or [""]
    if name not in all_targets.TARGETS:
        raise SystemExit(f"name a target: {', '.join(all_targets.TARGETS)}")
    cases = HERE / "cases" / name
    cases.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus_of(name, Path(folder))
        limits = [f"-max_len={_MOST_BYTES}", f"-artifact_prefix={cases}/", "-timeout=20"]
        atheris.Setup([sys.argv[0], folder, *limits, *options], all_targets.TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
