"""A stand-in upstream: requests of an OpenAI client go in, deterministic answers or chosen faults come out.

Standard library and relative imports only: a container that has just Python and this folder runs it
with `python3 -m stand_in`.
"""

from .black_hole import BlackHole
from .chat import Reply, Script, ToolCall
from .faults import Behaviour
from .request_log import Request
from .server import StandIn

__all__ = ["Behaviour", "BlackHole", "Reply", "Request", "Script", "StandIn", "ToolCall"]
