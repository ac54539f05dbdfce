"""Names and values of other tools in, what a project may say out: names, variables, addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from gateway.diagnostics.secrets import looks_like_a_secret, says_secret

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+\[\]-]{0,199}\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?\Z")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
_PLACEHOLDER = re.compile(
    r"(?i)(?:sk-(?:or-)?)?(?:your[-_ ]|x{3,}\Z|\.{3}\Z|change-?me|replace[-_ ]|paste[-_ ]|todo\Z)"
    r"|<.*>\Z|\{\{.*\}\}\Z|\[.*\]\Z|sk-(?:or-)?(?:v1-)?\Z"
)
_LABEL_OF_NO_SERVICE = frozenset(("api", "www", "router", "gateway", "openai", "inference", "ai"))
_SHORTEST_MASTER_KEY = 20


def as_model_name(text: str) -> str:
    """The text where it can be a model's name, else the nearest one that can; "" where none is left."""
    name = re.sub(r"[^A-Za-z0-9._:/@+\[\]-]+", "-", text)[:200]
    name = re.sub(r"\A[^A-Za-z0-9]+", "", name).rstrip("-")
    return name if _NAME.match(name) and not looks_like_a_secret(name) else ""


def as_provider_name(text: str) -> str:
    """The same for a provider."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:60]
    name = re.sub(r"\A[^A-Za-z0-9]+", "", name).rstrip("-")
    return "provider" if not name or looks_like_a_secret(name) else name


def as_variable(*words: str) -> str:
    """`("my provider", "API_KEY")` as `MY_PROVIDER_API_KEY`."""
    name = re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper()).strip("_")[:90]
    return name if not name[:1].isdigit() else f"KEY_{name}"


def is_variable(text: str) -> bool:
    return _VARIABLE.match(text) is not None and not looks_like_a_secret(text)


def unlike(name: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it where it is taken (in any case of letters)."""
    lower = {other.lower() for other in taken}
    number = 1
    found = name
    while found.lower() in lower:
        number += 1
        found = f"{name}-{number}"
    return found


def as_model_id(text: str) -> str | None:
    """A model's id as a fragment may say it."""
    sound = text.isprintable() and text == text.strip() and "${" not in text
    return text if text and sound and "os.environ" not in text and "*" not in text else None


def as_address(text: str) -> str | None:
    """An address that a provider may have: no user, no query, and a port that can be one."""
    try:
        parts = urlsplit(text)
        sound = bool(parts.hostname) and parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:
        return None
    found = text.rstrip("/")
    return found if sound and _ADDRESS.match(found) and text.isprintable() else None


def host_of(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()


def named_after(address: str) -> str:
    """A provider's name from its address: `https://api.deepseek.com/v1` is `deepseek`."""
    host = host_of(address)
    if host in ("localhost", "127.0.0.1", "::1", "host.docker.internal"):
        return "local"
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return "provider" if labels[-1].isdigit() or ":" in host else as_provider_name(host)
    telling = [label for label in labels[:-1] if label not in _LABEL_OF_NO_SERVICE]
    return as_provider_name(telling[-1] if telling else labels[-2])


def is_on_this_machine(address: str) -> bool:
    return host_of(address) in ("localhost", "::1") or host_of(address).startswith("127.")


def is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def is_placeholder(value: str) -> bool:
    """Whether a key is one of the fillers that examples hold: `sk-xxx`, `your-api-key`."""
    return _PLACEHOLDER.match(value) is not None


def is_header_value(value: str) -> bool:
    return value.isascii() and value.isprintable()


def is_header_name(name: str) -> bool:
    return _HEADER.match(name) is not None


def can_be_master_key(value: str) -> bool:
    """Whether a client's key is long enough to guard the gateway too."""
    return (
        len(value) >= _SHORTEST_MASTER_KEY
        and re.fullmatch(r"[A-Za-z0-9._~+/=-]+", value) is not None
        and not is_placeholder(value)
    )


def has_secret(value: Any, name: str = "") -> bool:
    """Whether anything in the value has a key's shape, or stands under a name that says secret."""
    if isinstance(value, Mapping):
        return any(
            looks_like_a_secret(str(key)) or has_secret(item, str(key))
            for key, item in value.items()
        )
    if isinstance(value, list):
        return any(has_secret(item, name) for item in value)
    if isinstance(value, str):
        return looks_like_a_secret(value) or (bool(value) and says_secret(name))
    return False


def is_writable(value: Any) -> bool:
    """Whether a value can stand in YAML as it is: no NaN, no odd character, no reference to a variable."""
    if isinstance(value, Mapping):
        return all(
            isinstance(k, str) and is_writable(k) and is_writable(v) for k, v in value.items()
        )
    if isinstance(value, list):
        return all(is_writable(item) for item in value)
    if isinstance(value, float):
        return value - value == 0
    if isinstance(value, str):
        return value.isprintable() and "os.environ" not in value
    if isinstance(value, int):
        return abs(value) < 2**63
    return value is not None


def duration(seconds: float) -> str:
    """Seconds as the project writes them: `90` is `90s`, `0.5` is `500ms`, `600` is `10m`."""
    milliseconds = round(seconds * 1000)
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"
