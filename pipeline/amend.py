"""Putting blocks into `params.yaml` and taking them out, every other byte left as it is."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pipeline.artifacts import write_text
from pipeline.config.file import PARAMS_FILE, load_params, read_raw
from pipeline.errors import ParamsError, PipelineError

_INDENT = 2


class Defaults(NamedTuple):
    """What blocks can take over with `<<: *anchor`; no anchor, no keys if there is nothing."""

    anchor: str
    keys: frozenset[str]


def read_defaults(root: Path) -> Defaults:
    """Read the anchor and the keys of the file's `defaults:`."""
    node = YAML(typ="safe", pure=True).compose(_text(root))
    for key, value in node.value:
        if key.value == "defaults" and value.anchor and isinstance(value, MappingNode):
            return Defaults(value.anchor, frozenset(entry.value for entry, _ in value.value))
    return Defaults("", frozenset())


def add_block(root: Path, name: str, block: str) -> None:
    """
    Append a model's block to `models:`.

    Args:
        root: The folder of the file.
        name: The model.
        block: The lines of the block, not indented, without the line of its name.

    Raises:
        ParamsError: The file is laid out in a way that leaves no place for it.
    """
    text = _text(root)
    _, models = _models(text)
    end = _line_end(text, _last_index(models))
    indent = " " * (models.value[0][0].start_mark.column if models.value else _INDENT)
    lines = ["", f"{indent}{name}:"]
    lines += [f"{indent}  {line}" if line else "" for line in block.split("\n")]
    line_end = _line_end_of(text)
    before = text[:end].removesuffix("\n").removesuffix("\r")
    if not models.value:
        # `models: {}`, which may have a comment behind it.
        open_, close = models.start_mark.index, models.end_mark.index
        before = text[:open_].rstrip(" ") + before[close:]
    added = "".join(line_end + line for line in lines) + line_end
    write_text(root / PARAMS_FILE, _checked(root, name, before + added + text[end:], there=True))


def remove_block(root: Path, name: str) -> None:
    """
    Remove a model's block; comments before and behind it stay, those inside it go.

    Raises:
        ParamsError: There is no such model, or another one leans on its block.
    """
    write_text(root / PARAMS_FILE, without_block(root, name))


def without_block(root: Path, name: str) -> str:
    """
    Give the file's text without a model's block.

    Raises:
        ParamsError: There is no such model, or another one leans on its block.
    """
    load_params(root, [name])
    text = _text(root)
    models_key, models = _models(text)
    key, value = next(entry for entry in models.value if entry[0].value == name)
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    end = _block_end(text, max(_last_index(value), key.end_mark.index), key.start_mark.column)
    before, after = text[:start], text[end:]
    # The empty lines that part blocks: those behind it, or the one before the last block.
    if key is models.value[-1][0]:
        before = re.sub(r"(\r?\n)\r?\n$", r"\1", before)
    else:
        after = re.sub(r"^(\r?\n)+", "", after)
    if len(models.value) == 1:
        colon = text.index(":", models_key.end_mark.index) + 1
        before = before[:colon] + " {}" + before[colon:]
    return _checked(root, name, before + after, there=False)


def _text(root: Path) -> str:
    """Read the file with its own line ends, once it is known to be readable."""
    read_raw(root)
    return (root / PARAMS_FILE).read_bytes().decode("utf-8")


def _models(text: str) -> tuple[ScalarNode, MappingNode]:
    root = YAML(typ="safe", pure=True).compose(text)
    found: tuple[ScalarNode, MappingNode] = next(
        (key, value) for key, value in root.value if key.value == "models"
    )
    return found


def _last_index(node: Node) -> int:
    """Find where a node's last value ends; a block's own end mark lies behind the comments."""
    if isinstance(node, MappingNode) and node.value and not node.flow_style:
        return max(max(int(key.end_mark.index), _own_last(key, value)) for key, value in node.value)
    if isinstance(node, SequenceNode) and node.value and not node.flow_style:
        return max(_last_index(item) for item in node.value)
    # Of nothing, the mark lies behind the comments, too; the key says where it stands.
    return int(node.end_mark.index) if node.end_mark.index > node.start_mark.index else 0


def _own_last(key: Node, value: Node) -> int:
    # A merged block stands elsewhere; here there is only its name.
    return int(key.end_mark.index) if key.value == "<<" else _last_index(value)


def _line_end(text: str, index: int) -> int:
    """Give the start of the line behind the one that ends at, or contains, an index."""
    if index and text[index - 1] == "\n":
        return index
    return text.find("\n", index) + 1 or len(text)


def _line_end_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _block_end(text: str, last: int, column: int) -> int:
    """Go over the comments behind a block that are indented as its own."""
    end = position = _line_end(text, last)
    for line in text[position:].splitlines(keepends=True):
        position += len(line)
        words = line.lstrip(" ")
        if words.startswith("#") and len(line) - len(words) > column:
            end = position
        elif words.strip():
            break
    return end


def _checked(root: Path, name: str, text: str, *, there: bool) -> str:
    """
    Give a text back, unless more than the one model would change by it.

    Raises:
        ParamsError: It would.
    """
    before, after = read_raw(root)[1], _plain(text)
    if (
        after is None
        or (name in after["models"]) is not there
        or _rest(before, name) != _rest(after, name)
    ):
        raise ParamsError(
            [
                PipelineError(
                    f"the block of `{name}` cannot be {'added' if there else 'removed'} "
                    "without a change to others",
                    hint="another block leans on it, or the file is not one block per model, "
                    "each on lines of its own; edit it by hand",
                    path=PARAMS_FILE,
                )
            ]
        )
    return text


def _plain(text: str) -> dict[str, Any] | None:
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("models"), dict) else None


def _rest(params: dict[str, Any], name: str) -> dict[str, Any]:
    return {**params, "models": {k: v for k, v in params["models"].items() if k != name}}
