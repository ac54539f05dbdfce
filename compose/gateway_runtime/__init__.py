"""The package that LiteLLM imports inside the stack: callback, authentication and start-up hook.

`callbacks: [gateway_runtime.instance]`, `custom_auth: gateway_runtime.authenticate` and
`LITELLM_WORKER_STARTUP_HOOKS=gateway_runtime:start` share one state, because a package on
`PYTHONPATH` is imported once per process.
"""

from .app_keys import authenticate
from .callback import instance
from .start import start

__all__ = ["authenticate", "instance", "start"]
