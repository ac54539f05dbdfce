"""Who asks in, what errors may say of the owner's side out: an app hears no address and no variable's name."""

from __future__ import annotations

from .app_admission import admission

OWNER = "the gateway's owner knows more"
# Where an answer came from, and what has to be mended there.
OWNERS_HEADERS = (
    b"x-gateway-upstream",
    b"x-gateway-refused-keys",
    b"x-litellm-model-api-base",
    b"x-litellm-model-id",
)


def is_for_an_app() -> bool:
    """Whether the request that is under way was asked with an app's key."""
    return admission.get() is not None


def provider_of(deployment: object) -> str:
    """Of a deployment's id: `p` of `m@p#2`."""
    return str(deployment or "").rpartition("@")[2].partition("#")[0]


def place_of(deployment: object, origin: object) -> str:
    """What does not answer: an address for its owner, the provider's name for an app."""
    return (provider_of(deployment) or "the provider") if is_for_an_app() else str(origin)
