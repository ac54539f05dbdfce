"""Apps on the command line: whose key a client gets, how it is made and changed, what is said of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cli.command_line import Ran, run_gateway
from small_project import SETTINGS

from gateway.env_file import read_environment

APPS = SETTINGS + (
    "apps:\n"
    "  coder: {key: [CODER_KEY, CODER_KEY_OLD], models: [glm-5]}\n"
    "  shop: {key: SHOP_KEY, models: ['k*'], budget: {tokens: 9000, per: day}}\n"
)
KIMI = "provider: nanogpt\nmodel: kimi\n"
KEY = re.compile(r"sk-[\w-]{40,}")
NAMES = ("LITELLM_MASTER_KEY", "CODER_KEY", "CODER_KEY_OLD", "SHOP_KEY")


@pytest.fixture
def project(write_project: Callable[[Mapping[str, str]], Path]) -> Path:
    root = write_project({"gateway.yaml": APPS, "models.d/kimi.yaml": KIMI})
    assert run_gateway("render", cwd=root).code == 0
    return root


def run(root: Path, *args: str, **env: str) -> Ran:
    return run_gateway(*args, cwd=root, env={"HOME": str(root), "SHELL": "/bin/bash", **env})


def values(root: Path) -> dict[str, str]:
    return read_environment(root, NAMES, {})


def test_a_new_env_has_a_key_for_each_app(project: Path) -> None:
    made = values(project)
    assert set(made) == {"LITELLM_MASTER_KEY", "CODER_KEY", "SHOP_KEY"}
    assert len(set(made.values())) == 3
    assert all(KEY.fullmatch(key) for key in made.values())


def test_what_is_rendered_holds_names_and_no_key(project: Path) -> None:
    data = json.loads((project / "compose/gateway_runtime/apps.json").read_text())
    assert data["apps"]["coder"]["keys"] == ["CODER_KEY", "CODER_KEY_OLD"]
    assert data["apps"]["shop"]["models"] == ["kimi"]
    compose = (project / "compose/compose.yaml").read_text()
    assert '"${SHOP_KEY:-missing-SHOP_KEY}"' in compose
    assert "../.gateway/state:/gateway/state" in compose
    assert (project / ".gateway/state").stat().st_mode & 0o777 == 0o777
    assert (project / ".gateway").stat().st_mode & 0o777 == 0o700
    rendered = "".join(p.read_text() for p in (project / "compose").rglob("*") if p.is_file())
    assert not any(key in rendered for key in values(project).values())


@pytest.mark.parametrize(
    ("args", "env", "variable"),
    [
        ([], {}, "CODER_KEY"),
        (["--app", "shop"], {}, "SHOP_KEY"),
        ([], {"GATEWAY_APP": "shop"}, "SHOP_KEY"),
        (["--app", "coder"], {"GATEWAY_APP": "shop"}, "CODER_KEY"),
    ],
)
def test_a_client_gets_an_apps_key(
    project: Path, args: list[str], env: dict[str, str], variable: str
) -> None:
    ran = run(project, "env", "claude", *args, "--format", "key", **env)
    assert (ran.code, ran.out.strip()) == (0, values(project)[variable])
    said = run(project, "env", "claude", *args, **env)
    app = variable.removesuffix("_KEY").lower()
    assert said.err == f"Claude Code gets the key of the app `{app}` ({variable})\n"
    assert f"--app {app}" in said.out
    assert values(project)["LITELLM_MASTER_KEY"] not in said.out + ran.out


def test_without_a_key_nobody_gets_the_master_key_instead(project: Path) -> None:
    env = project / ".env"
    env.write_text(re.sub("CODER_KEY=.*", "CODER_KEY=", env.read_text()))
    ran = run(project, "env", "claude", "--format", "key")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "gateway: CODER_KEY, the key of the app `coder`, is not set\n"
        "  = hint: run `gateway keys rotate coder`: it makes a random one\n"
    )
    assert run(project, "keys", "rotate", "coder").code == 0
    assert KEY.fullmatch(run(project, "env", "claude", "--format", "key").out.strip())


def test_a_client_without_a_key_starts_nothing(project: Path) -> None:
    env = project / ".env"
    env.write_text(re.sub("SHOP_KEY=.*", "SHOP_KEY=", env.read_text()))
    ran = run(project, "run", "kimi", "--app", "shop")
    assert (ran.code, ran.out) == (125, "")
    assert ran.err == (
        "gateway: SHOP_KEY, the key of the app `shop`, is not set\n"
        "  = hint: run `gateway keys rotate shop`: it makes a random one\n"
    )
    assert not (project / ".gateway" / "proxy.json").exists()


def test_a_model_that_the_app_may_not_use(project: Path) -> None:
    ran = run(project, "env", "claude", "kimi")
    assert ran.code == 2
    assert ran.err.startswith("gateway: the app `coder` may not use `kimi`\n")
    assert run(project, "env", "claude", "kimi", "--app", "shop").code == 0
    assert "kimi" in run(project, "env", "claude", "--app", "shop").out


def test_an_app_that_is_none(project: Path) -> None:
    ran = run(project, "env", "claude", "--app", "shpo")
    assert (ran.code, ran.out) == (2, "")
    assert "`shpo` is not an app" in ran.err


def test_a_key_is_rotated_with_an_overlap(project: Path) -> None:
    before = values(project)
    ran = run(project, "keys", "rotate", "coder")
    assert ran.code == 0
    after = values(project)
    assert after["CODER_KEY_OLD"] == before["CODER_KEY"] != after["CODER_KEY"]
    assert "both hold" in ran.err
    assert not KEY.search(ran.out + ran.err)
    run(project, "keys", "rotate", "coder")
    assert values(project)["CODER_KEY_OLD"] == after["CODER_KEY"]
    shop = run(project, "keys", "rotate", "shop")
    assert "from then on it gets 401" in shop.err
    assert values(project)["LITELLM_MASTER_KEY"] == before["LITELLM_MASTER_KEY"]


def test_rotating_nobodys_key_repeats_nothing(project: Path) -> None:
    ran = run(project, "keys", "rotate", "sk-canary-0123456789abcdef")
    assert ran.code == 2
    assert "canary" not in ran.err
    unchanged = values(project)
    assert run(project, "keys", "rotate", "shop", "-n").code == 0
    assert values(project) == unchanged


def test_list_and_status_say_whose_keys_they_are(project: Path) -> None:
    listed = run(project, "keys", "list").out
    assert re.search(r"CODER_KEY_OLD +missing +what the app coder shows, still", listed)
    assert re.search(r"SHOP_KEY .* what the app shop shows", listed)
    env = project / ".env"
    env.write_text(re.sub("SHOP_KEY=.*", "SHOP_KEY=", env.read_text()))
    status = run(project, "status").out
    assert "not set in .env: NANOGPT_API_KEY, SHOP_KEY\n" in status
    assert (
        "  without SHOP_KEY nobody comes in as the app `shop`: `gateway keys rotate shop`" in status
    )


def test_explain_an_app(project: Path) -> None:
    said = run(project, "explain", "shop").out
    assert "  budget      9,000 tokens a day (UTC)\n" in said
    assert "  models      k*\n  may ask     kimi\n  default     kimi\n" in said
    (project / "models.d/kimi.yaml").write_text("provider: nobody\nmodel: kimi\n")
    said = run(project, "explain", "shop").out
    assert "  models      k*\n  default     the project's, else its first\n" in said


def test_what_is_used_is_said(project: Path) -> None:
    used = re.compile(r"0 of 9,000 tokens today; 9,000 left until \d{4}-\d\d-\d\d 00:00 UTC\n")
    assert used.search(run(project, "explain", "shop").out)
    assert used.search(run(project, "status").out)
    (told,) = json.loads(run(project, "status", "--format", "json").out)["budgets"]
    assert (told["app"], told["budget"], told["used"], told["left"]) == ("shop", 9000, 0, 9000)
    assert list((project / ".gateway/state").iterdir()) == []


def test_with_a_redis_nothing_is_kept_here(
    write_project: Callable[[Mapping[str, str]], Path],
) -> None:
    text = APPS + "state: {redis: REDIS_URL}\n"
    project = write_project({"gateway.yaml": text, "models.d/kimi.yaml": KIMI})
    assert run_gateway("render", cwd=project).code == 0
    data = json.loads((project / "compose/gateway_runtime/apps.json").read_text())
    assert data["redis"] == {"variable": "REDIS_URL", "prefix": "gateway"}
    compose = (project / "compose/compose.yaml").read_text()
    assert '"${REDIS_URL:-missing-REDIS_URL}"' in compose
    assert "/gateway/state" not in compose
    assert not (project / ".gateway/state").exists()
    assert "it is counted in Redis\n" in run(project, "explain", "shop").out
    assert "left until" not in run(project, "status").out
    assert "not set in .env: NANOGPT_API_KEY, REDIS_URL\n" in run(project, "status").out
    assert re.search(
        r"REDIS_URL +missing .*the Redis that counts", run(project, "keys", "list").out
    )
