"""gateway: small YAML fragments in, a checked and running LiteLLM deployment out."""
