"""`gateway lsp` in real sessions over stdio: what it says, where, and that it outlives every mistake."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cli.command_line import environment, run_gateway, tree
from editor.lsp_client import CAPABILITIES, LanguageClient, Message, ServerError
from small_project import MODEL, SETTINGS, model_at

ARGV = [sys.executable, "-m", "gateway", "lsp"]
FILES = {
    "gateway.yaml": SETTINGS.replace("glm-5", "main")
    + "  idle: {litellm: anthropic, api_keys: []}\n",
    "models.d/main.yaml": model_at("moonshotai/kimi-k2.5")
    + "description: The first\nfallbacks: [glm-5]\ncontext_window: 9000\n",
    "models.d/glm-5.yaml": MODEL + "aliases: [Glim, qwen/q:free]\n",
}
MAIN = FILES["models.d/main.yaml"]


@pytest.fixture
def root(write_project: Callable[[Mapping[str, str]], Path]) -> Path:
    return write_project(FILES)


@pytest.fixture
def client(root: Path) -> Iterator[LanguageClient]:
    """A session in which nothing may go wrong that the test did not ask for."""
    with LanguageClient([*ARGV, "--stdio"], cwd=root, env=environment()) as session:
        session.initialize(root)
        yield session
        assert session.shut_down() == 0
        assert session.errors == b""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageClient]:
    """One session for the tests that only ask: a server's start costs more than they do."""
    root = tmp_path_factory.mktemp("shared")
    for path, text in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    with LanguageClient(ARGV, cwd=root, env=environment()) as session:
        session.initialize(root)
        yield session
        assert session.shut_down() == 0
        assert session.errors == b""


@pytest.fixture
def shared(running: LanguageClient) -> Iterator[LanguageClient]:
    yield running
    for uri in list(running.texts):
        running.close(uri)


def codes(found: list[Message]) -> list[tuple[str, int, int, int]]:
    """Each finding's code, and its line and columns."""
    return [
        (
            d["code"],
            d["range"]["start"]["line"],
            d["range"]["start"]["character"],
            d["range"]["end"]["character"],
        )
        for d in found
    ]


def has(*wanted: str) -> Callable[[list[Message]], bool]:
    return lambda found: [d["code"] for d in found] == list(wanted)


def at(marked: str) -> tuple[str, int, int]:
    """The text without its `|`, and where that stood, in UTF-16."""
    before, _, after = marked.partition("|")
    line = before[before.rfind("\n") + 1 :]
    return before + after, before.count("\n"), len(line.encode("utf-16-le")) // 2


def test_findings_come_as_one_types_and_go_when_it_is_mended(
    client: LanguageClient, root: Path
) -> None:
    before = tree(root)
    uri = client.open(root / "models.d/main.yaml")
    client.change(uri, MAIN.replace("[glm-5]", "[glm-4]"))
    (found,) = client.diagnostics(uri, has("GW202"))
    assert codes([found]) == [("GW202", 3, 12, 17)]
    assert found["message"] == "fallback `glm-4` is not a model\nhint: rename it to `glm-5`"
    assert (found["source"], found["severity"]) == ("gateway", 1)
    client.change(uri, MAIN.replace("[glm-5]", "[glm-"))
    assert codes(client.diagnostics(uri, has("GW001")))[0][1] == 3
    client.change(uri, MAIN)
    assert client.diagnostics(uri, has()) == []
    assert tree(root) == before


def test_a_change_in_one_file_brings_findings_in_another(
    client: LanguageClient, root: Path
) -> None:
    other = (root / "models.d/main.yaml").as_uri()
    uri = client.open(root / "models.d/glm-5.yaml")
    client.change(uri, "name: renamed\n" + FILES["models.d/glm-5.yaml"])
    assert codes(client.diagnostics(other, has("GW202"))) == [("GW202", 3, 12, 17)]
    client.close(uri)  # what was not saved is gone
    assert client.diagnostics(other, has()) == []


def test_the_other_place_of_a_finding_is_named(client: LanguageClient, root: Path) -> None:
    uri = client.open(root / "models.d/main.yaml")
    client.change(uri, MAIN + "aliases: [Glim]\n")
    (found,) = client.diagnostics(uri, has("GW201"))
    (related,) = found["relatedInformation"]
    assert related["message"] == "taken here"
    assert related["location"] == {
        "uri": (root / "models.d/glm-5.yaml").as_uri(),
        "range": _range(2, 10, 14),
    }


def test_a_new_file_counts_before_it_is_saved(client: LanguageClient, root: Path) -> None:
    uri = client.open(root / "models.d/main.yaml")
    client.change(uri, MAIN.replace("[glm-5]", "[fresh]"))
    client.diagnostics(uri, has("GW202"))
    client.open(root / "models.d/fresh.yaml", MODEL.replace("glm-5", "glm-6"))
    assert client.diagnostics(uri, has()) == []


