"""What readers put together out of a source: a project's providers, models, keys and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.constants import MASTER_KEY
from gateway.importing.imported import Imported
from gateway.importing.record import Place, Record, joined
from gateway.importing.words import (
    as_model_id,
    as_model_name,
    can_be_master_key,
    duration,
    is_header_value,
    is_ip,
    is_placeholder,
    unlike,
)
from gateway.model import GatewayError

TIERS = ("opus", "sonnet", "haiku")
"""Claude Code's families of models, which the tools that are imported know."""


class Draft:
    """A project that is being put together. Everything goes in once; `finish` makes it a value."""

    def __init__(self, kind: str, source: Record) -> None:
        self.kind = kind
        self.source = source
        self.providers: dict[str, dict[str, Any]] = {}
        self.fragments: dict[str, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {}
        self.secrets: dict[str, str] = {}
        self.variables: list[str] = []

    def add_provider(self, name: str, data: Mapping[str, Any]) -> str:
        """The name it got: a number goes behind one that is taken."""
        name = unlike(name, self.providers)
        self.providers[name] = dict(data)
        return name

    def remove_provider(self, name: str) -> None:
        """Takes a provider out again, with the variables that it alone names."""
        own = self.providers.pop(name).get("api_keys", [])
        others = {key for data in self.providers.values() for key in data.get("api_keys", ())}
        for variable in set(own) - others:
            self.secrets.pop(variable, None)
            self.variables = [other for other in self.variables if other != variable]

    def add_model(self, place: Place, wanted: str, provider: str, model: str) -> str | None:
        """The name that the model got, None where its id cannot be one; said where it is not `wanted`."""
        name, sound = as_model_name(wanted), as_model_id(model)
        if not name or sound is None:
            self.source.note(place, f"`{joined(place)}` cannot be a model's id: not carried over")
            return None
        if name == "default":
            name = "default-model"
        name = unlike(name, self._names())
        self.fragments[name] = {"provider": provider, "model": sound}
        if name != wanted:
            self.source.remark(place, f"the model of `{joined(place)}` is called `{name}` here")
        return name

    def add_pattern(self, name: str, data: Mapping[str, Any]) -> None:
        """Every model of a provider, by its own id; where its name cannot be one, none."""
        if as_model_name(name[:-2]) == name[:-2] and name not in self.fragments:
            self.fragments[name] = dict(data)

    def add_secret(self, place: Place, variable: str, value: str) -> str:
        """Keeps a literal value for `.env` and returns its variable; no value where it holds none."""
        variable = self._own_variable(variable, value)
        where = joined(place)
        if not value:
            self.source.note(place, f"`{where}` is empty", f"give `{variable}` its value in .env")
        elif is_placeholder(value):
            self.source.note(
                place,
                f"`{where}` holds a placeholder, which is no key",
                f"give `{variable}` its value in .env",
            )
        elif not is_header_value(value):
            self.source.note(
                place,
                f"`{where}` holds a character that no HTTP header can carry",
                f"give `{variable}` its value in .env",
            )
        else:
            self.source.carry(*place)
            self.secrets[variable] = value
            return variable
        self.add_variable(variable)
        return variable

    def add_variable(self, variable: str) -> None:
        if variable not in self.secrets and variable not in self.variables:
            self.variables.append(variable)

    def _own_variable(self, wanted: str, value: str) -> str:
        """The variable's name; with a number behind it where another value has it."""
        taken = [n for n in (*self.secrets, *self.variables) if self.secrets.get(n) != value]
        return unlike(wanted, taken).replace("-", "_")

    def add_client_key(self, place: Place) -> None:
        """The key that clients of the other tool show: also the gateway's, where it is fit to guard it."""
        value, where = self.source.at(*place), joined(place)
        if isinstance(value, str) and can_be_master_key(value):
            self.secrets[MASTER_KEY] = value
            self.source.note(
                place, f"`{where}`, the key that clients show, is now `{MASTER_KEY}` in .env"
            )
            return
        self.source.note(
            place,
            f"`{where}`, the key that clients show, is too weak to guard the gateway",
            f"give clients the value of `{MASTER_KEY}` in .env",
        )

    def add_timeout(self, place: Place, unit: float) -> None:
        """The time that a whole call may take; `unit`: how many seconds the source's 1 is."""
        value = self.source.number(*place, least=0.001 / unit)
        if value is not None:
            self.source.carry(*place)
            self.settings["timeouts"] = {"total": duration(value * unit)}

    def add_port(self, place: Place) -> None:
        value = self.source.number(*place, least=1, most=65535)
        if isinstance(value, int):
            self.source.carry(*place)
            self.settings.setdefault("server", {})["port"] = value

    def add_host(self, place: Place) -> None:
        """Where the other tool listened; what everybody reaches is left for a decision."""
        value = self.source.text(*place)
        if value in ("localhost", "127.0.0.1", "::1"):
            self.source.carry(*place)
        elif value in ("0.0.0.0", "::"):  # noqa: S104 - read, not bound to
            self.source.note(
                place,
                f"`{joined(place)}` is not carried over: the gateway answers this machine only",
                f"write `server: {{bind: {value}}}` into gateway.yaml if others shall reach it",
            )
        elif value is not None and is_ip(value):
            self.source.carry(*place)
            self.settings.setdefault("server", {})["bind"] = value
        elif value is not None:
            self.source.note(place, f"`{joined(place)}` is no IP address: it is not carried over")

    def add_tiers(self, tiers: Mapping[str, str | None]) -> None:
        """The models that answer Claude's names: opus, sonnet and haiku."""
        found = {tier: tiers[tier] for tier in TIERS if tiers.get(tier)}
        if found:
            self.settings["claude_code"] = {"tiers": found}

    def _names(self) -> set[str]:
        aliases = (a for data in self.fragments.values() for a in data.get("aliases", ()))
        return {*self.fragments, *aliases}

    def finish(self, default_model: str | None, nothing: GatewayError) -> Imported:
        """The project as a value. Raises `nothing` where there is no model in it."""
        named = [name for name in self.fragments if "*" not in name]
        if not named:
            raise nothing
        settings = {
            "default_model": default_model or named[0],
            "providers": self.providers,
            **self.settings,
        }
        return Imported(
            kind=self.kind,
            settings=settings,
            fragments=self.fragments,
            secrets=self.secrets,
            variables=tuple(name for name in self.variables if name not in self.secrets),
            notes=self.source.notes(),
        )
