"""A real YAML language server over stdio, on a project that `gateway init` and `gateway new` wrote."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.command_line import run_gateway
from editor.lsp_client import LanguageClient, Message
from node_tools import npm_folder

from gateway.validate import schema as contract

HERE = Path(__file__).parent
GUARD = HERE / "no_network.cjs"
NO_STORE = {"schemaStore": {"enable": False}, "completion": True, "hover": True, "validate": True}
MODELS = {"glm-5", "kimi-k2.5", "minimax-m2.5", "qwen3-embedding", "qwen3.5", "qwen3.5-local"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a user has it: made by `init`, and one more fragment by `new`, then rendered."""
    root = tmp_path_factory.mktemp("editor") / "home"
    assert run_gateway("init", str(root), cwd=root.parent).code == 0
    argv = (
        "new",
        "tiny",
        "--provider",
        "azerty",
        "--model",
        "t",
        "--alias",
        "no",
        "--alias",
        "007",
    )
    assert run_gateway(*argv, cwd=root).code == 0
    assert run_gateway("render", "-q", cwd=root).code == 0
    return root


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[LanguageClient]:
    """One session for all tests: what they share is the server's start. It may ask no network."""
    folder = npm_folder(HERE.parent / "node" / "editor")
    program = folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    argv = ["node", "--require", str(GUARD), str(program), "--stdio"]
    settings = {"yaml": NO_STORE, "http": {}, "[yaml]": {}}
    with LanguageClient(argv, cwd=project, configuration=settings) as client:
        client.initialize(project)
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        yield client
        assert client.shut_down() == 0, client.errors
        assert client.errors == b""


class Editor:
    """One open file, whose text each test replaces after its modeline."""

    def __init__(self, client: LanguageClient, path: Path) -> None:
        self.client = client
        self.uri = client.open(path)
        self.modeline = client.texts[self.uri].splitlines()[0]
        assert self.modeline.startswith("# yaml-language-server: $schema=")

    def write(self, marked: str) -> tuple[int, int]:
        """Writes the text below the modeline; the position of its `|`, which is taken out."""
        before, _, after = marked.partition("|")
        self.client.change(self.uri, f"{self.modeline}\n{before}{after}")
        return before.count("\n") + 1, len(before) - before.rfind("\n") - 1

    def offered(self, marked: str) -> dict[str, Message]:
        return self.client.labels(self.uri, *self.write(marked))

    def hover(self, marked: str) -> str:
        answer = self.client.ask("hover", self.uri, *self.write(marked))
        text: str = answer["contents"]["value"]
        return text

    def findings(self, text: str, count: int) -> list[Message]:
        self.write(text)
        return self.client.diagnostics(self.uri, lambda found: len(found) == count)


@pytest.fixture
def fragment(server: LanguageClient, project: Path) -> Iterator[Editor]:
    editor = Editor(server, project / "models.d" / "tiny.yaml")
    yield editor
    server.close(editor.uri)


@pytest.fixture
def settings(server: LanguageClient, project: Path) -> Iterator[Editor]:
    editor = Editor(server, project / "gateway.yaml")
    yield editor
    server.close(editor.uri)


SOUND = "provider: azerty\nmodel: t\n"


@pytest.mark.parametrize("key", ["fallbacks", "provider", "mode", "context_window_fallbacks"])
def test_keys_are_completed_with_our_descriptions(fragment: Editor, key: str) -> None:
    item = fragment.offered(f"model: t\n{key[:2]}|\n")[key]
    text = item["documentation"]
    text = text["value"] if isinstance(text, dict) else text
    assert text == _description("model", key)


def test_providers_of_the_project_are_completed(fragment: Editor) -> None:
    offered = fragment.offered("provider: |\nmodel: t\n")
    assert offered.keys() == {"azerty", "nanogpt"}
    assert offered["nanogpt"]["documentation"] == "https://nano-gpt.com/api/v1"
    offered = fragment.offered("upstreams:\n  - provider: |\n    model: t\n")
    assert offered.keys() == {"azerty", "nanogpt"}


