"""What the real Claude Code client asks the gateway beside its main turns, and what it makes of refusals."""

from __future__ import annotations

import json
import struct
import sys
import time
import zlib

from stack.claude_code import Client
from stack.claude_lab import Lab
from stack.scenes import calls, prompts_in, says_results

from gateway.stand_in import Behaviour, Reply, ToolCall

MCP_SERVER = """
import json, sys
TOOL = {"name": "weigh", "description": "weighs fruit", "inputSchema": {
    "type": "object", "properties": {"fruit": {"type": "string"}}, "required": ["fruit"]}}
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = {
        "initialize": lambda p: {"protocolVersion": p["protocolVersion"], "capabilities": {"tools": {}},
                                 "serverInfo": {"name": "scales", "version": "1"}},
        "tools/list": lambda p: {"tools": [TOOL]},
        "tools/call": lambda p: {"content": [
            {"type": "text", "text": f"the {p['arguments']['fruit']} weighs 150 g"}]},
    }.get(asked["method"], lambda p: {})(asked.get("params") or {})
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


def test_a_wrong_key_is_said_at_once(client: Client) -> None:
    """Without `x-should-retry: false` the client asks ten times, in minutes, and says nothing."""
    outcome = client.run(
        "-p", "hi", "--model", "local", environ={"ANTHROPIC_AUTH_TOKEN": "sk-wrong"}, timeout=30
    )
    assert outcome.code == 1
    assert "401 missing or wrong API key" in outcome.out
    assert [each.status for each in outcome.exchanges] == [401]


def test_a_providers_wrong_key_is_said_at_once(claude: Lab, client: Client) -> None:
    outcome = client.run("-p", "hi", "--model", "locked", timeout=30)
    assert outcome.code == 1
    assert outcome.out.startswith("Failed to authenticate. API Error: 401 ")
    assert [each.status for each in outcome.exchanges] == [401]


def test_a_gateway_that_is_down_is_said(claude: Lab, client: Client) -> None:
    nowhere = Client(client.home, None, claude.program)
    outcome = nowhere.run(
        "-p", "hi", "--model", "local", environ={"CLAUDE_CODE_MAX_RETRIES": "1"}, timeout=30
    )
    assert outcome.code == 1
    assert "ECONNREFUSED" in outcome.out
    assert outcome.tried_elsewhere == {"no_route": 0, "no_port": 0}


def test_without_the_attribution_header_a_prompt_starts_the_same(
    claude: Lab, client: Client
) -> None:
    """What prefix caches need: all before the user's own words, byte for byte, in two sessions."""
    claude.plays({"question": [Reply("Answer.")]})
    for before in ("a", "another"):
        environ = {"CLAUDE_CODE_ATTRIBUTION_HEADER": "0"}
        assert client.run("-p", f"{before} question", "--model", "local", environ=environ).code == 0
    heard = [json.dumps([body["tools"], body["messages"]]) for body in claude.heard("local")]
    assert any("another question" in text for text in heard)
    assert any("a question" in text for text in heard)
    starts = {
        text.partition("question")[0].removesuffix("nother ").removesuffix(" ") for text in heard
    }
    assert len(starts) == 1, "and so each time, where the client asks twice"
    assert len(starts.pop()) > 10_000
    assert "billing" not in heard[0]


def test_an_answer_in_a_given_shape(claude: Lab, client: Client) -> None:
    """`--json-schema`: the client offers a tool with the schema, and takes its arguments for the answer."""
    shape = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    claude.plays({"count them": [calls(("StructuredOutput", {"n": 17})), Reply("17")]})
    outcome = client.run(
        *("-p", "count them", "--model", "local", "--output-format", "json"),
        *("--json-schema", json.dumps(shape)),
    )
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["structured_output"] == {"n": 17}


def test_a_picture_reaches_the_model(claude: Lab, client: Client) -> None:
    work = client.prepared({"red.png": _red_png()})
    claude.plays(
        {"look at it": [calls(("Read", {"file_path": str(work / "red.png")})), Reply("Red.")]}
    )
    outcome = client.run("-p", "look at it", "--model", "local")
    assert (outcome.code, outcome.out) == (0, "Red.\n")
    assert "data:image/png;base64," in json.dumps(claude.heard("local")[-1]["messages"])


def test_a_tool_of_an_mcp_server(claude: Lab, client: Client) -> None:
    servers = {"scales": {"command": sys.executable, "args": ["-c", MCP_SERVER]}}
    client.prepared({"mcp.json": json.dumps({"mcpServers": servers})})
    claude.plays(
        {
            "weigh a pear": [
                calls(("ToolSearch", {"query": "select:mcp__scales__weigh"})),
                calls(("mcp__scales__weigh", {"fruit": "pear"})),
                says_results("Says: "),
            ]
        }
    )
    outcome = client.run(
        *("-p", "weigh a pear", "--model", "local", "--mcp-config", "mcp.json"),
        *("--allowedTools", "mcp__scales__weigh"),
    )
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith("the pear weighs 150 g\n")


def test_arguments_that_are_no_json_do_not_end_the_session(claude: Lab, client: Client) -> None:
    """Small models write such; the client is told so, and the model gets another turn."""
    broken = Reply(calls=(ToolCall("call_x", "Read", '{"file_path": "/x'),))
    claude.plays({"break it": [broken, Reply("I go on.")]})
    outcome = client.run("-p", "break it", "--model", "local")
    assert (outcome.code, outcome.out) == (0, "I go on.\n")


def test_a_prompt_of_a_hundred_thousand_tokens(claude: Lab, client: Client) -> None:
    """On the standard input, as `cat log | claude -p` sends it."""
    lines = "".join(f"line {number}: nothing of note happened here\n" for number in range(9000))
    claude.plays({"sum it up": [Reply("Nothing of note.")]})
    outcome = client.run("-p", "sum it up", "--model", "local", said=lines)
    assert (outcome.code, outcome.out) == (0, "Nothing of note.\n")
    assert "line 8999: nothing" in prompts_in(claude.heard("local")[0])


def test_context_counts_tokens(claude: Lab, client: Client) -> None:
    """`/context` asks for dozens of counts at once; they are the gateway's own, no upstream hears of them."""
    claude.plays({})
    outcome = client.run("-p", "/context", "--model", "local")
    assert outcome.code == 0
    counts = [e for e in outcome.exchanges if e.path.startswith("/v1/messages/count_tokens")]
    assert len(counts) > 10
    assert {each.status for each in counts} == {200}
    assert claude.heard("local") == claude.heard("cloud") == []


def test_it_finds_the_gateways_models(claude: Lab, client: Client) -> None:
    claude.plays({"say hello": [Reply("Hello.")]})
    outcome = client.run(
        *("-p", "say hello", "--model", "local"),
        environ={"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"},
    )
    assert outcome.code == 0
    asked = [each for each in outcome.exchanges if each.path == "/v1/models?limit=1000"]
    assert [each.status for each in asked] == [200]


def test_ctrl_c_ends_the_upstreams_work(claude: Lab, client: Client) -> None:
    upstream = claude.upstreams["local"]
    claude.plays({"talk for long": [Reply("word " * 2000)]})
    upstream.behave(Behaviour(token_gap=0.05))
    try:
        client.interrupted(
            *("-p", "talk for long", "--model", "local"),
            when=lambda: any(each.chunks_sent > 3 for each in upstream.requests),
        )
        until = time.monotonic() + 15
        while not upstream.requests[0].client_left_early and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        upstream.heal()
    assert upstream.requests[0].client_left_early
    assert upstream.requests[0].chunks_sent < 1000


def _red_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * 8) * 8)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks
