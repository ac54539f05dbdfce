"""Cursor: what to click, for it keeps these settings in no file of its own.

Source: cursor.com/docs/settings/api-keys: a key and an "Override OpenAI Base URL" in its settings; its
own servers build the prompt and send the request, so they must be able to reach the address.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.clients.client import Client, Connection


@dataclass(frozen=True, slots=True)
class _Cursor(Client):
    name: str = "cursor"
    title: str = "Cursor"

    def text(self, to: Connection) -> str:
        steps = (
            "Cursor Settings → Models → API Keys:",
            f"  OpenAI API Key            the value of {to.key_name} (`gateway env cursor --format key`)",
            f"  Override OpenAI Base URL  {to.openai_url}",
            f"Cursor Settings → Models → Add model: {to.model.name}",
        )
        warning = (
            "Cursor's own servers send the requests: an address of this machine or network is out of",
            "their reach. Give the gateway a public https:// address, by a tunnel or a reverse proxy.",
        )
        return "".join(f"{line}\n" for line in (*steps, *(warning if _is_near(to.url) else ())))


def _is_near(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


CURSOR: Client = _Cursor()
