"""The `config.json` of claude-code-router, version 1 or 2, in, a project as data out.

The file is JSON5: after `config.example.json` and the README of musistudio/claude-code-router, with
`docs/docs/server/config/routing.md` for `fallback`. Version 3 keeps its configuration in a database.
"""

from __future__ import annotations

import re
from pathlib import Path

from gateway.importing.claude_code_router.providers import Providers
from gateway.importing.claude_code_router.routes import read_routes
from gateway.importing.draft import Draft
from gateway.importing.imported import Imported
from gateway.importing.json5_text import read_json5
from gateway.importing.record import Key, Record, joined
from gateway.model import GatewayError, SourceFile

KIND = "claude-code-router"
_OF_CLAUDE = "it is about starting Claude Code, which the gateway does not do"
_LOGS = "`gateway logs` shows the gateway's own log"
TOP_KEYS = (
    Key("Providers", "`providers` of gateway.yaml, and a fragment for each model"),
    Key("providers", "the same"),
    Key("Router", "see the routes below"),
    Key("fallback", "`fallbacks` of the model that the route goes to"),
    Key("APIKEY", "`LITELLM_MASTER_KEY` in `.env`, where it is long enough"),
    Key("HOST", "`server.bind`, where it is an address; `0.0.0.0` is noted"),
    Key("PORT", "`server.port`"),
    Key("API_TIMEOUT_MS", "`timeouts.total`"),
    Key("PROXY_URL", dropped="the gateway asks its providers directly"),
    Key("LOG", dropped=_LOGS),
    Key("LOG_LEVEL", dropped=_LOGS),
    Key("NON_INTERACTIVE_MODE", dropped=_OF_CLAUDE),
    Key("CLAUDE_PATH", dropped=_OF_CLAUDE),
    Key("StatusLine", dropped=_OF_CLAUDE),
    Key("CUSTOM_ROUTER_PATH", dropped="no script chooses a model: each request names it"),
    Key("REWRITE_SYSTEM_PROMPT", dropped="prompts arrive as the client sends them"),
    Key("forceUseImageAgent", dropped="no agent looks at images: name a model that can"),
    Key("transformers", dropped="they are plugins of claude-code-router"),
    Key("metadata", dropped="it describes a preset"),
    Key("//…", "nothing: a comment"),
    Key("*", dropped="nothing here takes it"),
)
_LOOKS = re.compile(r"""["']?[Pp]roviders["']?\s*:\s*\[""")
_BESIDE = re.compile(r"""["']?(?:api_base_url|Router)["']?\s*:""")


def looks_like_claude_code_router(path: str, text: str) -> bool:
    is_json = path.lower().endswith((".json", ".json5", ".jsonc"))
    return is_json and _LOOKS.search(text) is not None and _BESIDE.search(text) is not None


def read_claude_code_router(file: SourceFile, _folder: Path) -> Imported:
    """Raises GatewayError where the file is not JSON5, or has no provider with a model."""
    data, lines, twice = read_json5(file.path, file.text)
    source = Record(file.path, data, lines)
    draft = Draft(KIND, source)
    for place in twice:
        source.remark(place, f"`{joined(place)}` stands twice: the last one counts")
    source.drop_known(TOP_KEYS)
    for name in source.keys_of():
        if name.startswith("//"):
            source.carry(name)
    # As the tool itself: `Providers`, and only without them `providers`.
    section = "Providers" if source.at("Providers") is not None else "providers"
    providers = Providers(draft, (section,))
    default = read_routes(draft, providers)
    providers.leave_out_unused()
    if source.at("API_TIMEOUT_MS") is not None:
        draft.add_timeout(("API_TIMEOUT_MS",), 0.001)
    if source.at("HOST") is not None:
        draft.add_host(("HOST",))
    if source.at("PORT") is not None:
        draft.add_port(("PORT",))
    if source.at("APIKEY"):
        draft.add_client_key(("APIKEY",))
    return draft.finish(
        default,
        GatewayError(
            f"{file.path} has no provider with a model that can be carried over",
            "its `Providers` need `name`, `api_base_url` and `models`; version 3 keeps them in a database",
        ),
    )
