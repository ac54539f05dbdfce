"""A Messages request on its way to an upstream of OpenAI's kind goes in, with nothing lost or left
over it comes out: what LiteLLM 1.106.2 drops, forwards or misplaces when it translates.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from functools import cache
from typing import Any

from .messages_tools import tools_for_functions
from .messages_turns import told_in_turn
from .web_search import leave_search_to_those_who_do_it

log = logging.getLogger("gateway")
Block = Mapping[str, Any]

# Set while LiteLLM translates a Messages request: its call of chat completions comes inside.
is_translating: ContextVar[bool] = ContextVar("gateway_translates", default=False)

# What LiteLLM translates or handles itself; of the rest it says nothing and sends it upstream.
_ANTHROPICS = (
    "model", "messages", "system", "max_tokens", "stop_sequences", "stream", "temperature",
    "top_p", "top_k", "tools", "tool_choice", "thinking", "metadata", "output_config",
    "output_format", "context_management", "service_tier",
)  # fmt: skip
# Of other APIs, sent on purpose by those who know their upstream. `extra_body` has room for more.
_ON_PURPOSE = ("extra_body", "min_p", "repetition_penalty", "chat_template_kwargs", "provider")
_PDF = "data:application/pdf"


def mend_request(kwargs: MutableMapping[str, Any], call_type: object) -> None:
    """The arguments of any call to a deployment; only those of Messages requests change."""
    kind = getattr(call_type, "value", call_type)
    try:
        if kind == "anthropic_messages":
            before_translation(kwargs)
        elif kind == "acompletion":
            after_translation(kwargs)
    except Exception as error:  # it goes on as LiteLLM would send it
        log.warning("gateway: a request is not mended: %s", type(error).__name__)


def before_translation(kwargs: MutableMapping[str, Any]) -> None:
    """Mend the arguments of LiteLLM's `anthropic_messages` for one deployment, in place.

    What is inside them belongs to the fallbacks, too, and is copied where it changes.
    """
    is_translating.set(False)
    is_translating.set(_is_translated(kwargs))
    if not is_translating.get():
        return
    _drop_unknown_fields(kwargs)
    kwargs["messages"] = list(kwargs.get("messages") or ())
    if isinstance(kwargs.get("tools"), list):
        _mend_tools(kwargs)
    kwargs["messages"] = [_with_blocks(each) for each in told_in_turn(kwargs["messages"])]
    choice = kwargs.get("tool_choice")
    if isinstance(choice, Mapping) and choice.get("disable_parallel_tool_use") is True:
        kwargs.setdefault("parallel_tool_calls", False)


def after_translation(kwargs: MutableMapping[str, Any]) -> None:
    """Mend the arguments of the chat completion that LiteLLM made of it, in place."""
    if is_translating.get():
        kwargs["messages"] = [_as_openai_has_it(each) for each in kwargs.get("messages") or ()]
        leave_search_to_those_who_do_it(kwargs)


def mend_answer(response: Any) -> None:
    """Arguments of a tool that are no JSON object, as one: LiteLLM makes a 500 of them.

    The client's tool refuses them and the model may try again, as with Claude's. In a stream they
    pass as they are.
    """
    if not is_translating.get():
        return
    for choice in getattr(response, "choices", None) or ():
        for call in getattr(choice.message, "tool_calls", None) or ():
            text = call.function.arguments
            if text and not _is_object(text):
                call.function.arguments = json.dumps({"raw_arguments": text})


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _is_translated(kwargs: Mapping[str, Any]) -> bool:
    """Whether LiteLLM has nothing that speaks the Messages API to this deployment."""
    from litellm.types.utils import LlmProviders  # noqa: PLC0415 - as slow as LiteLLM
    from litellm.utils import ProviderConfigManager  # noqa: PLC0415

    info = kwargs.get("model_info")
    endpoints = info.get("supported_endpoints") if isinstance(info, Mapping) else None
    if "/v1/messages" in (endpoints or ()):
        return False
    prefix, _, model = str(kwargs.get("model")).partition("/")
    provider = LlmProviders(kwargs.get("custom_llm_provider") or prefix)
    find = ProviderConfigManager.get_provider_anthropic_messages_config
    return find(model=model or prefix, provider=provider) is None


def _drop_unknown_fields(kwargs: MutableMapping[str, Any]) -> None:
    request = kwargs.get("proxy_server_request")
    body = request.get("body") if isinstance(request, Mapping) else None
    for name in set(body or ()) - _known_fields():
        kwargs.pop(name, None)


@cache
def _known_fields() -> frozenset[str]:
    from litellm.constants import OPENAI_CHAT_COMPLETION_PARAMS  # noqa: PLC0415
    from litellm.types.utils import all_litellm_params  # noqa: PLC0415

    theirs = (*OPENAI_CHAT_COMPLETION_PARAMS, *all_litellm_params)
    return frozenset((*_ANTHROPICS, *_ON_PURPOSE, *theirs))


def _mend_tools(kwargs: MutableMapping[str, Any]) -> None:
    tools = tools_for_functions(kwargs["tools"], kwargs["messages"])
    names = [each.get("name") for each in tools]
    choice = kwargs.get("tool_choice")
    named = choice.get("name") if isinstance(choice, Mapping) else None
    kwargs["tools"] = tools
    if not tools:
        kwargs.pop("tools")
    if not tools or (named is not None and named not in names):
        kwargs.pop("tool_choice", None)


def _with_blocks(message: Any) -> Any:
    content = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(content, list):
        return message
    blocks = [new for block in content for new in _mended(block)]
    # A tool's message holds text alone: LiteLLM moves images behind it, but leaves files in it.
    behind = [each for block in blocks for each in _files_of_result(block)]
    return {**message, "content": [*map(_without_files, blocks), *behind]}


def _files_of_result(block: Any) -> list[Any]:
    if not isinstance(block, Mapping) or block.get("type") != "tool_result":
        return []
    content = block.get("content")
    return [each for each in content if _is_file(each)] if isinstance(content, list) else []


def _is_file(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("type") == "document"


def _without_files(block: Any) -> Any:
    files = _files_of_result(block)
    if not files:
        return block
    kept = [each for each in block["content"] if not _is_file(each)]
    return {**block, "content": kept or "The document follows."}


def _mended(block: Any) -> Iterable[Any]:
    kind = block.get("type") if isinstance(block, Mapping) else None
    if kind == "document":
        return _document(block)
    if kind == "search_result":
        return [_titled(block, _text_of(block.get("content")))]
    if kind == "tool_reference":
        text = f"The tool {block.get('tool_name')} is loaded and can be called now."
        return [{"type": "text", "text": text}]
    if kind == "tool_result":
        return [_tool_result(block)]
    return [block]


def _document(block: Block) -> list[Any]:
    """The words of a document that has some; LiteLLM translates only those that are PDFs."""
    source = block.get("source")
    if not isinstance(source, Mapping):
        return [block]
    kind = source.get("type")
    if kind == "text":
        return [_titled(block, str(source.get("data") or ""))]
    if kind == "content":
        inside = source.get("content")
        if isinstance(inside, list):
            return [new for each in inside for new in _mended(each)]
        return [_titled(block, str(inside or ""))]
    return [block]


def _titled(block: Block, text: str) -> Block:
    names = [str(block[name]) for name in ("title", "context", "source") if _is_text(block, name)]
    return {"type": "text", "text": "\n\n".join([*names, text])}


def _is_text(block: Block, name: str) -> bool:
    return isinstance(block.get(name), str) and bool(block[name])


def _text_of(content: Any) -> str:
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(each.get("text") or "") for each in blocks if isinstance(each, Mapping))


def _tool_result(block: Block) -> Block:
    """OpenAI's API has no flag for a failed call: the model reads it."""
    content = block.get("content")
    if isinstance(content, list):
        content = [new for each in content for new in _mended(each)]
    if block.get("is_error") is True:
        text = content if isinstance(content, str) else _text_of(content)
        if "error" not in text[:80].lower():
            rest = content if isinstance(content, list) else []
            content = f"Error: {text}" if not rest else [{"type": "text", "text": "Error:"}, *rest]
    return block if content is None else {**block, "content": content}


def _as_openai_has_it(message: Any) -> Any:
    if not isinstance(message, Mapping):
        return message
    # LiteLLM's own field, which strict servers refuse; `reasoning_content` has the same words.
    kept = {name: value for name, value in message.items() if name != "thinking_blocks"}
    content = kept.get("content")
    if isinstance(content, list):
        kept["content"] = [_file_of(part) for part in content]
    if kept.get("role") == "assistant" and not content and not kept.get("tool_calls"):
        kept["content"] = ""
    return kept


def _file_of(part: Any) -> Any:
    """A PDF as OpenAI's API takes it. LiteLLM calls it an image."""
    image = part.get("image_url") if isinstance(part, Mapping) else None
    url = image.get("url") if isinstance(image, Mapping) else None
    if not isinstance(url, str) or not url.startswith(_PDF):
        return part
    return {"type": "file", "file": {"filename": "document.pdf", "file_data": url}}
