"""The `.env` of 1rgs/claude-code-proxy in, a project as data out.

After `.env.example`, the README and `server.py` of 1rgs/claude-code-proxy: haiku goes to the small
model, sonnet to the big one, at Gemini where Google is preferred and the model is one of Gemini's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.importing.draft import Draft
from gateway.importing.env_files.reading import assigns, may_be_env, read_env
from gateway.importing.env_files.tiers import add_asked_provider, add_models, model_of
from gateway.importing.imported import Imported
from gateway.importing.record import Key
from gateway.importing.wire import OPENAI, Wire, wire_of
from gateway.importing.words import is_writable, named_after
from gateway.model import GatewayError, SourceFile

KIND = "anthropic-proxy"
_NOT_ASKED = "no model here is asked with it"
KEYS = (
    Key("PREFERRED_PROVIDER", "whose model each of the two is"),
    Key("BIG_MODEL", "a fragment, and the tiers `opus` and `sonnet` of `claude_code`"),
    Key("SMALL_MODEL", "a fragment, and the tier `haiku` of `claude_code`"),
    Key(
        "OPENAI_API_KEY", "the same variable in `.env`, named in `api_keys`, where OpenAI is asked"
    ),
    Key("OPENAI_BASE_URL", "`api_base` of the provider for OpenAI's models"),
    Key("OPENAI_API_BASE_URL", "the same, as older versions call it"),
    Key(
        "GEMINI_API_KEY", "the same variable in `.env`, named in `api_keys`, where Gemini is asked"
    ),
    Key("USE_VERTEX_AUTH", "the prefix `vertex_ai` for Gemini's models"),
    Key("VERTEX_PROJECT", "`litellm_params.vertex_project` of that provider"),
    Key("VERTEX_LOCATION", "`litellm_params.vertex_location` of that provider"),
    Key(
        "ANTHROPIC_API_KEY", dropped=_NOT_ASKED, hint="write a provider and fragments for Anthropic"
    ),
    Key("*", dropped="nothing here takes it"),
)


def looks_like_anthropic_proxy(path: str, text: str) -> bool:
    own = assigns(text, "PREFERRED_PROVIDER", "USE_VERTEX_AUTH")
    return may_be_env(path) and own


def read_anthropic_proxy(file: SourceFile, _folder: Path) -> Imported:
    """Raises GatewayError where the file names no model: whatever is asked for goes to Anthropic."""
    source = read_env(file.path, file.text)
    draft = Draft(KIND, source)
    source.drop_known(KEYS)
    preferred = str(source.at("PREFERRED_PROVIDER") or "openai").strip().lower()
    if preferred == "anthropic":
        raise GatewayError(
            f"{file.path} names no model: with `PREFERRED_PROVIDER` anthropic all go to Anthropic as asked",
            "write a provider with `litellm: anthropic` and a fragment for each of its models",
        )
    if preferred in ("openai", "google"):
        source.carry("PREFERRED_PROVIDER")
    else:
        source.note(
            ("PREFERRED_PROVIDER",),
            "`PREFERRED_PROVIDER` is none that the tool knows: `openai` is what it takes then",
        )
    if not _uses_vertex(draft):
        source.carry("USE_VERTEX_AUTH")
    prefers_google = preferred == "google"
    big = model_of(draft, "BIG_MODEL", "gemini-2.5-pro" if prefers_google else "gpt-4.1")
    small = model_of(draft, "SMALL_MODEL", "gemini-2.5-flash" if prefers_google else "gpt-4.1-mini")
    asked = {"BIG_MODEL": big, "SMALL_MODEL": small}
    at_google = {v for v, model in asked.items() if prefers_google and model.startswith("gemini")}
    google = _google(draft) if at_google else None
    openai = _openai(draft, file.path) if at_google != asked.keys() else None
    models = {v: (google if v in at_google else openai) or "" for v in asked}
    names = add_models(draft, {v: (models[v], asked[v]) for v in asked}, {})
    source.drop_untaken([key.name for key in KEYS if key.name != "*"], _NOT_ASKED)
    tiers = {"opus": "BIG_MODEL", "sonnet": "BIG_MODEL", "haiku": "SMALL_MODEL"}
    draft.add_tiers({tier: names.get(v) for tier, v in tiers.items()})
    return draft.finish(
        names.get("BIG_MODEL"), GatewayError(f"{file.path} names no model that can be carried over")
    )


def _openai(draft: Draft, path: str) -> str:
    source = draft.source
    at = "OPENAI_BASE_URL" if source.at("OPENAI_BASE_URL") else "OPENAI_API_BASE_URL"
    url = source.text(at) if source.at(at) else None
    wire = wire_of(url or OPENAI)
    if wire is None:
        raise GatewayError(f"{path}: `{at}` is no address that can be carried over")
    source.carry(at)
    key = draft.add_secret(
        ("OPENAI_API_KEY",), "OPENAI_API_KEY", str(source.at("OPENAI_API_KEY") or "")
    )
    return add_asked_provider(draft, named_after(url or OPENAI), wire, at, {"api_keys": [key]})


def _google(draft: Draft) -> str:
    source = draft.source
    if _uses_vertex(draft):
        source.note(
            ("USE_VERTEX_AUTH",),
            "`USE_VERTEX_AUTH` is the prefix `vertex_ai`: Google's credentials of this machine are needed",
            "with Docker they are not in the container",
        )
        params = _vertex(draft)
        more = {"litellm_params": params} if params else {}
        return draft.add_provider("vertex", {"litellm": "vertex_ai", **more})
    key = draft.add_secret(
        ("GEMINI_API_KEY",), "GEMINI_API_KEY", str(source.at("GEMINI_API_KEY") or "")
    )
    wire = Wire("gemini", None)
    return add_asked_provider(draft, "gemini", wire, "GEMINI_API_KEY", {"api_keys": [key]})


def _uses_vertex(draft: Draft) -> bool:
    return str(draft.source.at("USE_VERTEX_AUTH") or "").lower() == "true"


def _vertex(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable, key in (
        ("VERTEX_PROJECT", "vertex_project"),
        ("VERTEX_LOCATION", "vertex_location"),
    ):
        value = draft.source.text(variable) if draft.source.at(variable) else None
        if value is not None and value != "unset" and is_writable(value):
            draft.source.carry(variable)
            found[key] = value
    return found
