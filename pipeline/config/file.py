"""Reading `params.yaml`: sound blocks, or every fault at once."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.config.block import ModelBlock, Name
from pipeline.config.faults import Fault, block_faults, line_of, name_fault
from pipeline.errors import ParamsError, PipelineError

PARAMS_FILE = "params.yaml"


@dataclass(frozen=True)
class Params:
    """
    The sound blocks of the file, and the faults of the others.

    Attributes:
        names: Every model of the file, sound or not, in its order.
    """

    names: tuple[str, ...]
    blocks: dict[str, ModelBlock]
    faults: dict[str, list[PipelineError]]


class _File(BaseModel):
    """`params.yaml` as editors are told of it."""

    defaults: dict[str, Any] = {}
    models: dict[Name, ModelBlock]


def load_params(root: Path, only: Iterable[str] = ()) -> Params:
    """
    Read and check the blocks of all models, or of some.

    Raises:
        ParamsError: The file is not readable at all, or a name in `only` is not in it.
    """
    text, raw = read_raw(root)
    names = list(only) or list(raw["models"])
    unknown = [_unknown_model(name, raw["models"]) for name in names if name not in raw["models"]]
    if unknown:
        raise ParamsError(unknown)
    blocks, faults = {}, {}
    for name in names:
        wrong_name = name_fault(name)
        found = [Fault((), wrong_name)] if wrong_name else block_faults(raw["models"][name])
        if found:
            faults[name] = [_located(text, name, fault) for fault in found]
        else:
            blocks[name] = ModelBlock.model_validate(raw["models"][name])
    return Params(tuple(names), blocks, faults)


def load_block(root: Path, name: str) -> ModelBlock:
    """
    Read one model's block; the others may be as faulty as they like.

    Raises:
        ParamsError: All faults of the block.
    """
    params = load_params(root, [name])
    if params.faults:
        raise ParamsError(params.faults[name])
    return params.blocks[name]


def read_raw(root: Path) -> tuple[str, dict[str, Any]]:
    """
    Read the file as text and as plain values, merge keys resolved.

    Raises:
        ParamsError: There is no such file, or it is not YAML with `models:` in it.
    """
    try:
        text = (root / PARAMS_FILE).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _broken("there is no such file here", "run modelpress in the repository") from error
    except UnicodeDecodeError as error:
        raise _broken(f"not UTF-8 at byte {error.start}", "save it as UTF-8") from error
    try:
        # The same parser and YAML version as DVC's, or the two could read different values.
        raw = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise _broken(str(error).replace("\n", " "), "restore it from Git, or mend it") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("models"), dict):
        raise _broken("there is no mapping `models:`", "each model is one block below it")
    extra = sorted(set(raw) - {"defaults", "models"})
    if extra:
        raise _broken(f"unknown key `{extra[0]}`", "the file has `defaults:` and `models:`")
    # A bare `1`, `true` or `null` is no text to YAML.
    odd = [name for name in raw["models"] if not isinstance(name, str)]
    if odd:
        raise _broken(f"`{odd[0]!r}` is no model name", "begin it with a small letter")
    return text, raw


def schema_json() -> str:
    """Write the JSON Schema that editors check the file with."""
    schema = TypeAdapter(_File).json_schema()
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _broken(message: str, hint: str) -> ParamsError:
    return ParamsError([PipelineError(message, hint=hint, path=PARAMS_FILE)])


def _unknown_model(name: str, known: dict[str, Any]) -> PipelineError:
    return PipelineError(
        f"there is no model `{name}`", hint=f"there are {', '.join(known)}", path=PARAMS_FILE
    )


def _located(text: str, name: str, fault: Fault) -> PipelineError:
    where = ".".join(("models", name, *fault.path))
    path = f"{PARAMS_FILE}:{line_of(text, ('models', name, *fault.path))}"
    return PipelineError(f"{where}: {fault.message}", hint=fault.hint, path=path)
