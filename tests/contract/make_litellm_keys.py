"""The installed LiteLLM in, gateway/schema/litellm-keys.json out: the names that it really accepts.

Run as `python tests/contract/make_litellm_keys.py`; with `--check` it writes nothing, says what
would change and exits with 1 where something would.
"""

import argparse
import gc
import importlib.metadata
import json
import sys
from pathlib import Path

from litellm_key_exclusions import EXCLUDED
from litellm_key_lists import LISTS

SNAPSHOT = Path(__file__).parents[2] / "gateway" / "schema" / "litellm-keys.json"


def make_snapshot() -> dict[str, str | list[str]]:
    """The snapshot's content; an exclusion that excludes nothing any more is an error."""
    snapshot: dict[str, str | list[str]] = {
        "litellm_version": importlib.metadata.version("litellm")
    }
    for title, find in LISTS.items():
        found = find()
        excluded = set(" ".join(EXCLUDED.get(title, {}).values()).split())
        if stale := sorted(excluded - found):
            raise SystemExit(f"{title}: excluded but not there, drop the exclusion: {stale}")
        snapshot[title] = sorted(found - excluded)
    return snapshot


def describe_changes(old: dict[str, object], new: dict[str, str | list[str]]) -> list[str]:
    """One line for each list that differs."""
    lines = []
    for title in sorted({*old, *new}):
        before, after = old.get(title, []), new.get(title, [])
        if isinstance(before, list) and isinstance(after, list):
            gone, come = sorted({*before} - {*after}), sorted({*after} - {*before})
            changes = [f"-{name}" for name in gone] + [f"+{name}" for name in come]
            lines += [f"{title}: {' '.join(changes)}"] if changes else []
        elif before != after:
            lines.append(f"{title}: {before} -> {after}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where it differs")
    check = parser.parse_args().check
    # Thousands of syntax trees live to the end; looking for garbage among them takes longer than
    # all the rest.
    gc.disable()
    snapshot = make_snapshot()
    text = json.dumps(snapshot, indent=2, ensure_ascii=False) + "\n"
    current = SNAPSHOT.read_text(encoding="utf-8") if SNAPSHOT.exists() else "{}"
    if text == current:
        return 0
    changes = describe_changes(json.loads(current), snapshot)
    sys.stdout.write("\n".join(changes or ["only the layout differs"]) + "\n")
    if not check:
        SNAPSHOT.write_text(text, encoding="utf-8")
    return 1 if check else 0


if __name__ == "__main__":
    sys.exit(main())
