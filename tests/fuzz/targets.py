"""The targets of the fuzzers: bytes in, nothing out; whatever must never happen is an exception.

A target is named after what it feeds: `validate` raw bytes as a fragment and as gateway.yaml,
`trees` YAML built from a tree of values, `mutated` real fragments with lines moved, removed and
replaced, `fix` the same for what mends them, `import` other tools' files, `request` what a client
sends to the running gateway.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from gateway.diagnostics.json import as_json
from gateway.diagnostics.secrets import find_secrets
from gateway.diagnostics.text import as_text
from gateway.fixing import plan
from gateway.model import GatewayError, Span
from gateway.pipeline import Checked, build, check
from gateway.yaml_text import encode

Target = Callable[[bytes], None]

ROOT = Path(__file__).parents[2]
SETTINGS = b"default_model: glm\nproviders:\n  home: {litellm: openai, api_base: 'http://a', api_keys: [K]}\n"
GLM = b"provider: home\nmodel: x\n"


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory where there is one; it is removed at the end of the process."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def _project(settings: bytes, fragment: bytes) -> Path:
    root = Path(_scratch().name)
    (root / "models.d").mkdir(exist_ok=True)
    (root / "gateway.yaml").write_bytes(settings)
    (root / "models.d/glm.yaml").write_bytes(GLM)
    (root / "models.d/x.yaml").write_bytes(fragment)
    return root


def _assert_inside(span: Span, text: str) -> None:
    lines = text.split("\n")
    assert (1, 1) <= span[:2] <= span[2:], span
    assert span.end_line <= len(lines), span
    assert span.column <= len(lines[span.line - 1]) + 1, span
    # The end may be the place just behind the last character: the caret needs one column.
    assert span.end_column <= len(lines[span.end_line - 1]) + 2, span


def _assert_sound(checked: Checked) -> None:
    texts = {f.path: f.text for f in (checked.project.settings, *checked.project.fragments)}
    for found in checked.diagnostics:
        assert found.message, found.code
        assert found.message.isprintable(), found
        if found.path in texts:
            _assert_inside(found.span, texts[found.path])
        for other in found.related:
            _assert_inside(other.span, texts[other.path])
    errors = any(found.severity == "error" for found in checked.diagnostics)
    assert (checked.blueprint is None) == errors
    text = as_text(checked.diagnostics, texts)
    document = json.loads(as_json(checked.diagnostics))
    assert len(document["diagnostics"]) == len(checked.diagnostics)
    printed = [text[start:end] for start, end in find_secrets(text)]
    assert not [secret for secret in printed if secret.strip("*")], "a secret was printed"


def run(settings: bytes, fragment: bytes) -> None:
    """What `gateway validate` and a render in memory do with two files."""
    root = _project(settings, fragment)
    try:
        checked = check(root)
        _assert_sound(checked)
        if checked.blueprint is not None:
            built = build(root)
            assert not any(found.code == "GW302" for found in built.checked.diagnostics)
    except GatewayError as error:
        assert error.message.isprintable(), error.message


def validate(data: bytes) -> None:
    """Raw bytes: as the fragment, and as gateway.yaml."""
    run(SETTINGS, data)
    run(data, GLM)


class Choices:
    """Decisions taken from bytes; zeros when they are used up."""

    def __init__(self, data: bytes) -> None:
        self._data = iter(data)

    def below(self, limit: int) -> int:
        wide = next(self._data, 0)
        if limit > 256:
            wide = wide << 8 | next(self._data, 0)
        return wide % limit

    def of(self, items: Any) -> Any:
        return items[self.below(len(items))]


_WORDS = (
    "provider", "model", "fallbacks", "aliases", "upstreams", "timeouts", "connect", "total", "limits",
    "rpm", "params", "extra_body", "litellm", "headers", "capabilities", "price", "input", "mode",
    "context_window", "max_output_tokens", "enabled", "name", "weight", "order", "default_model",
    "providers", "home", "api_base", "api_keys", "failover", "server", "port", "rules", "apps",
    "claude_code", "instances", "glm", "x", "chat", "1s", "http://[", "http://a:99999", "os.environ/K",
    "${K}", "*", "\ud800", "\x00", "😀", "9" * 400, "1e999", "-1", ".inf", "GW201", "a\nb", "<<",
)  # fmt: skip


_MARKS = (" ", ":", "#", "'", '"', "-", "\t", "[", "&a", "!", "\r")


def _tree(choices: Choices, depth: int = 0) -> Any:
    kind = choices.below(9 if depth < 6 else 6)
    if kind < 3:
        return choices.of(_WORDS)
    if kind == 3:
        return choices.of((0, 1, -1, 60, 4000, 2**63, 10**30, 0.5, 1e-9, 1e300))
    if kind == 4:
        return choices.of((True, False, None))
    if kind == 5:
        return f"{choices.below(5000)}{choices.of(('s', 'ms', 'm', ''))}"
    if kind == 6:
        return [_tree(choices, depth + 1) for _ in range(choices.below(4))]
    return {choices.of(_WORDS): _tree(choices, depth + 1) for _ in range(choices.below(6))}


def _as_yaml(data: Any) -> bytes:
    try:
        return encode(data).encode("utf-8", "surrogatepass")
    except UnicodeEncodeError:
        return json.dumps(data).encode()


def trees(data: bytes) -> None:
    """Trees of values with known keys: one as the fragment, one laid over sound settings."""
    choices = Choices(data)
    model = {"provider": "home", "model": "x"}
    settings = {
        "default_model": "glm",
        "providers": {"home": {"litellm": "openai", "api_base": "http://a", "api_keys": ["K"]}},
    }
    for target in (model, settings):
        extra = _tree(choices)
        target.update(extra if isinstance(extra, dict) else {choices.of(_WORDS): extra})
    run(_as_yaml(settings), _as_yaml(model))


@cache
def real_files() -> tuple[tuple[str, ...], ...]:
    """The lines of every fragment and gateway.yaml that the repository holds, sorted by path."""
    paths = sorted({*ROOT.glob("models.d/*.yaml"), *ROOT.glob("tests/fragments/*/*/**/*.yaml")})
    return tuple(tuple(path.read_text("utf-8", "replace").split("\n")) for path in paths)


def edit_lines(
    lines: list[str], choices: Choices, others: tuple[tuple[str, ...], ...]
) -> list[str]:
    """Up to eight edits: lines that go, come from other files, change in the middle or change places."""
    for _ in range(choices.below(8) + 1):
        at = choices.below(len(lines) or 1)
        match choices.below(8):
            case 0:
                del lines[at : at + 1]
            case 1:
                lines.insert(at, choices.of(choices.of(others)))
            case 2:
                lines[at : at + 1] = [f"{choices.of(_WORDS)}: {choices.of(_WORDS)}"]
            case 3 if lines:
                line = lines[at]
                cut = choices.below(len(line) + 1)
                lines[at] = line[:cut] + choices.of(_MARKS) + line[cut:]
            case 4 if lines:
                key, colon, _ = lines[at].partition(":")
                lines[at] = f"{key}{colon} {_as_yaml(_tree(choices)).decode('utf-8', 'replace')}"
            case 5 if lines:
                lines[at] = " " * choices.below(9) + lines[at].lstrip()
            case 6:
                code = 200 + choices.below(70)
                lines.insert(at, f"# gateway: allow GW{code} — {choices.of(_WORDS)}")
            case _:
                random.Random(choices.below(256)).shuffle(lines)
    return lines


def mutate(data: bytes) -> bytes:
    """A real file with edits, each taken from `data`."""
    choices = Choices(data)
    lines = edit_lines(list(choices.of(real_files())), choices, real_files())
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def mutated(data: bytes) -> None:
    """Real files with edits: as the fragment, and as gateway.yaml."""
    text = mutate(data)
    run(SETTINGS, text)
    run(text, GLM)


def fix(data: bytes) -> None:
    """Real files with edits, mended: what is left has no finding more, and a second time nothing."""
    root = _project(SETTINGS, mutate(data))
    try:
        checked = check(root)
    except GatewayError:
        return
    done = plan(checked)
    if not any(found.code < "GW200" for found in checked.diagnostics):
        # A file that is not sound by itself is not looked at beside the others.
        errors = [
            sum(f.severity == "error" for f in c.diagnostics) for c in (checked, done.checked)
        ]
        assert errors[1] <= errors[0]
    assert bool(done.mended) == bool(done.changes())
    again = plan(done.checked)
    assert not again.mended, again.mended
