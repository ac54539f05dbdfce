"""A model as LiteLLM's configuration spells it in, its provider's prefix and what the prefix implies out.

Facts are LiteLLM's own (its get_llm_provider, validate_environment and price list, 1.106.2); a contract
test compares the guesses with them.
"""

from __future__ import annotations

import re

from gateway.resolve.litellm_snapshot import known

_OPENAI = r"gpt-|chatgpt-|o[134](?:-|\Z)|text-embedding-|dall-e-|whisper-|tts-1|omni-moderation|text-moderation|ft:|codex-|computer-use-|sora-|container\Z"
# Names without a prefix that LiteLLM knows the provider of. The first pattern that fits is taken.
_BARE: tuple[tuple[str, str], ...] = (
    ("text-completion-openai", r"(?:ft:)?(?:davinci-002|babbage-002|gpt-3\.5-turbo-instruct)"),
    ("anthropic", r"claude-(?!.*@)"),
    ("vertex_ai", r"text-embedding-(?:00|large-exp|preview-)|text-multilingual-embedding|multimodalembedding|gemini-|claude-.*@|text-bison|chat-bison|code-bison|codechat-bison|imagen-"),
    ("openai", _OPENAI),
    ("cohere_chat", r"command|c4ai-"),
    ("ai21_chat", r"jamba-|j2-"),
    ("cohere", r"embed-(?:english|multilingual|v4)|rerank-"),
    ("bedrock", r"(?:(?:us|eu|apac|global|jp|au)\.)?(?:anthropic|amazon|ai21|cohere|meta|mistral|deepseek|qwen|openai|writer|twelvelabs|stability|luma|moonshot|moonshotai|minimax|zai|nvidia|google|xai)\."),
)  # fmt: skip

# What a prefix takes its key from where the configuration names none, if it is not PREFIX_API_KEY.
_KEY_VARIABLES = {
    "ai21_chat": "AI21_API_KEY",
    "anthropic_text": "ANTHROPIC_API_KEY",
    "azure_text": "AZURE_API_KEY",
    "cohere_chat": "COHERE_API_KEY",
    "apertis": "STIMA_API_KEY",
    "datarobot": "DATAROBOT_API_TOKEN",
    "friendliai": "FRIENDLI_TOKEN",
    "lambda_ai": "LAMBDA_API_KEY",
    "meta_llama": "LLAMA_API_KEY",
    "nano-gpt": "NANOGPT_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    "scaleway": "SCW_SECRET_KEY",
    "scx-ai": "SCX_API_KEY",
    "tensormesh": "TENSORMESH_INFERENCE_API_KEY",
    "text-completion-codestral": "CODESTRAL_API_KEY",
    "text-completion-inception": "INCEPTION_API_KEY",
    "text-completion-openai": "OPENAI_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "veniceai": "VENICE_AI_API_KEY",
    "watsonx_text": "WATSONX_API_KEY",
}
_KEYLESS = frozenset(
    [
        *("hosted_vllm", "vllm", "lm_studio", "llamafile", "ollama", "ollama_chat", "oobabooga"),
        *("xinference", "infinity", "triton", "petals", "docker_model_runner", "lemonade"),
        *("openai_like", "custom_openai", "litellm_proxy", "aiohttp_openai", "github_copilot"),
    ]
)
# Where a prefix that needs an address goes to if the configuration names none.
_OWN_ADDRESS = {
    "openai": "https://api.openai.com/v1",
    "text-completion-openai": "https://api.openai.com/v1",
    "ollama": "http://localhost:11434",
    "ollama_chat": "http://localhost:11434",
    "llamafile": "http://127.0.0.1:8080/v1",
    "lm_studio": "os.environ/LM_STUDIO_API_BASE",
    "hosted_vllm": "os.environ/HOSTED_VLLM_API_BASE",
    "litellm_proxy": "os.environ/LITELLM_PROXY_API_BASE",
    "xinference": "os.environ/XINFERENCE_API_BASE",
    "infinity": "os.environ/INFINITY_API_BASE",
    "azure": "os.environ/AZURE_API_BASE",
    "azure_text": "os.environ/AZURE_API_BASE",
    "azure_ai": "os.environ/AZURE_AI_API_BASE",
}
# What a cloud reads from the environment by itself, unless one of the parameters says it.
CLOUD_VARIABLES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "bedrock": (
        ("aws_region_name", ("AWS_REGION_NAME",)),
        ("aws_access_key_id", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
    ),
    "vertex_ai": (
        ("vertex_project", ("VERTEXAI_PROJECT",)),
        ("vertex_location", ("VERTEXAI_LOCATION",)),
        ("vertex_credentials", ("GOOGLE_APPLICATION_CREDENTIALS",)),
    ),
}
CLOUD_VARIABLES["sagemaker"] = CLOUD_VARIABLES["sagemaker_chat"] = CLOUD_VARIABLES["bedrock"]
CLOUD_VARIABLES["vertex_ai_beta"] = CLOUD_VARIABLES["vertex_ai"]

_MODES: tuple[tuple[str, str], ...] = (
    ("rerank", r"rerank|semantic-ranker"),
    ("moderation", r"moderation"),
    ("embedding", r"embed|\bbge-|\be5-|\bgte-|voyage-(?!.*rerank)|minilm|nomic|\buae-|textembedding"),
    ("audio_transcription", r"whisper|transcribe|-stt\b|scribe_"),
    ("audio_speech", r"\btts\b|-tts|tts-|eleven_|\baura\b|orpheus|speech-0|speech-2"),
    ("image_generation", r"dall-e|gpt-image|stable-diffusion|\bsdxl|flux\b|imagen|image-generat|[-_]image(?:[-_]|\Z)|nano-banana|titan-image|nova-canvas|recraft|ideogram|seedream"),
    ("completion", r"davinci-002|babbage-002|-instruct-0914|gpt-3\.5-turbo-instruct"),
)  # fmt: skip
_LISTENERS = frozenset(["deepgram", "assemblyai"])


def split_model(model: str, custom: str | None) -> tuple[str, str] | None:
    """(prefix, the model's id at the provider); None where LiteLLM knows no provider for it.

    `custom` is `custom_llm_provider`, which wins over the spelling.
    """
    prefixes = known("providers")
    first, slash, rest = model.partition("/")
    if custom is not None:
        model = rest if slash and first == custom else model
        return (custom, model) if custom in prefixes else None
    if slash and first in prefixes:
        return (first, rest) if rest else None
    if "*" in model:
        return None
    bare = next((prefix for prefix, names in _BARE if re.match(names, model)), None)
    return (bare, model) if bare else None


def key_variable(prefix: str) -> str | None:
    """The variable that LiteLLM takes a key from by itself; None where the prefix wants none."""
    if prefix in _KEYLESS or prefix in CLOUD_VARIABLES:
        return None
    return _KEY_VARIABLES.get(prefix, f"{re.sub(r'[^A-Z0-9]', '_', prefix.upper())}_API_KEY")


def own_address(prefix: str) -> str | None:
    """Where LiteLLM goes without an address, said for the prefixes that must have one here."""
    return _OWN_ADDRESS.get(prefix)


def mode_of(prefix: str, model: str) -> str:
    """What a model that says nothing about its `mode` does, as its name tells."""
    if prefix.startswith("text-completion"):
        return "completion"
    name = model.lower()
    usual = "audio_transcription" if prefix in _LISTENERS else "chat"
    return next((mode for mode, names in _MODES if re.search(names, name)), usual)
