"""OpenAI's and Anthropic's libraries, and curl: what they read from the environment, and a program to begin with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.clients.client import Client, Connection
from gateway.clients.openai_names import openai_variables, seconds

_EMBEDDING = """\
curl -s "$GATEWAY_URL/v1/embeddings" -H "Authorization: Bearer $GATEWAY_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{"model": MODEL, "input": "hello"}'
"""
_CURL = """\
curl -s "$GATEWAY_URL/v1/models" -H "Authorization: Bearer $GATEWAY_API_KEY"
curl -s "$GATEWAY_URL/v1/chat/completions" -H "Authorization: Bearer $GATEWAY_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}'
curl -s "$GATEWAY_URL/v1/messages" -H "x-api-key: $GATEWAY_API_KEY" \\
  -H 'anthropic-version: 2023-06-01' -H 'Content-Type: application/json' \\
  -d '{"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}'
"""
_OPENAI_PYTHON = """\
from openai import OpenAI

# OPENAI_BASE_URL and OPENAI_API_KEY are read by the library itself.
client = OpenAI(max_retries=0, timeout=SECONDS)  # the gateway falls back by itself
answer = client.chat.completions.create(
    model=MODEL, messages=[{"role": "user", "content": "hello"}]
)
print(answer.choices[0].message.content)
"""
_OPENAI_JS = """\
import OpenAI from "openai";

// OPENAI_BASE_URL and OPENAI_API_KEY are read by the library itself.
const client = new OpenAI({ maxRetries: 0, timeout: SECONDS * 1000 }); // the gateway falls back by itself
const answer = await client.chat.completions.create({
  model: MODEL,
  messages: [{ role: "user", content: "hello" }],
});
console.log(answer.choices[0].message.content);
"""
_ANTHROPIC_PYTHON = """\
from anthropic import Anthropic

# ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN are read by the library itself.
client = Anthropic(max_retries=0, timeout=SECONDS)  # the gateway falls back by itself
answer = client.messages.create(
    model=MODEL, max_tokens=1000, messages=[{"role": "user", "content": "hello"}]
)
print("".join(block.text for block in answer.content if block.type == "text"))
"""
_ANTHROPIC_JS = """\
import Anthropic from "@anthropic-ai/sdk";

// ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN are read by the library itself.
const client = new Anthropic({ maxRetries: 0, timeout: SECONDS * 1000 }); // the gateway falls back by itself
const answer = await client.messages.create({
  model: MODEL,
  max_tokens: 1000,
  messages: [{ role: "user", content: "hello" }],
});
console.log(answer.content.map((block) => (block.type === "text" ? block.text : "")).join(""));
"""


def _anthropic_variables(to: Connection) -> dict[str, str | None]:
    """Source: the READMEs of anthropic-sdk-python and -typescript. A key beside the token would be sent too."""
    return {
        "ANTHROPIC_BASE_URL": to.url,
        "ANTHROPIC_AUTH_TOKEN": to.key,
        "ANTHROPIC_API_KEY": None,
    }


def _curl_variables(to: Connection) -> dict[str, str | None]:
    return {"GATEWAY_URL": to.url, "GATEWAY_API_KEY": to.key}


@dataclass(frozen=True, slots=True)
class _Library(Client):
    """`template` is a program that the variables are enough for."""

    variables: Callable[[Connection], dict[str, str | None]] = openai_variables
    template: str = field(default="", repr=False)

    def environment(self, to: Connection) -> dict[str, str | None]:
        return self.variables(to)

    def text(self, to: Connection) -> str:
        """The program, for this model."""
        template = (
            _EMBEDDING if self.name == "curl" and to.model.mode == "embedding" else self.template
        )
        model = json.dumps(to.model.name)
        return template.replace("MODEL", model).replace("SECONDS", str(seconds(to)))


OPENAI_PYTHON: Client = _Library(
    "openai-python",
    "OpenAI's library for Python",
    variables=openai_variables,
    template=_OPENAI_PYTHON,
)
OPENAI_JS: Client = _Library(
    "openai-js", "OpenAI's library for JavaScript", variables=openai_variables, template=_OPENAI_JS
)
ANTHROPIC_PYTHON: Client = _Library(
    "anthropic-python",
    "Anthropic's library for Python",
    variables=_anthropic_variables,
    template=_ANTHROPIC_PYTHON,
)
ANTHROPIC_JS: Client = _Library(
    "anthropic-js",
    "Anthropic's library for JavaScript",
    variables=_anthropic_variables,
    template=_ANTHROPIC_JS,
)
CURL: Client = _Library("curl", "curl", variables=_curl_variables, template=_CURL)
