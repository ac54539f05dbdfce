"""Where `keys check` shows a key is where LiteLLM itself would show it."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import litellm
import pytest

from gateway.keys.endpoints import OWN_ADDRESSES, endpoint_of
from gateway.resolve.litellm_snapshot import known

# LiteLLM has these in its code, and says them only where it sends.
IN_ITS_CODE = {"openrouter": "https://openrouter.ai/api/v1"}


@pytest.mark.parametrize("prefix", OWN_ADDRESSES)
def test_an_own_address_is_litellms(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_BASE", "_BASE_URL")):
            monkeypatch.delenv(name)
    assert prefix in known("providers")
    _, provider, _, address = litellm.get_llm_provider(f"{prefix}/x", api_key="k")
    ours = urlsplit(OWN_ADDRESSES[prefix])
    theirs = urlsplit(address or IN_ITS_CODE[prefix])
    assert provider == prefix
    assert (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)


def test_openrouters_address_is_in_litellms_code() -> None:
    source = (litellm.__file__ or "").replace("__init__.py", "main.py")
    with open(source, encoding="utf-8") as file:  # noqa: PTH123 - a path of litellm's own
        assert f'"{IN_ITS_CODE["openrouter"]}"' in file.read()


@pytest.mark.parametrize("base", [None, "http://h:1", "http://h:1/v1", "http://h:1/v1/messages"])
def test_anthropics_list_is_where_litellm_looks(base: str | None) -> None:
    from litellm.llms.anthropic.common_utils import AnthropicModelInfo  # noqa: PLC0415
    from litellm.llms.anthropic.wif import anthropic_base_without_chat_suffix  # noqa: PLC0415

    root = anthropic_base_without_chat_suffix(AnthropicModelInfo.get_api_base(base) or "")
    endpoint = endpoint_of("anthropic", base)
    assert endpoint is not None
    assert endpoint.list_url.partition("?")[0] == f"{root}/v1/models"
    for key in ("sk-ant-api03-x", "sk-ant-oat01-x"):
        theirs = AnthropicModelInfo.get_auth_header(api_key=key, api_base=None) or {}
        ours = {name.lower(): value for name, value in endpoint.headers(key).items()}
        assert {name.lower(): value for name, value in theirs.items()} == ours


def test_googles_list_is_where_litellm_looks() -> None:
    from litellm.llms.gemini.common_utils import GeminiModelInfo  # noqa: PLC0415

    endpoint = endpoint_of("gemini", None)
    assert endpoint is not None
    assert endpoint.list_url.startswith(f"{GeminiModelInfo.get_api_base(None)}/v1beta/models?")
