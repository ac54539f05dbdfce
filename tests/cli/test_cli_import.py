"""`gateway import`: what it writes, what it keeps, what it says; a kill at any moment costs nothing."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from cli.command_line import run_gateway, tree
from killed import Killer

CONFIG = """\
model_list:
  - model_name: glm-5
    litellm_params:
      model: openai/zai-org/glm-5
      api_base: https://nano-gpt.com/api/v1
      api_key: nano-secret$0123456789
  - model_name: a/b
    litellm_params: {model: openai/one, api_base: http://10.0.0.1/v1, api_key: none, foo: 1}
  - model_name: a-b
    litellm_params: {model: openai/two, api_base: http://10.0.0.1/v1, api_key: none}
general_settings:
  master_key: sk-the-old-master-key-of-the-proxy
"""
SECRETS = ("nano-secret$0123456789", "sk-the-old-master-key-of-the-proxy")
NOTE = "../config.yaml:8: LiteLLM knows no `foo` and sends it upstream: carried over in `params.extra_body`\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder with a configuration beside it."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    folder = tmp_path / "new"
    folder.mkdir()
    return folder


def test_a_project_is_made_and_in_order(here: Path) -> None:
    ran = run_gateway("import", "../config.yaml", cwd=here)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith(NOTE)
    assert "is in .env now: NANOGPT_API_KEY, LITELLM_MASTER_KEY" in ran.err
    assert "imported 3 models" in ran.err
    assert run_gateway("validate", cwd=here).out == "0 errors, 0 warnings in 3 fragments\n"
    assert run_gateway("render", "--check", cwd=here).code == 0
    names = sorted(path.name for path in (here / "models.d").iterdir())
    assert names == ["a-b-2.yaml", "a-b.yaml", "glm-5.yaml"]


def test_secrets_are_in_the_env_file_and_nowhere_else(here: Path) -> None:
    ran = run_gateway("import", "../config.yaml", cwd=here)
    env = here / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert "LITELLM_MASTER_KEY=sk-the-old-master-key-of-the-proxy\n" in env.read_text()
    assert "NANOGPT_API_KEY='nano-secret$0123456789'\n" in env.read_text()
    others = {path: data for path, (_, data) in tree(here).items() if path != ".env"}
    for secret in SECRETS:
        assert secret not in ran.err
        assert [path for path, data in others.items() if secret.encode() in data] == []


def test_a_dry_run_shows_the_files_without_secrets_and_writes_none(here: Path) -> None:
    ran = run_gateway("import", "../config.yaml", "-n", cwd=here)
    assert (ran.code, ran.err, tree(here)) == (0, NOTE, {})
    assert "# gateway.yaml\n" in ran.out
    assert "# models.d/glm-5.yaml\n" in ran.out
    assert "NANOGPT_API_KEY=***\n" in ran.out
    assert not any(secret in ran.out for secret in SECRETS)


def test_a_second_run_changes_nothing(here: Path) -> None:
    run_gateway("import", "../config.yaml", cwd=here)
    before = tree(here)
    ran = run_gateway("import", "../config.yaml", cwd=here)
    assert (ran.code, tree(here)) == (0, before)


@pytest.mark.parametrize("path", ["gateway.yaml", "models.d/glm-5.yaml"])
def test_a_file_that_says_something_else_stops_the_import(here: Path, path: str) -> None:
    (here / path).parent.mkdir(exist_ok=True)
    (here / path).write_text("mine: true\n")
    before = tree(here)
    ran = run_gateway("import", "../config.yaml", cwd=here)
    assert (ran.code, tree(here)) == (1, before)
    assert f" conflict  {path}\n" in ran.err
    assert "nothing was written" in ran.err


def test_an_env_file_is_kept_and_what_it_lacks_is_said(here: Path) -> None:
    (here / ".env").write_text("LITELLM_MASTER_KEY=sk-mine-and-long-enough\nNANOGPT_API_KEY=\n")
    before = (here / ".env").read_bytes()
    ran = run_gateway("import", "../config.yaml", cwd=here)
    assert ran.code == 0
    assert (here / ".env").read_bytes() == before
    assert "give it the values of NANOGPT_API_KEY, LITELLM_MASTER_KEY" in ran.err
    assert "../config.yaml still has those that stand there" in ran.err


def test_a_source_without_a_model_is_refused(here: Path) -> None:
    (here.parent / "config.yaml").write_text(
        'model_list:\n  - model_name: "*"\n    litellm_params: {model: "*"}\n'
    )
    ran = run_gateway("import", "../config.yaml", cwd=here)
    assert (ran.code, tree(here)) == (1, {})
    assert "the wildcard `*` was not carried over" in ran.err
    assert ran.err.endswith("has no model that can be imported; nothing was written\n")


def test_wildcards_alone_want_a_default_model(here: Path) -> None:
    (here.parent / "config.yaml").write_text(
        "model_list:\n  - model_name: groq/*\n    litellm_params: {model: groq/*}\n"
    )
    without = run_gateway("import", "../config.yaml", cwd=here)
    assert (without.code, without.out, tree(here)) == (2, "", {})
    assert "as in `--default-model groq/…`" in without.err
    slip = run_gateway("import", "../config.yaml", "--default-model", "grok/x", cwd=here)
    assert (slip.code, tree(here)) == (2, {})
    ran = run_gateway("import", "../config.yaml", "--default-model", "groq/llama", cwd=here)
    assert ran.code == 0, ran.err
    assert "default_model: groq/llama\n" in (here / "gateway.yaml").read_text()
    listed = run_gateway("models", cwd=here)
    assert "groq/llama" in listed.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model_list: [\n", "config.yaml:2: a value was expected here"),
        ("model_list: *nothing\n", "config.yaml:1: `*nothing` refers to no anchor"),
        ("include: [gone.yaml]\n", "config.yaml:1: ../gone.yaml does not exist"),
        ("just: yaml\n", "config.yaml is nothing that can be imported"),
    ],
)
def test_a_source_that_cannot_be_read_is_2_with_its_line(here: Path, text: str, said: str) -> None:
    (here.parent / "config.yaml").write_text(text)
    ran = run_gateway("import", "../config.yaml", cwd=here)
    assert (ran.code, ran.out, tree(here)) == (2, "", {})
    assert said in ran.err


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_source_that_is_missing_is_named_as_it_was(here: Path, is_absolute: bool) -> None:
    source = here / "gone.yaml" if is_absolute else Path("../gone.yaml")
    ran = run_gateway("import", source, cwd=here)
    assert (ran.code, ran.err) == (2, f"gateway: {source} does not exist\n")


def test_an_absolute_source_and_its_includes_are_read(here: Path) -> None:
    (here.parent / "models.yaml").write_text(CONFIG)
    (here.parent / "config.yaml").write_text("include: [models.yaml]\n")
    ran = run_gateway("import", here.parent / "config.yaml", cwd=here)
    assert ran.code == 0
    assert ran.err.startswith(f"{here.parent}/models.yaml:8: ")


def test_a_kind_that_does_not_exist_is_named(here: Path) -> None:
    ran = run_gateway("import", "../config.yaml", "--kind", "nope", cwd=here)
    assert ran.code == 2
    assert "there is no kind `nope`" in ran.err


# The render behind it is the one of `gateway render`, which has such tests of its own.
IMPORT_ONLY = """
import gateway.cli.import_project as importing, gateway.cli.main as main
importing._finish = lambda *_: 0
main.run()
"""
ORIGINALS = {"config.yaml": CONFIG, "new/.gitignore": ".env\n", "new/notes.txt": "mine\n"}


def originals_of(folder: Path) -> dict[str, str]:
    return {path: (folder.parent / path).read_text() for path in ORIGINALS}


def project_in(folder: Path) -> dict[str, bytes]:
    """Path -> bytes. Nothing in it is random: the master key is the source's."""
    return {path: data for path, (_, data) in tree(folder).items()}


def test_a_kill_at_any_moment_keeps_every_original_and_the_next_run_completes(
    tmp_path: Path,
) -> None:
    def make(step: int) -> Path:
        for path, text in ORIGINALS.items():
            file = tmp_path / str(step) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path / str(step) / "new"

    whole = make(0)
    kills = 0
    modules = ["gateway.cli.main", "gateway.cli.import_project", "jsonschema_rs"]
    with Killer(["import", "../config.yaml"], preload=modules, program=IMPORT_ONLY) as killer:
        assert killer.run(whole) == 0
        expected = project_in(whole)
        for _, folder, was_killed in killer.every_step(make):
            assert originals_of(folder) == ORIGINALS
            for path, data in project_in(folder).items():
                assert ".gateway-tmp-" in path or data == expected[path]
            kills += was_killed
            assert killer.run(folder) == 0
            assert originals_of(folder) == ORIGINALS
            assert project_in(folder) == expected
            shutil.rmtree(folder.parent)
    assert kills > 50
