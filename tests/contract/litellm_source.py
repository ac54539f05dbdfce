"""LiteLLM's installed source, read as syntax trees: which literal keys it looks up, and where."""

import ast
import functools
import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path

LOOKUPS = ("get", "pop")


@functools.cache
def find_package(name: str) -> Path:
    """The directory of an installed package, found without importing it where that is possible."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name} is not installed here: install litellm[proxy]")
    return Path(spec.origin).parent


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def find_files(*patterns: str, package: str = "litellm") -> list[Path]:
    """Python files of a package, one glob per pattern; a pattern without a match is an error."""
    found: set[Path] = set()
    for pattern in patterns:
        matches = set(find_package(package).glob(pattern))
        if not matches:
            raise SystemExit(f"{package} has no {pattern} any more: mend tests/contract")
        found |= matches
    return sorted(found)


def find_function(path: Path, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node
    raise SystemExit(f"{path.name} has no {name}() any more: mend tests/contract")


def read_text_constant(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def find_owner(node: ast.expr) -> str | None:  # noqa: PLR0911 - one line for each form
    """What a mapping is called: `x`, `a.x`, `a["x"]`, `a.get("x")`, `x()`, `(… or {})`, `(y := …)`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=key):
            return read_text_constant(key)
        case ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]):
            return read_text_constant(key)
        case ast.Call(func=ast.Name(id=name)):
            return name
        case ast.BoolOp(values=[first, *_]):
            return find_owner(first)
        case ast.NamedExpr(value=value):
            return find_owner(value)
    return None


def find_lookup(node: ast.AST) -> tuple[str | None, str | None]:
    """(owner, key) where `node` looks one up: `x.get("k")`, `x["k"]`, `"k" in x`, `f(x, key="k")`."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[key, *_]) if (
            name in LOOKUPS
        ):
            return find_owner(owner), read_text_constant(key)
        case ast.Subscript(value=owner, slice=key, ctx=ast.Load()):
            return find_owner(owner), read_text_constant(key)
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[owner]):
            return find_owner(owner), read_text_constant(key)
        case ast.Call(args=[owner, *_], keywords=[ast.keyword(arg="key", value=key)]):
            return find_owner(owner), read_text_constant(key)
    return None, None


def find_aliases(tree: ast.AST, owners: frozenset[str]) -> set[str]:
    """Variables that hold one of `owners`, as in `mi = deployment.get("model_info") or {}`."""
    aliases: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if find_owner(value) in owners:
                aliases.add(name)
    return aliases


def find_scopes(tree: ast.Module) -> list[ast.AST]:
    """Functions and methods, each with what is nested in it."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    bodies = [tree.body, *(owner.body for owner in classes)]
    return [node for body in bodies for node in body if not isinstance(node, ast.ClassDef)]


def find_keys(paths: Iterable[Path], *owners: str, follow: bool = False) -> set[str]:
    """Literal keys looked up in mappings of these names; `follow` adds variables that hold one."""
    names = frozenset(owners)
    keys: set[str] = set()
    for path in paths:
        if not any(owner in path.read_text(encoding="utf-8") for owner in owners):
            continue
        for scope in find_scopes(parse(path)):
            known = names | find_aliases(scope, names) if follow else names
            keys |= find_keys_in(scope, *known)
    return keys


def find_keys_in(tree: ast.AST, *owners: str) -> set[str]:
    return {key for owner, key in map(find_lookup, ast.walk(tree)) if owner in owners and key}


def find_compared(tree: ast.AST, variable: str) -> set[str]:
    """The texts that a variable is compared with: `key == "callbacks"`."""
    keys: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str(key))]
            ) if name == variable:
                keys.add(key)
    return keys


def find_module_reads(paths: Iterable[Path], module: str, wanted: Iterable[str]) -> set[str]:
    """Which of `wanted` are read: `module.x`, `getattr(module, "x")`, `from module import x`."""
    open_names = set(wanted)
    found: set[str] = set()
    for path in paths:
        # A file that mentions no open name need not be parsed, and most mention none.
        if not open_names.isdisjoint(find_mentions(path.read_text(encoding="utf-8"), module)):
            reads = open_names & find_reads(parse(path), module)
            found |= reads
            open_names -= reads
    return found


def find_mentions(text: str, module: str) -> set[str]:
    """A superset of what `find_reads` finds, without parsing."""
    if f"from {module} import" in text:
        return set(re.findall(r"\w+", text))
    return set(re.findall(rf"\b{module}(?:\.|,\s*[\"'])(\w+)", text))


def find_reads(tree: ast.AST, module: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Load()) if (
                owner == module
            ):
                names.add(name)
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[ast.Name(id=owner), ast.Constant(value=str(name)), *_],
            ) if owner == module:
                names.add(name)
            case ast.ImportFrom(module=source, names=imported) if source == module:
                names |= {alias.name for alias in imported}
    return names


def find_optional_reads(paths: Iterable[Path], module: str) -> set[str]:
    """Attributes that nobody declares but somebody asks for: `getattr(module, "x", default)`."""
    asked = re.compile(rf'\bgetattr\(\s*{module},\s*"([a-z]\w*)",')
    return {name for path in paths for name in asked.findall(path.read_text(encoding="utf-8"))}


def find_config_arguments(paths: Iterable[Path]) -> list[ast.arg]:
    """What providers' `…Config` classes declare: parameters of an `__init__` that stores `locals()`."""
    found: list[ast.arg] = []
    for path in paths:
        if "locals()" not in path.read_text(encoding="utf-8"):
            continue
        classes = [node for node in parse(path).body if isinstance(node, ast.ClassDef)]
        for item in (
            item for owner in classes for item in owner.body if owner.name[-6:] == "Config"
        ):
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                found += find_stored_arguments(item)
    return found


def find_stored_arguments(init: ast.FunctionDef) -> list[ast.arg]:
    calls = (node.func for node in ast.walk(init) if isinstance(node, ast.Call))
    if not any(isinstance(called, ast.Name) and called.id == "locals" for called in calls):
        return []
    return [arg for arg in (*init.args.args, *init.args.kwonlyargs) if arg.arg != "self"]


def find_validated_fields(paths: Iterable[Path], variable: str) -> list[ast.AnnAssign]:
    """Fields of the classes that validate the whole of a mapping: `Class.model_validate(variable)`."""
    found: list[ast.AnnAssign] = []
    for path in paths:
        if f".model_validate({variable})" not in path.read_text(encoding="utf-8"):
            continue
        tree = parse(path)
        used = {name for node in ast.walk(tree) if (name := find_validator(node, variable))}
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        fields = [item for owner in classes if owner.name in used for item in owner.body]
        found += [field for field in fields if isinstance(field, ast.AnnAssign)]
    return found


def find_validator(node: ast.AST, variable: str) -> str | None:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=owner), attr="model_validate"),
            args=[ast.Name(id=name)],
        ) if name == variable:
            return owner
    return None
