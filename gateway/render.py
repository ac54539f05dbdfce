"""A blueprint and the templates in, the stack's files as text out: the only module that knows Jinja2.

Each `{{ }}` of a YAML template is one YAML value, encoded by the environment itself through Jinja's
`finalize`, so no template can forget it. What was rendered is read back and compared.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway import apps_file, oauth_file, routes_file, yaml_text
from gateway.constants import (
    BUDGETS_DIR,
    CLIENT_IMAGE_VARIABLE,
    COMPOSE_FILE,
    CONFIG_FILE,
    CONTAINER_PORT,
    ENV_EXAMPLE,
    IMAGE_VARIABLE,
    MASTER_KEY,
    OAUTH_DIR,
    PROXY_ENVIRONMENT,
    RUNTIME_PACKAGE,
    STACK_DIR,
    STATE_VARIABLE,
    TEMPLATES_DIR,
    USER_VARIABLE,
    VERSION,
    worker_options,
)
from gateway.database_service import database_environment, database_values, proxy_variables
from gateway.diagnostics import Diagnostic
from gateway.diagnostics.secrets import looks_like_a_secret, secret_spans
from gateway.model import START, Blueprint, ComposeText, EnvRef, Rendered, Span
from gateway.resolve.quotas import has_state
from gateway.yaml_text import shown

_CONFIG, _COMPOSE, _ENV = "litellm_config.yaml.j2", "compose.yaml.j2", "env.example.j2"
_STATE = "/gateway/state"
_HEALTHCHECK = (
    "import urllib.request as r; "
    f"r.urlopen('http://127.0.0.1:{CONTAINER_PORT}/health/liveliness', timeout=5)"
)

_NOBODY = "65534:65534"
_LOGINS = f"../{OAUTH_DIR}:/{OAUTH_DIR}"
# A home that is empty each time must not make Claude Code ask for a login.
_ENTER = """printf '{"hasCompletedOnboarding":true}' > "$HOME/.claude.json"; exec "$@\""""


def render(
    blueprint: Blueprint, own_templates: Path, package_templates: Path, runtime: Mapping[str, str]
) -> tuple[Rendered, tuple[Diagnostic, ...]]:
    """Every file of the stack. A template in `own_templates` wins over the package's of that name.

    `runtime` maps file names to source texts. The findings are about templates, or our own bug.
    """
    stage = _Stage(own_templates, package_templates)
    config_data = config_values(blueprint)
    config = stage.text(_CONFIG, _encode_for_litellm, config_data)
    runtime = {**runtime, routes_file.NAME: routes_file.routes_text(blueprint)}
    logins = oauth_file.oauth_text(blueprint)
    runtime |= {oauth_file.NAME: logins} if logins else {}
    if blueprint.apps:
        runtime[apps_file.NAME] = apps_file.apps_text(blueprint)
    runtime_paths = {
        f"{STACK_DIR}/{RUNTIME_PACKAGE}/{name}": text for name, text in runtime.items()
    }
    config_hash = hash_of({CONFIG_FILE: config, **runtime_paths})
    compose_data = compose_values(blueprint, config_hash)
    compose = stage.text(_COMPOSE, _encode_for_compose, compose_data)
    others = [v for v in blueprint.variables if v.name != MASTER_KEY]
    example = stage.text(_ENV, str, {"variables": others})
    stage.compare(_CONFIG, CONFIG_FILE, config, _config_facts(config_data))
    stage.compare(_COMPOSE, COMPOSE_FILE, compose, _compose_facts(compose_data))
    stage.refuse_secrets(_CONFIG, CONFIG_FILE, config)
    stage.refuse_secrets(_COMPOSE, COMPOSE_FILE, compose)
    stage.refuse_secrets(_ENV, ENV_EXAMPLE, example)
    rendered = {CONFIG_FILE: config, COMPOSE_FILE: compose, ENV_EXAMPLE: example, **runtime_paths}
    return dict(sorted(rendered.items())), tuple(stage.found)


