"""A model's mode and the path that it is asked by in, whether that is what it is there for out.

Who asks a chat model for a picture hears 404 of most upstreams, of some 401, 403 or 501: that says nothing
of the key and nothing of the model, and must not take either from everybody else.
"""

from __future__ import annotations

_MODES = {
    "/chat/completions": ("chat", "completion", "responses"),
    "/completions": ("completion",),
    "/responses": ("chat", "responses"),
    "/embeddings": ("embedding",),
    "/rerank": ("rerank",),
    "/moderations": ("moderation",),
    "/audio/speech": ("audio_speech",),
    "/audio/transcriptions": ("audio_transcription",),
    "/audio/translations": ("audio_transcription",),
    "/images/generations": ("image_generation",),
    "/images/edits": ("image_generation",),
    "/images/variations": ("image_generation",),
}
"""Of OpenAI's paths; about any other there is nothing to say."""
_SAYS_NOTHING = (401, 403, 404, 405, 500, 501)


def is_asked_amiss(mode: str | None, path: str, status: int) -> bool:
    """Whether an error is what a model of this mode may well answer to such a request."""
    if mode is None or status not in _SAYS_NOTHING:
        return False
    modes = next((modes for ending, modes in _MODES.items() if path.endswith(ending)), None)
    return modes is not None and mode not in modes
