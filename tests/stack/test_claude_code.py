"""The real Claude Code client in print mode on a rendered stack: it answers, works, and outlives its model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
from stack.claude_code import Client
from stack.claude_lab import Lab, in_two_turns
from stack.scenes import calls, prompts_in, says_results, system_in

from gateway.stand_in import Behaviour, BlackHole, Reply, StandIn


def test_it_answers(claude: Lab, client: Client) -> None:
    claude.plays({"say hello": [Reply("Hello from the local model.")]})
    outcome = client.run("-p", "say hello", "--model", "local")
    assert (outcome.code, outcome.out) == (0, "Hello from the local model.\n")
    assert [each.answered_by for each in outcome.exchanges] == ["local"]


def test_it_reaches_the_gateway_and_nothing_else(claude: Lab, client: Client) -> None:
    claude.plays({"say hello": [Reply("Hello.")]})
    outcome = client.run("-p", "say hello", "--model", "local")
    assert outcome.code == 0
    assert outcome.tried_elsewhere == {"no_route": 0, "no_port": 0}


def test_alone_there_is_no_other_way_and_trying_is_counted(client: Client) -> None:
    """What the test above rests on: a connection and a name server that are tried, and not reached."""
    tries = (
        "import socket as s\n"
        "for family, to in ((s.AF_INET, '192.0.2.1'), (s.AF_INET6, '2001:db8::1')):\n"
        "    try:\n"
        "        s.create_connection((to, 443), 3)\n"
        "    except OSError as error:\n"
        "        print(error.errno)\n"
        "u = s.socket(s.AF_INET, s.SOCK_DGRAM)\n"
        "u.sendto(b'?', ('127.0.0.53', 53))\n"
    )
    outcome = client.run_other("python3", "-c", tries)
    assert outcome.out.split() == ["101", "101"], outcome.err
    assert outcome.tried_elsewhere == {"no_route": 2, "no_port": 1}


def test_it_streams_text_and_thinking(claude: Lab, client: Client) -> None:
    """Each piece as it comes, the reasoning as thinking, the upstream's own count of tokens."""
    usage = {"prompt_tokens": 1234, "completion_tokens": 56, "total_tokens": 1290}
    claude.plays({"say hello": [Reply("One two three.", "Let me see.", usage=usage)]})
    outcome = client.run(
        *("-p", "say hello", "--model", "local", "--verbose", "--include-partial-messages"),
        *("--output-format", "stream-json"),
    )
    assert outcome.code == 0, outcome.err
    events = outcome.events()
    deltas = [
        each["event"]["delta"]
        for each in events
        if each["type"] == "stream_event" and each["event"]["type"] == "content_block_delta"
    ]
    assert [each["text"] for each in deltas if "text" in each] == ["One", " two", " three."]
    assert "".join(each.get("thinking", "") for each in deltas) == "Let me see."
    result = events[-1]
    assert (result["type"], result["is_error"], result["result"]) == (
        "result",
        False,
        "One two three.",
    )
    assert (result["usage"]["input_tokens"], result["usage"]["output_tokens"]) == (1234, 56)


def test_it_writes_a_file_in_two_turns(claude: Lab, client: Client) -> None:
    target = client.work / "made.txt"
    write = calls(("Write", {"file_path": str(target), "content": "made by a tool\n"}))
    claude.plays({"make the file": [write, Reply("It is made.")]})
    outcome = client.run(
        "-p", "make the file", "--model", "local", "--permission-mode", "acceptEdits"
    )
    assert (outcome.code, outcome.out) == (0, "It is made.\n")
    assert target.read_text() == "made by a tool\n"
    assert len(claude.heard("local")) == 2


def test_it_edits_a_file_that_it_read(claude: Lab, client: Client) -> None:
    """The arguments come in pieces of six characters, quotes, escapes and all."""
    target = client.prepared({"paint.txt": 'colour = "red"\nsize = 3\n'}) / "paint.txt"
    edit = {"file_path": str(target), "old_string": '"red"\n', "new_string": '"grün — \\x"\n'}
    claude.plays(
        {
            "paint it": [
                calls(("Read", {"file_path": str(target)}), text="I look first."),
                calls(("Edit", edit)),
                Reply("It is green."),
            ]
        }
    )
    outcome = client.run("-p", "paint it", "--model", "local", "--permission-mode", "acceptEdits")
    assert (outcome.code, outcome.out) == (0, "It is green.\n")
    assert target.read_text() == 'colour = "grün — \\x"\nsize = 3\n'


