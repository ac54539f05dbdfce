"""An upstream's answer in, whether it would have the request told to somebody else out.

LiteLLM's clients follow redirects. httpx takes `Authorization` out where the origin changes; `x-api-key`,
`api-key`, `x-goog-api-key`, a provider's own `headers`, the token of a login and the prompt go along.
"""

from __future__ import annotations

from urllib.parse import urljoin

import httpx

from .reachability import origin_of

SENTENCE = "leads to another address, where neither the key nor the prompt is sent"


def leads_elsewhere(request: httpx.Request, response: httpx.Response) -> bool:
    """Whether it redirects what is posted to another scheme, host or port; a GET fetches pictures, say."""
    location = response.headers.get("location")
    if request.method != "POST" or not 300 <= response.status_code < 400 or location is None:
        return False
    try:
        target = origin_of(urljoin(str(request.url), location))
    except ValueError:
        target = None
    return target is None or target != origin_of(str(request.url))
