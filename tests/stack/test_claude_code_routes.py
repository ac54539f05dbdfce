"""Where the real Claude Code client's requests end up: by the name it asks for, and by what it asks."""

from __future__ import annotations

import json

import pytest
from stack.claude_code import Client, Outcome
from stack.claude_lab import Lab
from stack.scenes import Scenes, calls, prompts_in, says_results, system_in

from gateway.stand_in import Reply

TIERS = {"opus": "cloud", "sonnet": "local", "haiku": "small", "sonnet[1m]": "local"}
WAITS = {"CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1"}


def answered_by(outcome: Outcome) -> list[str | None]:
    assert outcome.code == 0, outcome.out + outcome.err
    return [each.answered_by for each in outcome.messages()]


@pytest.mark.parametrize(("chosen", "model"), list(TIERS.items()))
def test_a_family_is_the_model_of_its_tier(
    claude: Lab, client: Client, chosen: str, model: str
) -> None:
    """The client makes a name like `claude-opus-5-5` of it, newer than any list of ours."""
    claude.plays({"say hello": [Reply("Hello.")]})
    outcome = client.run("-p", "say hello", "--model", chosen)
    assert answered_by(outcome) == [model]
    asked = outcome.messages()[0].body["model"]
    assert asked.startswith("claude-")
    assert (
        outcome.messages()[0].answer_headers["x-gateway-route"].startswith(("tier", "background"))
    )


def test_a_name_that_nobody_knows_is_answered_by_the_default(claude: Lab, client: Client) -> None:
    claude.plays({"say hello": [Reply("Hello.")]})
    outcome = client.run("-p", "say hello", "--model", "claude-nova-9")
    assert answered_by(outcome) == ["local"]


@pytest.mark.parametrize("haiku", ["small", "claude-haiku-4-5-20251001"])
def test_side_requests_go_to_the_background_model(claude: Lab, client: Client, haiku: str) -> None:
    """A hook that asks a model, and the labels of tool calls; the conversation stays where it was."""
    hook = {"type": "prompt", "prompt": "May it stop?"}
    settings = json.dumps({"hooks": {"Stop": [{"hooks": [hook]}]}})
    work = client.prepared({"../.claude/settings.json": settings, "a.txt": "apples\n"})
    claude.plays(
        {
            "summary label": [Reply("Read a file")],
            "May it stop?": [Reply(json.dumps({"ok": True, "reason": "it may"}))],
            "read it": [calls(("Read", {"file_path": str(work / "a.txt")})), Reply("Read.")],
        }
    )
    outcome = client.run(
        *("-p", "read it", "--model", "sonnet", "--output-format", "stream-json", "--verbose"),
        environ={
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": haiku,
            "CLAUDE_CODE_EMIT_TOOL_USE_SUMMARIES": "1",
        },
    )
    assert outcome.code == 0, outcome.err
    assert outcome.events()[-1]["result"] == "Read."
    hooks = [body for body in claude.heard("small") if "May it stop?" in prompts_in(body)]
    assert len(hooks) == 1
    assert len(claude.heard("small")) == 2, "the label of the tool call is the other one"
    assert len(claude.heard("local")) == 2
    assert all("May it stop?" not in prompts_in(body) for body in claude.heard("local"))


@pytest.mark.parametrize(
    "tag",
    [
        "<CCR-SUBAGENT-MODEL>cloud,cloud-chat</CCR-SUBAGENT-MODEL>",
        "<gateway-model>cloud</gateway-model>",
    ],
)
@pytest.mark.parametrize("session", ["local", "sonnet"])
def test_an_agent_files_tag_picks_its_model(
    claude: Lab, client: Client, tag: str, session: str
) -> None:
    agent = f"---\nname: counter\ndescription: counts\n---\n{tag}\nYou count fruit.\n"
    client.prepared({".claude/agents/counter.md": agent})
    scenes = _asks_an_agent("counter", "How many pears?")
    claude.plays(scenes)
    outcome = client.run("-p", "ask the agent", "--model", session, environ=WAITS)
    assert answered_by(outcome) == ["local", "cloud", "local"]
    (heard,) = claude.heard("cloud")
    assert "You count fruit." in system_in(heard)
    assert "</" not in system_in(heard).partition("You count fruit.")[0]


def test_a_tag_in_what_an_agent_is_asked_picks_its_model(claude: Lab, client: Client) -> None:
    claude.plays(_asks_an_agent("general-purpose", "<gateway-model>wide</gateway-model>Count."))
    outcome = client.run("-p", "ask the agent", "--model", "sonnet", environ=WAITS)
    assert answered_by(outcome) == ["local", "wide", "local"]
    assert "gateway-model" not in prompts_in(claude.heard("wide")[0])


def test_an_agent_files_model_is_asked_for(claude: Lab, client: Client) -> None:
    for name in ("haiku", "wide"):
        agent = f"---\nname: {name}er\ndescription: counts\nmodel: {name}\n---\nYou count.\n"
        client.prepared({f".claude/agents/{name}.md": agent})
    for name, model in {"haiku": "small", "wide": "wide"}.items():
        claude.plays(_asks_an_agent(f"{name}er", "Count."))
        outcome = client.run("-p", "ask the agent", "--model", "sonnet", environ=WAITS)
        assert answered_by(outcome) == ["local", model, "local"]


def test_a_web_search_goes_to_the_model_that_searches(claude: Lab, client: Client) -> None:
    claude.plays(
        {
            "search for the query": [Reply("Pears are fruit.")],
            "look it up": [
                calls(("ToolSearch", {"query": "select:WebSearch"})),
                calls(("WebSearch", {"query": "pears"})),
                says_results("Found: "),
            ],
        }
    )
    outcome = client.run(
        "-p", "look it up", "--model", "sonnet", "--allowedTools", "WebSearch,ToolSearch"
    )
    assert answered_by(outcome) == ["local", "local", "finder", "local"]
    assert "Pears are fruit." in outcome.out


def test_a_long_prompt_goes_to_the_long_context_model(claude: Lab, client: Client) -> None:
    lines = "".join(f"line {number}: nothing of note happened here\n" for number in range(9000))
    claude.plays({"sum it up": [Reply("Nothing of note.")]})
    outcome = client.run("-p", "sum it up", "--model", "sonnet", said=lines)
    assert answered_by(outcome) == ["wide"]


def _asks_an_agent(agent: str, task: str) -> Scenes:
    ask = {"description": "count", "prompt": task, "subagent_type": agent}
    task = task.rpartition(">")[2]
    return {task: [Reply("17.")], "ask the agent": [calls(("Agent", ask)), Reply("Asked.")]}