def test_it_uses_two_tools_at_once(claude: Lab, client: Client) -> None:
    work = client.prepared({"a.txt": "apples\n"})
    both = calls(
        ("Read", {"file_path": str(work / "a.txt")}), ("Bash", {"command": "echo pears; exit 3"})
    )
    claude.plays({"look and run": [both, says_results("Both: ")]})
    outcome = client.run(
        "-p", "look and run", "--model", "local", "--allowedTools", "Bash(echo:*),Bash(exit:*)"
    )
    assert outcome.code == 0
    assert outcome.out.startswith("Both: ")
    assert "apples" in outcome.out.partition(" | ")[0]
    assert "pears" in outcome.out.partition(" | ")[2]


def test_it_uses_a_subagent(claude: Lab, client: Client) -> None:
    """The agent has its own prompt and its own conversation; what it found comes back to the first."""
    client.prepared(
        {
            ".claude/agents/counter.md": "---\nname: counter\ndescription: counts\ntools: Read\n---\n"
            "You count fruit, and nothing but fruit.\n"
        }
    )
    ask = {"description": "count", "prompt": "How many pears?", "subagent_type": "counter"}
    claude.plays(
        {
            "How many pears?": [Reply("There are 17 pears.")],
            "ask the counter": [
                calls(("Agent", ask)),
                lambda body: Reply(f"The counter said: {'17 pears' in str(body['messages'])}"),
            ],
        }
    )
    outcome = client.run(
        *("-p", "ask the counter", "--model", "local"),
        environ={"CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1"},
    )
    assert (outcome.code, outcome.out) == (0, "The counter said: True\n")
    first, counter, last = claude.heard("local")
    assert "nothing but fruit" in system_in(counter)
    assert "nothing but fruit" not in system_in(first) + system_in(last)
    assert "ask the counter" not in prompts_in(counter)
    assert [
        each.headers.get("x-claude-code-agent-id") is not None for each in outcome.exchanges
    ] == [
        False,
        True,
        False,
    ]


def test_a_subagent_in_the_background_reports_back(claude: Lab, client: Client) -> None:
    """What the client does by itself: the first conversation goes on, and is told when the agent is done."""
    ask = {"description": "c", "prompt": "How many plums?", "subagent_type": "general-purpose"}
    claude.plays(
        {
            "How many plums?": [Reply("There are 5 plums.")],
            "ask in the background": [
                calls(("Agent", ask)),
                Reply("It is on its way."),
                lambda body: Reply(f"It came back: {'5 plums' in prompts_in(body)}"),
            ],
        }
    )
    outcome = client.run("-p", "ask in the background", "--model", "local")
    assert outcome.code == 0
    assert outcome.out.endswith("It came back: True\n")


@contextmanager
def closed(upstream: StandIn) -> Iterator[None]:
    upstream.stop()
    yield


@contextmanager
def dark(upstream: StandIn) -> Iterator[None]:
    upstream.stop()
    with BlackHole(upstream.port):
        yield


@pytest.mark.parametrize(("name", "dies"), [("closed", closed), ("dark", dark)])
def test_it_outlives_the_local_model(
    claude: Lab,
    client: Client,
    name: str,
    dies: Callable[[StandIn], AbstractContextManager[None]],
) -> None:
    """The model dies while the client runs the tool that it asked for; the next turn is the cloud's."""
    death = dies(claude.upstreams[name])
    with ExitStack() as until_the_end:
        outcome = in_two_turns(claude, client, name, lambda: until_the_end.enter_context(death))
    assert (outcome.code, outcome.out) == (0, "It says: the note\n"), outcome.err
    assert [each.answered_by for each in outcome.messages()] == [name, "cloud"]
    assert len(claude.heard(name)) == 1


def test_it_outlives_a_model_that_breaks_off(claude: Lab, client: Client) -> None:
    """In the middle of its answer: the client asks again, and the cloud says all of it."""
    claude.plays({"say hello": [Reply("Hello, and some more words.")]})
    claude.upstreams["torn"].behave(Behaviour(reset_midway=3))
    outcome = client.run("-p", "say hello", "--model", "torn")
    assert (outcome.code, outcome.out) == (0, "Hello, and some more words.\n"), outcome.err
    assert outcome.messages()[-1].answered_by == "cloud"


def test_a_session_goes_on(claude: Lab, client: Client) -> None:
    """Three turns, each a run of its own: by `--continue`, then by `--resume` and the session's id."""
    claude.plays(
        {
            "the first": [Reply("One.")],
            "the second": [Reply("Two.")],
            "the third": [lambda body: Reply(f"{_said(body)} Three.")],
        }
    )
    options = ("--model", "local", "--output-format", "json")
    first = json.loads(client.run("-p", "the first", *options).out)
    client.run("-p", "the second", "--continue", *options)
    third = json.loads(client.run("-p", "the third", "--resume", first["session_id"], *options).out)
    assert third["result"] == "One. Two. Three."


def _said(body: object) -> str:
    assert isinstance(body, dict)
    spoken = [each["content"] for each in body["messages"] if each["role"] == "assistant"]
    return " ".join(each if isinstance(each, str) else each[0]["text"] for each in spoken)
