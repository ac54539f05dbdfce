"""Fallbacks and aliases of a LiteLLM configuration in, those of each fragment out; cycles are broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.importing.ledger import Ledger
from gateway.importing.litellm.names import is_name
from gateway.importing.source import Value
from gateway.resolve.names import DEFAULT
from gateway.yaml_text import shown

FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
_BESIDE = ("default_fallbacks", "model_group_alias")
_GENERIC = "*"


def routed_names(sections: Iterable[Value | None]) -> list[str]:
    """Every name that fallbacks and aliases mention, each once."""
    held = [s.child(key) for s in sections if s for key in (*FALLBACKS, *_BESIDE)]
    return list(dict.fromkeys(name for value in held if value for name in _names_in(value.plain)))


def _names_in(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from (key for key in data if isinstance(key, str))
        data = list(data.values())
    for item in data if isinstance(data, list) else ():
        yield from _names_in(item)
    if isinstance(data, str):
        yield data


class Routing:
    """What a request goes to besides the model that it names.

    `names` are the carried models: written name -> name in the project; `modes` their modes. Of a
    wildcard LiteLLM looks up neither fallbacks nor what an alias stands for, and has default ones.
    """

    def __init__(self, names: Mapping[str, str], modes: Mapping[str, str], ledger: Ledger) -> None:
        self.aliases: dict[str, str] = {}
        """Alias -> the model's name in the project."""
        self.default_model: str | None = names.get(DEFAULT)
        self.targets: dict[str, dict[str, list[str]]] = {key: {} for key in FALLBACKS}
        """For each kind: model -> its fallbacks, in the project's names."""
        self._names = {written: name for written, name in names.items() if "*" not in name}
        self._all, self._modes, self._ledger = tuple(names.values()), modes, ledger

    def read_aliases(self, value: Value | None) -> None:
        """`model_group_alias`: an alias is a model's name, or a mapping with `model` and `hidden`."""
        for alias, child in value.items() if value is not None else ():
            target = child.child("model") if isinstance(child.data, dict) else child
            written = str(target.take()) if target is not None else ""
            hidden = child.child("hidden")
            if hidden is not None and hidden.take():
                self._ledger.note(
                    hidden, f"alias `{shown(alias)}` is hidden in LiteLLM, listed here"
                )
            if written in self._all and "*" in written:
                problem = f"its model `{shown(written)}` is a wildcard"
            elif written not in self._names:
                problem = f"its model `{shown(written)}` does not exist"
            elif alias == DEFAULT:
                self.default_model = self._names[written]
                continue
            elif alias in self._names.values():
                problem = "it is a model's name"
            elif not is_name(alias):
                problem = "a name has letters, digits and `. _ - : / @ + [ ]`"
            else:
                self.aliases[alias] = self._names[written]
                continue
            self._ledger.note(child, f"alias `{shown(alias)}` was not carried over: {problem}")

    def read_fallbacks(self, key: str, value: Value | None) -> None:
        """A list of mappings from a name to its fallbacks."""
        if value is None:
            return
        for item in value.children():
            for asked, targets in item.items():
                if asked != _GENERIC:
                    self._read_one(key, asked, targets)

    def read_default_fallbacks(self, value: Value | None, everywhere: Value | None) -> None:
        """Fallbacks of every model that has none: `default_fallbacks`, and those of the name `*`."""
        found = list(self._generic(everywhere))
        if value is not None:
            found.append(value)
        for targets in found:
            wanted = self._known("fallbacks", targets)
            for model in [m for m in self._all if not self.targets["fallbacks"].get(m)]:
                others = [t for t in wanted if t != model and self._modes[t] == self._modes[model]]
                self._add("fallbacks", model, others, targets, is_default=True)

    def _generic(self, value: Value | None) -> Iterator[Value]:
        for item in value.children() if value is not None else ():
            targets = item.child(_GENERIC)
            if targets is not None:
                yield targets

    def _read_one(self, key: str, asked: str, targets: Value) -> None:
        wanted = self._known(key, targets)
        model = self._names.get(asked, self.aliases.get(asked))
        if model is None:
            is_wildcard = asked in self._all
            why = "LiteLLM finds none by a wildcard" if is_wildcard else "there is no such model"
            self._ledger.note(
                targets,
                f"`{key}` of `{shown(asked)}` were not carried over: {why}",
                "write them into its fragment, if they shall hold" if is_wildcard else None,
            )
            return
        if asked not in self._names:
            if self.targets[key].get(model):
                self._ledger.note(
                    targets,
                    f"`{key}` of the alias `{shown(asked)}` were not carried over: "
                    f"those of its model `{shown(model)}` hold for every name",
                )
                return
            self._ledger.note(
                targets,
                f"`{key}` of the alias `{shown(asked)}` hold for every name of `{model}` here",
            )
        fit = [name for name in wanted if self._fits(key, model, name, targets)]
        self._add(key, model, fit, targets)

    def _known(self, key: str, targets: Value) -> list[str]:
        """The models that are named, in the project's names. Those that do not exist are noted."""
        found = []
        for child in targets.children() or [targets]:
            written = child.take()
            if isinstance(written, str) and written in {**self._names, **self.aliases}:
                found.append(self._names.get(written) or self.aliases[written])
            else:
                what = "it is no name"
                if isinstance(written, str):
                    is_one = "a wildcard" if written in self._all else "not a model"
                    what = f"`{shown(written)}` is {is_one}"
                self._ledger.note(child, f"one of the `{key}` was not carried over: {what}")
        return list(dict.fromkeys(found))

    def _fits(self, key: str, model: str, name: str, at: Value) -> bool:
        if self._modes[name] != self._modes[model]:
            modes = f"`{name}` is for {self._modes[name]}, `{model}` for {self._modes[model]}"
            self._ledger.note(at, f"one of the `{key}` was not carried over: {modes}")
            return False
        return True

    def _add(
        self, key: str, model: str, wanted: list[str], at: Value, *, is_default: bool = False
    ) -> None:
        kept = self.targets[key].setdefault(model, [])
        for name in wanted:
            if name in kept:
                continue
            if self._leads_to(key, name, model):
                if not is_default:
                    self._ledger.note(
                        at,
                        f"`{model}` does not fall back to `{name}` here: that would be a circle",
                    )
                continue
            kept.append(name)

    def _leads_to(self, key: str, start: str, goal: str) -> bool:
        seen, waiting = set(), [start]
        while waiting:
            name = waiting.pop()
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                waiting += self.targets[key].get(name, [])
        return False

    def of(self, model: str) -> dict[str, Any]:
        """What a fragment says of it."""
        aliases = [alias for alias, target in self.aliases.items() if target == model]
        found: dict[str, Any] = {"aliases": aliases} if aliases else {}
        for key in FALLBACKS:
            if self.targets[key].get(model):
                found[key] = self.targets[key][model]
        return found
