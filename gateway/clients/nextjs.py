"""A Next.js app: `.env.local`, which Next.js reads and `create-next-app` keeps out of git.

Source: nextjs.org/docs/app/guides/environment-variables. Its reader, @next/env, expands `$` in every kind
of quotes; a value with one is refused (gateway/clients/env_formats.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.clients.client import Client, Connection
from gateway.clients.files import DOTENV, ClientFile, SettingsFile
from gateway.clients.files.client_file import Place
from gateway.clients.openai_names import openai_variables

_ROUTE = """\
// app/api/chat/route.ts: server code, so that the key stays there.
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 }); // the gateway falls back by itself

export async function POST(request: Request) {
  const { messages } = await request.json();
  const answer = await client.chat.completions.create({
    model: process.env.OPENAI_MODEL!,
    messages,
  });
  return Response.json(answer.choices[0].message);
}
"""

_FILE = SettingsFile(".", ".env.local", DOTENV)


@dataclass(frozen=True, slots=True)
class _Nextjs(Client):
    name: str = "nextjs"
    title: str = "Next.js"
    kept_in: SettingsFile | None = _FILE

    def environment(self, to: Connection) -> dict[str, str | None]:
        return {**openai_variables(to), "OPENAI_MODEL": to.model.name}

    def file(self, to: Connection) -> ClientFile:
        """`.env.local` of the current folder."""
        values: dict[Place, str] = {
            (name,): value
            for name, value in self.environment(to).items()
            if value is not None and not (to.hides_key and value == to.key)
        }
        return ClientFile(_FILE, values, holds_key=not to.hides_key)

    def text(self, to: Connection) -> str:  # noqa: ARG002 - others name the model
        return _ROUTE


NEXTJS: Client = _Nextjs()