def hash_of(files: Mapping[str, str]) -> str:
    """What the running container is labelled with: 16 hex digits over paths and texts."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{files[path]}\0".encode())
    return digest.hexdigest()[:16]


def config_values(blueprint: Blueprint) -> dict[str, Any]:
    """What `litellm_config.yaml` says, as data."""
    return {
        "deployments": [
            {
                "model_name": d.model_name,
                "litellm_params": d.litellm_params,
                "model_info": d.model_info,
            }
            for d in blueprint.deployments
        ],
        "router_settings": blueprint.router_settings,
        "litellm_settings": blueprint.litellm_settings,
        "general_settings": blueprint.general_settings,
    }


def compose_values(blueprint: Blueprint, config_hash: str) -> dict[str, Any]:
    """What `compose.yaml` says, as data."""
    server = blueprint.server
    bind = f"[{server.bind}]" if ":" in server.bind else server.bind
    command = ["--config", "/gateway/litellm_config.yaml", "--port", str(CONTAINER_PORT)]
    command += worker_options(server.workers)
    return {
        "server": server,
        "image": ComposeText(f"${{{IMAGE_VARIABLE}:-{server.image}}}"),
        "command": command,
        "port": f"{bind}:{server.port}:{CONTAINER_PORT}",
        "user": _user(blueprint),
        "logins": _LOGINS if any(p.oauth for p in blueprint.providers) else None,
        "variables": proxy_variables(blueprint),
        "proxy_environment": {
            **PROXY_ENVIRONMENT,
            **_state_variable(blueprint),
            **database_environment(server),
        },
        "state": f"../{BUDGETS_DIR}:{_STATE}" if has_state(blueprint) else None,
        "database": database_values(server),
        "healthcheck": ["CMD", "python3", "-c", _HEALTHCHECK],
        "stop_grace_period": f"{server.stop_grace_period:g}s",
        "config_hash": config_hash,
        "version": VERSION,
        "client_image": ComposeText(f"${{{CLIENT_IMAGE_VARIABLE}:-{server.project}-client}}"),
        "client_entrypoint": ["/bin/sh", "-c", _ENTER, "sh"],
        "client_network": f"{server.network}-client",
    }


def _user(blueprint: Blueprint) -> str:
    """Nobody; but who renews the tokens of a login must be who may read them."""
    if not any(provider.oauth for provider in blueprint.providers):
        return _NOBODY
    return ComposeText(f"${{{USER_VARIABLE}:-{_NOBODY}}}")


def _state_variable(blueprint: Blueprint) -> dict[str, str]:
    return {STATE_VARIABLE: _STATE} if has_state(blueprint) else {}


def _config_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """What must be in the rendered LiteLLM configuration, whatever else a template adds."""
    facts = {"model_list": values["deployments"], **values}
    del facts["deployments"]
    expected: dict[str, Any] = _plain(facts, _for_litellm)
    return expected


def _compose_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """What must be in the rendered Compose file, whatever else a template adds."""
    service = {
        "image": values["image"],
        "command": values["command"],
        "ports": [values["port"]],
        "environment": {**values["variables"], **values["proxy_environment"]},
        "labels": {"gateway.config": values["config_hash"]},
    }
    facts = {"name": values["server"].project, "services": {"gateway": service}}
    expected: dict[str, Any] = _plain(facts, _for_compose)
    return expected


class _Stage:
    """One rendering: its Jinja2 loader, and what it found."""

    def __init__(self, own: Path, package: Path) -> None:
        self.found: list[Diagnostic] = []
        self._own = own
        folders = [folder for folder in (own, package) if folder.is_dir()]
        self._loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])

    def text(self, name: str, finalize: Callable[[Any], str], values: Mapping[str, Any]) -> str:
        # In a sandbox: validating a project that somebody sent must not run what they wrote.
        environment = ImmutableSandboxedEnvironment(
            loader=self._loader,
            undefined=StrictUndefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        try:
            return environment.get_template(name).render(values)
        except Exception as error:  # a template is a program: it can fail in any way
            line = _template_line(error, name)
            what = getattr(error, "message", None) or type(error).__name__
            message = f"the template cannot be rendered: {shown(what)}"
            self.found.append(
                Diagnostic("GW301", message, self._path(name), Span(line, 1, line, 1))
            )
            return ""

    def compare(self, name: str, path: str, text: str, expected: Any) -> None:
        """Reads `text` back: it must say what `expected` says. A project's own template may add to it."""
        if any(found.path == self._path(name) for found in self.found):
            return
        try:
            difference = _difference(expected, yaml_text.read_plain(text), ())
        except ValueError as error:
            difference = f"it is not YAML ({error})"
        if difference is None:
            return
        message = f"{path} does not say what was resolved: {difference}"
        if self._is_own(name):
            hint = "compare it with the package's template"
            self.found.append(Diagnostic("GW303", message, self._path(name), hint=hint))
        else:
            hint = "this is a bug of gateway: please report it"
            self.found.append(Diagnostic("GW302", message, path, hint=hint))

    def refuse_secrets(self, name: str, path: str, text: str) -> None:
        """What was rendered holds references only: fragments were looked at, templates are here."""
        if not looks_like_a_secret(text):
            return
        message = f"{path} would hold a literal secret"
        if self._is_own(name):
            hint = "name a variable: keys are in `.env` alone"
            template = (self._own / name).read_text("utf-8", errors="replace")
            places = [(self._path(name), span) for span in secret_spans(template)]
            places = places or [(self._path(name), START)]
        else:
            hint = "this is a bug of gateway: please report it"
            places = [(path, START)]
        self.found += [
            Diagnostic("GW304", message, at, span, hint, hides_value=True) for at, span in places
        ]

    def _is_own(self, name: str) -> bool:
        return (self._own / name).is_file()

    def _path(self, name: str) -> str:
        return f"{TEMPLATES_DIR}/{name}"


