"""Reading `params.yaml`: sound blocks, or every fault at once."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.config.aliases import unfolds
from pipeline.config.block import ModelBlock, Name
from pipeline.config.faults import Fault, block_faults, line_of, name_fault
from pipeline.errors import ParamsError, PipelineError, in_words

PARAMS_FILE = "params.yaml"

_MERGE = re.compile(r"^<<<<<<< ", re.MULTILINE)


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
    text = _text(root)
    raw = _values(text)
    if not isinstance(raw, dict) or not isinstance(raw.get("models"), dict):
        raise _broken("there is no mapping `models:`", "each model is one block below it")
    extra = sorted(set(raw) - {"defaults", "models"}, key=str)
    if extra:
        raise _broken(f"unknown key `{extra[0]}`", "the file has `defaults:` and `models:`")
    if strange := [name for name in raw["models"] if not isinstance(name, str)]:
        raise _broken(f"`{strange[0]}` is no name of a model", "a name starts with a letter")
    return text, raw


def _text(root: Path) -> str:
    try:
        return (root / PARAMS_FILE).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _broken("there is no such file here", "run modelpress in the repository") from error
    except UnicodeDecodeError as error:
        raise _broken(f"not UTF-8 at byte {error.start}", "save it as UTF-8") from error
    except OSError as error:
        raise _broken(f"cannot be read: {in_words(error)}", "it should be a file") from error


def _values(text: str) -> Any:  # noqa: ANN401 - YAML is anything
    if marks := _MERGE.search(text):
        line = text.count("\n", 0, marks.start()) + 1
        raise _broken("a merge has left its marks `<<<<<<<`", "settle the conflict", line)
    try:
        # The same parser and YAML version as DVC's, or the two could read different values.
        raw = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError, ValueError) as error:
        raise _not_yaml(error) from error
    if fault := unfolds(raw):
        raise _broken(fault, "write the values out")
    return raw


def schema_json() -> str:
    """Write the JSON Schema that editors check the file with."""
    schema = TypeAdapter(_File).json_schema()
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _broken(message: str, hint: str, line: int = 0) -> ParamsError:
    path = f"{PARAMS_FILE}:{line}" if line else PARAMS_FILE
    return ParamsError([PipelineError(message, hint=hint, path=path)])


def _not_yaml(error: Exception) -> ParamsError:
    """Say what the parser stumbled over, and where; a value it cannot make has no line."""
    mark, what = getattr(error, "problem_mark", None), "a value cannot be read"
    if isinstance(error, YAMLError):
        what = "this is not YAML"
    message = getattr(error, "problem", None) or str(error).replace("\n", " ")
    if isinstance(error, RecursionError):
        message = "it stands too deep within others"
    hint = "restore it from Git, or mend it"
    return _broken(f"{what}: {message}", hint, mark.line + 1 if mark else 0)


def _unknown_model(name: str, known: dict[str, Any]) -> PipelineError:
    return PipelineError(
        f"there is no model `{name}`",
        hint=f"there are {', '.join(map(str, known))}" if known else "`modelpress new` writes one",
        path=PARAMS_FILE,
    )


def _located(text: str, name: str, fault: Fault) -> PipelineError:
    where = ".".join(("models", name, *fault.path))
    path = f"{PARAMS_FILE}:{line_of(text, ('models', name, *fault.path))}"
    return PipelineError(f"{where}: {fault.message}", hint=fault.hint, path=path)
