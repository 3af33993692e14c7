"""From pydantic's findings and broken rules to faults that name key, value and remedy."""

import copy
import difflib
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from pipeline.config.block import NAME_PATTERN, ModelBlock
from pipeline.config.estimators import REFUSED
from pipeline.config.rules import breaches
from pipeline.config.sources import KINDS
from pipeline.config.strict import Yaml

_ROUNDS = 4


class Fault(NamedTuple):
    """Something wrong in a block."""

    path: tuple[str, ...]
    message: str
    hint: str = ""


def name_fault(name: str) -> str:
    """Judge the name of a model; empty if it is one."""
    if re.fullmatch(NAME_PATTERN, name):
        return ""
    return f"`{name}` is no model name: a letter, then up to 39 small letters, digits or dashes"


def block_faults(raw: Yaml) -> list[Fault]:
    """Find every fault of a block: of its keys, and of the rules between the sound ones."""
    if not isinstance(raw, dict):
        return [Fault((), f"`{raw!r}` is no block", "write one key per line below the name")]
    try:
        ModelBlock.model_validate(raw)
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        details = []
    found = [_fault(raw, detail) for detail in details]
    broken = breaches(_sound(raw))
    return found + [Fault(tuple(b.key.split(".")), b.message, b.hint) for b in broken]


def _sound(raw: dict[str, Any]) -> dict[str, Any]:
    """Validate each key by itself, a broken one without its faulty parts."""
    sound = {}
    for name in ModelBlock.model_fields.keys() & raw.keys():
        value = copy.deepcopy(raw[name])
        # Each round takes out what is wrong, then what is incomplete without it.
        for _ in range(_ROUNDS):
            try:
                sound[name] = _adapter(name).validate_python(value)
            except ValidationError as error:
                for detail in error.errors(include_url=False):
                    _prune(value, detail)
            else:
                break
    return sound


def _prune(raw: Yaml, detail: ErrorDetails) -> None:
    path = _real_path(raw, detail["loc"])
    if detail["type"] == "missing":
        path = path[:-1]
    for part in path[:-1]:
        raw = raw[int(part)] if isinstance(raw, list) else raw.get(part)
    if path and isinstance(raw, dict):
        raw.pop(path[-1], None)


@lru_cache
def _adapter(name: str) -> TypeAdapter[Any]:
    field = ModelBlock.model_fields[name]
    return TypeAdapter(field.rebuild_annotation())


def _fault(raw: dict[str, Any], detail: ErrorDetails) -> Fault:
    path = _real_path(raw, detail["loc"])
    if detail["type"] == "union_tag_invalid" and path[0] == "data":
        known = "; ".join(KINDS.values())
        return Fault(path, f"there is no connector or format `{detail['ctx']['tag']}`", known)
    if detail["type"] == "union_tag_invalid":
        tag, names = detail["ctx"]["tag"], detail["ctx"]["expected_tags"]
        hint = _refusal(path, "name", tag) or f"there are {names.replace(chr(39), '')}"
        return Fault((*path, "name"), f"there is no estimator `{tag}`", hint)
    if detail["type"] == "union_tag_not_found":
        return Fault((*path, "name"), "it is missing", _missing_hint(()))
    key, value = path[-1] if path else "", detail["input"]
    reason = _refusal(path, key, value)
    if detail["type"] == "missing":
        return Fault(path, "it is missing", _missing_hint(path))
    if detail["type"] == "extra_forbidden":
        return Fault(path, f"unknown key `{key}`", reason or _closest_key(raw, path))
    return Fault(path, f"`{value!r}`: {_sentence(detail)}", reason)


def _missing_hint(path: tuple[str, ...]) -> str:
    if len(path) == 1:
        return "write it, or take it over with `<<: *defaults`"
    return "write it"


def _sentence(detail: ErrorDetails) -> str:
    text = detail["msg"].removeprefix("Value error, ")
    return text[0].lower() + text[1:]


def _refusal(path: tuple[str, ...], key: str, value: object) -> str:
    reason = REFUSED.get((key, str(value)))
    if reason is None and len(path) > 1:
        reason = REFUSED.get((path[-2], key))
    return reason or ""


def _real_path(raw: Yaml, loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Leave out what pydantic adds: the names of union members and the mark of a mapping's key."""
    path: list[str] = []
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if part in _keys(raw):
            raw = raw[part]
        elif not (last and isinstance(raw, dict) and part != "[key]"):
            continue
        path.append(str(part))
    return tuple(path)


def _keys(raw: Yaml) -> Collection[int | str]:
    if isinstance(raw, dict):
        return raw.keys()
    return range(len(raw)) if isinstance(raw, list) else ()


def _closest_key(raw: Yaml, path: tuple[str, ...]) -> str:
    known = _keys_at(raw, path[:-1])
    close = difflib.get_close_matches(path[-1], known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"the keys here are {', '.join(known)}" if known else "remove it"


def _keys_at(raw: Yaml, path: tuple[str, ...]) -> list[str]:
    """Ask pydantic itself: the keys that are accepted where a wrong one stands."""
    schema = TypeAdapter(ModelBlock).json_schema()
    node: dict[str, Any] = schema
    for part in path:
        raw = raw[int(part)] if isinstance(raw, list) else raw[part]
        node = next(_below(schema, node, part, raw), {})
    return list(_resolve(schema, node).get("properties", {}))


def _below(
    schema: dict[str, Any],
    node: dict[str, Any],
    part: str,
    raw: Yaml,
) -> Iterator[dict[str, Any]]:
    node = _resolve(schema, node)
    child = node.get("properties", {}).get(part) or node.get("additionalProperties")
    child = child if isinstance(child, dict) else node.get("items", {})
    mapping = child.get("discriminator", {}).get("mapping", {})
    name = raw.get("name") if isinstance(raw, dict) else None
    if mapping:
        yield {"$ref": mapping[name]} if name in mapping else {}
    for choice in child.get("anyOf") or child.get("oneOf") or [child]:
        properties = _resolve(schema, choice).get("properties")
        if _meant(properties or {}, raw) if properties else "additionalProperties" in choice:
            yield choice


def _meant(properties: dict[str, Any], raw: Yaml) -> bool:
    """Whether a block has, or leaves to their defaults, the words that only this class allows."""
    told = {name: x for name, x in properties.items() if name in ("connector", "format")}
    own = raw if isinstance(raw, dict) else {}
    return all(
        own.get(name, x.get("default")) in x.get("enum", [x.get("const")])
        for name, x in told.items()
    )


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: dict[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return found


def line_of(text: str, path: tuple[str, ...]) -> int:
    """Find the line of a key, or of the nearest block around it, counted from 1."""
    node = YAML(typ="safe", pure=True).compose(text)
    line = 1
    for part in path:
        entry = _entry(node, part)
        if entry is None:
            break
        key, node = entry
        line = key.start_mark.line + 1
    return line


def _entry(node: Node | None, part: str) -> tuple[Node, Node] | None:
    """Find key and value of a mapping or of one it merges; or an item of a list, twice."""
    if isinstance(node, SequenceNode):
        return (node.value[int(part)],) * 2
    merged = []
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if key.value == part:
            return key, value
        if key.value == "<<":
            merged.append(value)
    return next((found for mapping in merged if (found := _entry(mapping, part))), None)
