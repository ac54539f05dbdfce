"""What cog calls from README and docs: runs the tool and prints what it says, as Markdown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gateway.cli.main import app

ROOT = Path(__file__).parent.parent
COMMANDS = (
    *(command.name or "" for command in app.registered_commands),
    *(
        f"{group.name} {command.name}"
        for group in app.registered_groups
        for command in (group.typer_instance.registered_commands if group.typer_instance else ())
    ),
)


def gateway(*arguments: str, cwd: Path = ROOT) -> str:
    """Standard output and error of a command, in that order, for a terminal of 80 columns."""
    environ = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    environ.pop("GITHUB_ACTIONS", None)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=cwd, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).replace("python -m gateway", "gateway").rstrip() + "\n"


def console(*arguments: str, cwd: Path = ROOT) -> None:
    """A console block with one command and what it says."""
    print(f"```console\n$ gateway {' '.join(arguments)}\n{gateway(*arguments, cwd=cwd)}```")


def mistake(fragment: str, broken: str, file: str = "qwen3.5-local.yaml") -> None:
    """`validate` in the sample project, with one text of a fragment replaced by another."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "models.d").mkdir()
        (root / "gateway.yaml").write_text((ROOT / "gateway.yaml").read_text())
        for path in (ROOT / "models.d").iterdir():
            text = path.read_text()
            if path.name == file:
                assert fragment in text, fragment
                text = text.replace(fragment, broken)
            (root / "models.d" / path.name).write_text(text)
        console("validate", cwd=root)


def file(path: str, *, start: str = "", end: str = "", language: str = "yaml") -> None:
    """A file of the repository, or its lines from the first that holds `start` to before `end`."""
    lines = (ROOT / path).read_text().splitlines()
    begin = next((i for i, line in enumerate(lines) if start in line), 0) if start else 0
    stop = (
        next((i for i, line in enumerate(lines) if i > begin and end in line), len(lines))
        if end
        else len(lines)
    )
    print(f"```{language}\n" + "\n".join(lines[begin:stop]).rstrip() + "\n```")


def command_table() -> None:
    """The commands and their first sentences, out of the tool's own help."""
    print("| command | does |\n|---|---|")
    for command in COMMANDS:
        help_text = gateway(*command.split(), "--help").split("\n\n")
        print(f"| `gateway {command}` | {' '.join(help_text[1].split())} |")


def command_help() -> None:
    """The whole help of every command."""
    for command in COMMANDS:
        print(f"## gateway {command}\n\n```\n{gateway(*command.split(), '--help')}```\n")


def schema_table(name: str) -> None:
    """Every key of a schema with its description and an example, nested keys with their path."""
    schema = json.loads((ROOT / "gateway" / "schema" / f"{name}.schema.json").read_text())
    print("| key | what it is | example |\n|---|---|---|")
    for path, node in _keys(schema, schema, ()):
        example = json.dumps(node["examples"][0], ensure_ascii=False).replace("|", "\\|")
        print(f"| `{'.'.join(path)}` | {node['description']} | `{example}` |")


def _keys(
    node: dict[str, Any], root: dict[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    children: Iterable[tuple[str, Any]] = node.get("properties", {}).items()
    for key, written in children:
        if not isinstance(written, dict):
            continue
        target = written.get("$ref", "").rpartition("/")[2]
        child = {**root["$defs"].get(target, {}), **written}
        yield (*path, key), child
        yield from _keys(child, root, (*path, key))
        if isinstance(child.get("items"), dict):
            yield from _keys(child["items"], root, (*path, f"{key}[]"))
        if isinstance(child.get("additionalProperties"), dict):
            yield from _keys(child["additionalProperties"], root, (*path, key, "NAME"))


def codes_table() -> None:
    """Every finding's code with its title, what it counts as, and its reason."""
    from gateway.diagnostics.codes import CODES

    print("| code | finding | counts as | why |\n|---|---|---|---|")
    for code, entry in sorted(CODES.items()):
        counts = f"{entry.severity}{' by default' if entry.is_adjustable else ', always'}"
        print(f"| `{code}` | {entry.title} | {counts} | {entry.reason} |")


def adjustable_table() -> None:
    """The codes that a project can weigh for itself."""
    from gateway.adjusting import ADJUSTABLE

    print("| code | finding | default |\n|---|---|---|")
    for code, entry in sorted(ADJUSTABLE.items()):
        print(f"| `{code}` | {entry.title} | {entry.severity} |")


def excuses() -> None:
    """`validate` in the sample project, where one excuse is needed and another is not."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(ROOT / "models.d", root / "models.d")
        shutil.copy(ROOT / "gateway.yaml", root)
        local = root / "models.d" / "qwen3.5-local.yaml"
        text = local.read_text()
        assert "fallbacks:" in text
        local.write_text(
            "# gateway: allow GW213 — nobody sends it pictures\n"
            + text.replace("\nfallbacks:", "\n# gateway: allow GW214 — the office VPN is slow to say no"
                           "\nfailover_within: 5s\nfallbacks:")
        )  # fmt: skip
        print(f"```yaml\n{local.read_text()}```\n")
        console("validate", cwd=root)


def keys_list() -> None:
    """`keys list` in the sample project, with a `.env` that has a few mistakes."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(ROOT / "models.d", root / "models.d")
        settings = (ROOT / "gateway.yaml").read_text()
        assert "[NANOGPT_API_KEY]" in settings
        several = settings.replace("[NANOGPT_API_KEY]", "[NANOGPT_API_KEY, SECOND_KEY, THIRD_KEY]")
        (root / "gateway.yaml").write_text(several)
        (root / ".gitignore").write_text(".env\n")
        env = root / ".env"
        env.write_text(
            "LITELLM_MASTER_KEY=sk-not-a-real-key-at-all-0123456789abcdef\n"
            "NANOGPT_API_KEY=not-a-real-key-either\nSECOND_KEY=not-a-real-key-either\n"
        )
        env.chmod(0o600)
        console("keys", "list", cwd=root)