def test_files_that_come_and_go_on_the_disk_are_seen(client: LanguageClient, root: Path) -> None:
    asked = client.wait_for(lambda m: m.get("method") == "client/registerCapability")
    (registration,) = asked["params"]["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    uri = client.open(root / "models.d/main.yaml")
    target = root / "models.d/glm-5.yaml"
    text = target.read_text()
    for kind, change, expected in (
        (3, target.unlink, ["GW202"]),
        (1, lambda: target.write_text(text), []),
        (2, lambda: target.write_text(text + "enabled: false\n"), ["GW211"]),
    ):
        change()
        client.notify(
            "workspace/didChangeWatchedFiles", {"changes": [{"uri": target.as_uri(), "type": kind}]}
        )
        client.diagnostics(uri, has(*expected))


@pytest.mark.parametrize(
    ("encodings", "column"),
    [(None, 19), (["utf-8", "utf-16"], 22), (["utf-16"], 19), (["utf-32"], 18), (["utf-7"], 19)],
)
def test_columns_are_counted_as_the_client_counts(
    encodings: list[str] | None, column: int, root: Path
) -> None:
    """`é` and an emoji stand before the finding, in a flow list on one line."""
    general = {"general": {"positionEncodings": encodings}} if encodings else {}
    with LanguageClient(ARGV, cwd=root, env=environment()) as client:
        agreed = client.initialize(root, {**CAPABILITIES, **general})["capabilities"]
        used = encodings[0] if encodings and encodings[0] != "utf-7" else "utf-16"
        assert agreed["positionEncoding"] == used
        uri = client.open(root / "models.d/main.yaml")
        client.change(uri, MODEL + 'fallbacks: ["é🙂", glm-4]\n')
        found = client.diagnostics(uri, has("GW202", "GW202"))
        assert codes(found)[1][2:] == (column, column + 5)
        client.change(uri, MODEL + 'fallbacks: ["é🙂", glm-5]\n')
        target = client.ask("definition", uri, 2, column + 1)
        assert target["uri"] == (root / "models.d/glm-5.yaml").as_uri()
        assert client.ask("definition", uri, 2, column - 1) is None
        assert client.shut_down() == 0


@pytest.mark.parametrize(
    ("path", "marked", "target", "place"),
    [
        ("models.d/main.yaml", MODEL + "fallbacks: [gl|m-5]\n", "models.d/glm-5.yaml", (0, 0, 8)),
        ("models.d/main.yaml", MODEL + "fallbacks: [Glim|]\n", "models.d/glm-5.yaml", (2, 10, 14)),
        (
            "models.d/main.yaml",
            MODEL + "fallbacks:\n  - |qwen/q:free\n",
            "models.d/glm-5.yaml",
            (2, 16, 27),
        ),
        ("models.d/main.yaml", MODEL.replace("nano", "na|no"), "gateway.yaml", (2, 2, 9)),
        (
            "models.d/main.yaml",
            "upstreams: [{provider: id|le, model: m}]\n",
            "gateway.yaml",
            (6, 2, 6),
        ),
        (
            "gateway.yaml",
            FILES["gateway.yaml"].replace("main", "ma|in"),
            "models.d/main.yaml",
            (0, 0, 8),
        ),
    ],
)
def test_a_name_leads_to_where_it_is_defined(
    path: str, marked: str, target: str, place: tuple[int, int, int], shared: LanguageClient
) -> None:
    client, root = shared, shared.root
    text, line, character = at(marked)
    uri = client.open(root / path, text)
    assert client.ask("definition", uri, line, character) == {
        "uri": (root / target).as_uri(),
        "range": _range(*place),
    }


def test_what_is_no_name_leads_nowhere(shared: LanguageClient) -> None:
    client, root = shared, shared.root
    uri = client.open(root / "models.d/main.yaml", MODEL + "fallbacks: [nobody] # glm-5\n")
    for line, character in ((2, 14), (2, 24), (2, 3), (1, 9), (99, 99)):
        assert client.ask("definition", uri, line, character) is None


def test_hover_shows_the_chain_and_the_schema(client: LanguageClient, root: Path) -> None:
    settings = client.open(root / "gateway.yaml")
    uri = client.open(root / "models.d/main.yaml")
    client.change(uri, MAIN + "bad: 1\n")
    client.diagnostics(uri, has("GW103"))
    client.change(uri, MAIN)
    client.diagnostics(uri, has())

    def hover(uri: str, line: int, character: int) -> str:
        text: str = client.ask("hover", uri, line, character)["contents"]["value"]
        return text

    assert hover(settings, 0, 17) == (
        "**`main`**: The first\n\n"
        "1. `main`: connect 1 s, total 600 s, 9000 tokens\n"
        "   - `moonshotai/kimi-k2.5` at `nanogpt` (<https://nano-gpt.com/api/v1>), key `NANOGPT_API_KEY`\n"
        "2. `glm-5`: connect 1 s, total 600 s\n"
        "   - `zai-org/glm-5` at `nanogpt` (<https://nano-gpt.com/api/v1>), key `NANOGPT_API_KEY`\n\n"
        "`glm-5` is asked after at most 1 s where the others do not accept a connection, 601 s where "
        "they accept and say nothing."
    )
    assert hover(uri, 3, 13).startswith("**`glm-5`**\n\n1. `glm-5`: ")
    assert hover(uri, 0, 12) == (
        "**`nanogpt`**: <https://nano-gpt.com/api/v1>\n\n- LiteLLM's prefix: `openai`\n"
        "- keys: `NANOGPT_API_KEY`\n- serves: `main`, `glm-5`"
    )
    assert (
        hover(uri, 3, 2) == "Models that are asked, in this order, when this one does not answer."
    )
    client.change(uri, MAIN.replace("[glm-5]", "[Glim, "))
    assert hover(uri, 3, 13).startswith("**`Glim` is `glm-5`**"), "the last chain without errors"
    assert client.ask("hover", uri, 4, 40) is None


@pytest.mark.parametrize(
    ("marked", "offered"),
    [
        ("provider: |\nmodel: m\n", {"nanogpt": "nanogpt", "idle": "idle"}),
        (
            MODEL + "fallbacks: [|]\n",
            {"glm-5": "glm-5", "Glim": "Glim", "qwen/q:free": "qwen/q:free"},
        ),
        (MODEL + "fallbacks: [Glim, gl|", {"glm-5": "glm-5"}),
        (MODEL + "fallbacks:\n  - gl|\n  -\nmode: chat\n", {"glm-5": "glm-5"}),
        (MODEL + "description: 🙂\nfallbacks: |\n", {"glm-5": "[glm-5]"}),
        (MODEL + "mode: em|\n", {"embedding": "embedding"}),
        (MODEL + "capabilities: [tools, |]\n", {"vision": "vision"}),
        (MODEL + "enabled: |\n", {"true": "true", "false": "false"}),
        (MODEL + "fal|", {"fallbacks": "fallbacks: ", "timeouts": "timeouts: "}),
        (MODEL + "timeouts:\n  |", {"connect": "connect: "}),
        (MODEL + "timeouts:\n  connect: 1s\n  to|\nmode: chat\n", {"total": "total: "}),
        ("up|", {"upstreams": "upstreams: "}),
        ("upstreams:\n  - provider: n|", {"nanogpt": "nanogpt"}),
        ("upstreams: [{provider: |", {"nanogpt": "nanogpt"}),
    ],
)
def test_names_choices_and_keys_are_completed(
    marked: str, offered: dict[str, str], shared: LanguageClient
) -> None:
    client, root = shared, shared.root
    text, line, character = at(marked)
    uri = client.open(root / "models.d/main.yaml", text)
    found = client.labels(uri, line, character)
    assert "main" not in found, "a model is no fallback of itself"
    for label, written in offered.items():
        edit = found[label]["textEdit"]
        assert edit["newText"] == written
        assert edit["range"]["end"] == {"line": line, "character": character}


def test_nothing_is_completed_in_comments(shared: LanguageClient) -> None:
    client, root = shared, shared.root
    text, line, character = at(MODEL + "# fallbacks: [|")
    uri = client.open(root / "models.d/main.yaml", text)
    assert client.labels(uri, line, character) == {}


def test_a_default_model_is_completed(shared: LanguageClient) -> None:
    client, root = shared, shared.root
    text, line, character = at(FILES["gateway.yaml"].replace("main", "|"))
    uri = client.open(root / "gateway.yaml", text)
    offered = client.labels(uri, line, character)
    assert offered.keys() == {"main", "glm-5", "Glim", "qwen/q:free"}
    assert offered["Glim"]["documentation"]["value"] == "models.d/glm-5.yaml"


def test_a_file_of_no_project_is_met_with_silence(client: LanguageClient, tmp_path: Path) -> None:
    for name in ("alone.yaml", "models.d/alone.yaml"):
        path = tmp_path / "elsewhere" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("fallback: [|\n")
        uri = client.open(path)
        assert client.ask("hover", uri, 0, 3) is None
        assert client.ask("definition", uri, 0, 3) is None
        assert client.labels(uri, 0, 3) == {}
    assert [m for m in client.seen if m.get("method") == "textDocument/publishDiagnostics"] == []


def test_two_projects_in_one_session_keep_to_themselves(
    client: LanguageClient, root: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / "models.d").mkdir(parents=True)
    (other / "gateway.yaml").write_text(SETTINGS)
    (other / "models.d/glm-5.yaml").write_text(MODEL + "fallbacks: [main]\n")
    uri = client.open(other / "models.d/glm-5.yaml")
    assert codes(client.diagnostics(uri, has("GW202"))) == [("GW202", 2, 12, 16)]


def test_a_project_is_checked_before_a_file_is_opened(root: Path) -> None:
    path = root / "models.d/main.yaml"
    path.write_text(MAIN + "bad: 1\n")
    with LanguageClient(ARGV, cwd=root, env=environment()) as client:
        client.initialize(root)
        assert codes(client.diagnostics(path.as_uri(), has("GW103"))) == [("GW103", 5, 0, 3)]


def test_a_project_that_disappears_leaves_no_findings(client: LanguageClient, root: Path) -> None:
    uri = client.open(root / "models.d/main.yaml")
    client.change(uri, MAIN + "bad: 1\n")
    client.diagnostics(uri, has("GW103"))
    (root / "gateway.yaml").unlink()
    changes = [{"uri": (root / "gateway.yaml").as_uri(), "type": 3}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert client.diagnostics(uri, has()) == []


def test_a_file_that_cannot_be_read_is_said_once(client: LanguageClient, root: Path) -> None:
    (root / "models.d/bytes.yaml").write_bytes(b"\xff")
    uri = client.open(root / "models.d/main.yaml")
    said = client.wait_for(lambda m: m.get("method") == "window/showMessage")
    assert said["params"]["message"] == "gateway: models.d/bytes.yaml is not UTF-8 text (line 1)"
    client.change(uri, MAIN + "bad: 1\n")
    (root / "models.d/bytes.yaml").unlink()
    client.change(uri, MAIN + "bad: 2\n")
    client.diagnostics(uri, has("GW103"))


HOSTILE = [
    "\ufeff" + MAIN,
    "fallbacks: [\ud800]\n",
    "a: \x00\n",
    "a: \u2028b\n",
    "? [a]\n",
    "&a [*a]\n",
    "a" * 100_000,
    "[" * 1000,
    "\r\n".join(MAIN.split("\n")),
    "- a\n",
    "5",
    "'" * 7,
]


def test_no_text_and_no_position_ends_the_session(root: Path) -> None:
    with LanguageClient(ARGV, cwd=root, env=environment()) as client:
        client.initialize(root)
        uri = client.open(root / "models.d/main.yaml")
        for text in HOSTILE:
            client.change(uri, text)
            for line, character in ((0, 3), (3, 14), (2**31 - 1, 2**31 - 1)):
                for what in ("hover", "definition", "completion"):
                    client.ask(what, uri, line, character)
        for method, params, code in (
            ("textDocument/hover", {"textDocument": {"uri": "untitled:1"}, "position": {}}, -32602),
            ("textDocument/hover", None, -32602),
            ("nobody/knows", {}, -32601),
        ):
            with pytest.raises(ServerError, match=f"'code': {code}"):
                client.request(method, params)
        client.notify("textDocument/didChange", {"nonsense": 1})
        client.change(uri, MAIN + "bad: 1\n")
        client.diagnostics(uri, has("GW103"))
        assert client.shut_down() == 0
        assert MAIN.splitlines()[0].encode() not in client.errors


def test_an_editor_that_dies_leaves_no_server(root: Path) -> None:
    with LanguageClient(ARGV, cwd=root, env=environment()) as client:
        client.initialize(root)
        assert client.process.stdin is not None
        client.process.stdin.close()
        client.process.wait(timeout=10)


def test_without_pygls_the_command_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError(name='pygls')\n")
    ran = run_gateway("lsp", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err == (
        "gateway: `gateway lsp` needs pygls, which is not installed\n"
        "  = hint: pip install '<the checkout>[lsp]'\n"
    )


def _range(line: int, start: int, end: int) -> dict[str, Any]:
    return {
        "start": {"line": line, "character": start},
        "end": {"line": line, "character": end},
    }


def test_the_snippets_in_the_docs_are_what_they_say() -> None:
    """The JSON of docs/editors.md is JSON, and what it starts is the command that is tested here."""
    text = (Path(__file__).parents[2] / "docs" / "editors.md").read_text("utf-8")
    blocks = [part.partition("```")[0] for part in text.split("```json\n")[1:]]
    assert len(blocks) >= 2
    for block in blocks:
        json.loads(block)