@pytest.mark.parametrize(
    "text",
    [
        "fallbacks: [|]\n",
        "fallbacks: [glm-5, |]\n",
        "fallbacks:\n  - |\n",
        "fallbacks:\n  - glm-5\n  - k|\n",
        "context_window_fallbacks: [|]\n",
        "content_policy_fallbacks:\n  - |\n",
    ],
)
def test_models_and_aliases_of_the_project_are_completed(fragment: Editor, text: str) -> None:
    offered = fragment.offered(SOUND + text)
    assert offered.keys() == {*MODELS, "tiny", "no", "007"}
    assert offered["glm-5"]["documentation"] == "GLM 5"
    assert offered["no"]["documentation"] == "an alias of tiny"


def test_a_name_that_reads_as_something_else_is_completed_in_quotes(fragment: Editor) -> None:
    offered = fragment.offered(SOUND + "fallbacks: [|]\n")
    written = {label: item["textEdit"]["newText"] for label, item in offered.items()}
    assert (written["007"], written["no"], written["glm-5"]) == ('"007"', '"no"', "glm-5")


def test_a_list_of_fallbacks_is_begun_with_names_of_the_project(fragment: Editor) -> None:
    offered = fragment.offered(SOUND + "fallbacks: |\n")
    assert [item["insertText"] for item in offered.values()] == ["\n  - ${1:007}\n  - ${2:glm-5}\n"]


def test_modes_and_capabilities_are_completed(fragment: Editor) -> None:
    assert {"chat", "embedding", "rerank"} < fragment.offered(SOUND + "mode: |\n").keys()
    assert {"tools", "vision"} < fragment.offered(SOUND + "capabilities: [|]\n").keys()


def test_hover_shows_our_descriptions(fragment: Editor) -> None:
    for key in ("provider", "fallbacks", "mode", "failover_within"):
        values = {"fallbacks": "[glm-5]", "mode": "chat", "failover_within": "4s"}
        text = "model: t\n" + f"{key[0]}|{key[1:]}: {values.get(key, 'azerty')}\n"
        assert _description("model", key) in fragment.hover(text)
    assert "`chat`" in fragment.hover(SOUND + "mo|de: chat\n")


def test_an_unknown_key_and_a_wrong_mode_are_reported_at_their_places(fragment: Editor) -> None:
    found = fragment.findings(SOUND + "fallback: [glm-5]\nmode: chatt\n", 2)
    places = sorted((d["range"]["start"]["line"], d["message"].split(".")[0]) for d in found)
    assert places == [(3, "Property fallback is not allowed"), (4, "Value is not accepted")]


def test_names_that_were_added_since_the_render_are_no_mistake(fragment: Editor) -> None:
    fragment.findings(SOUND + "fallback: [glm-5]\n", 1)
    assert fragment.findings("provider: new\nmodel: t\nfallbacks: [brand-new]\n", 0) == []


def test_the_default_model_is_completed_in_gateway_yaml(settings: Editor) -> None:
    rest = (
        "providers:\n  azerty: {litellm: openai, api_base: http://127.0.0.1:1/v1, api_keys: []}\n"
    )
    assert settings.offered(f"default_model: |\n{rest}").keys() > MODELS
    assert _description("gateway", "failover") in settings.hover(
        f"{rest}fail|over: {{connect: 1s}}\n"
    )
    found = settings.findings(f"default_model: glm-5\n{rest}failver: {{}}\n", 1)
    assert found[0]["message"].startswith("Property failver is not allowed")


@pytest.mark.parametrize("ask", ["fetch(url)", "require('node:http').get(url)"])
def test_whoever_asks_the_network_is_caught(ask: str) -> None:
    npm_folder(HERE.parent / "node" / "editor")  # or there is no Node
    script = f"const url = 'http://127.0.0.1:8000/'; {ask}"
    argv = ["node", "--require", str(GUARD), "-e", script]
    done = subprocess.run(argv, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (97, b"asked the network\n")


def _description(schema: str, key: str) -> Any:
    return contract(schema)["properties"][key]["description"]
