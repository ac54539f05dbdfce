"""The package that LiteLLM imports inside the stack: callback, authentication and start-up hook.

`callbacks: [gateway_runtime.instance]`, `custom_auth: gateway_runtime.authenticate` and
`LITELLM_WORKER_STARTUP_HOOKS=gateway_runtime:start` share one state, because a package on
`PYTHONPATH` is imported once per process. They are imported when they are asked for: the modules
that decide routes need no LiteLLM, and the gateway's own commands use them too.
"""

from importlib import import_module
from typing import Any

_MODULES = {"authenticate": "app_keys", "instance": "callback", "start": "start"}


def __getattr__(name: str) -> Any:
    """Raises AttributeError for what is none of the three."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    # Importing the module `start` has put itself in the place of its function.
    globals()[name] = value
    return value
