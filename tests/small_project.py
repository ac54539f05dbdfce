"""The texts of the smallest project that is in order."""

SETTINGS = """\
default_model: glm-5
providers:
  nanogpt:
    litellm: openai
    api_base: https://nano-gpt.com/api/v1
    api_keys: [NANOGPT_API_KEY]
"""
MODEL = "provider: nanogpt\nmodel: zai-org/glm-5\n"


def model_at(upstream_model: str) -> str:
    """The same with another upstream: a chain does not ask one twice."""
    return f"provider: nanogpt\nmodel: {upstream_model}\n"
