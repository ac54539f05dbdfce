"""The installed LiteLLM in, gateway/schema/litellm-keys.json out: the names and values it really accepts.

Run as `python tests/contract/make_litellm_keys.py`; with `--check` it writes nothing, says what
would change and exits with 1 where something would.
"""

import argparse
import gc
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

from litellm_key_exclusions import EXCLUDED
from litellm_key_lists import LISTS
from litellm_snapshot_changes import describe_changes
from litellm_value_lists import SECTIONS, find_schemas

SNAPSHOT = Path(__file__).parents[2] / "gateway" / "schema" / "litellm-keys.json"


Snapshot = dict[str, Any]


def make_snapshot() -> Snapshot:
    """The snapshot's content; an exclusion that excludes nothing any more is an error."""
    lists = {title: find_names(title) for title in LISTS}
    schemas = {title: find_schemas(title, lists[title], lists) for title in SECTIONS}
    return {"litellm_version": importlib.metadata.version("litellm"), **lists, **schemas}


def find_names(title: str) -> list[str]:
    found = LISTS[title]()
    excluded = set(" ".join(EXCLUDED.get(title, {}).values()).split())
    if stale := sorted(excluded - found):
        raise SystemExit(f"{title}: excluded but not there, drop the exclusion: {stale}")
    return sorted(found - excluded)


def write(snapshot: Snapshot) -> str:
    """JSON with a line for each name, so that a difference reads well."""
    parts = [f'  "litellm_version": {json.dumps(snapshot["litellm_version"])}']
    for title, content in snapshot.items():
        if isinstance(content, dict):
            lines = [f"    {json.dumps(name)}: {json.dumps(content[name])}" for name in content]
            parts.append(f"  {json.dumps(title)}: {{\n" + ",\n".join(lines) + "\n  }")
        elif isinstance(content, list):
            lines = [f"    {json.dumps(name)}" for name in content]
            parts.append(f"  {json.dumps(title)}: [\n" + ",\n".join(lines) + "\n  ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where it differs")
    check = parser.parse_args().check
    # Thousands of syntax trees live to the end; looking for garbage among them takes longer than
    # all the rest.
    gc.disable()
    snapshot = make_snapshot()
    text = write(snapshot)
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