def _template_line(error: Exception, name: str) -> int:
    """The line of the template at which rendering stopped; Jinja2 puts it into the traceback."""
    line = getattr(error, "lineno", None) or 1
    for frame, at in traceback.walk_tb(error.__traceback__):
        if Path(frame.f_code.co_filename).name == name:
            line = at
    return line


def _difference(expected: Any, actual: Any, at: tuple[str | int, ...]) -> str | None:
    """The first place where `actual` lacks something of `expected`, or None. Shows no values."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            if key not in actual:
                return f"`{'.'.join(map(str, (*at, key)))}` is missing"
            found = _difference(value, actual[key], (*at, key))
            if found:
                return found
        return None
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return next((d for i, (e, a) in pairs if (d := _difference(e, a, (*at, i)))), None)
    if type(expected) is type(actual) and expected == actual:
        return None
    return f"`{'.'.join(map(str, at))}` differs"


def _plain(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """The data with every leaf as the target's reader will see it."""
    if isinstance(value, Mapping):
        return {key: _plain(item, leaf) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, leaf) for item in value]
    return leaf(value)


def _for_litellm(value: Any) -> Any:
    return f"os.environ/{value.name}" if isinstance(value, EnvRef) else value


def _for_compose(value: Any) -> Any:
    if isinstance(value, EnvRef):
        if value.required:
            return f"${{{value.name}:?it is not set: run gateway init or gateway render}}"
        unset = "" if value.may_be_empty else f"missing-{value.name}"
        return f"${{{value.name}:-{unset}}}"
    if isinstance(value, str):
        return str(value) if isinstance(value, ComposeText) else value.replace("$", "$$")
    return value


def _encode_for_litellm(value: Any) -> str:
    if isinstance(value, dict | list | tuple | EnvRef):
        value = _plain(value, _for_litellm)
    return yaml_text.encode(value)


def _encode_for_compose(value: Any) -> str:
    return yaml_text.encode(_plain(value, _for_compose))
