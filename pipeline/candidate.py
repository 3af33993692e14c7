"""The candidate of the last run, as `export` left it: checked before anybody judges it."""

from modelpress.errors import FileError
from modelpress.golden import Golden
from modelpress.loading import load
from modelpress.model import Model
from pipeline.artifacts import Paths, read_json, shown
from pipeline.errors import RegistryError


def load_candidate(paths: Paths) -> Model:
    """
    Load `model.onnx`.

    Raises:
        RegistryError: It is not there, or is not what its record says.
    """
    try:
        return load(shown(paths.onnx))
    except FileError as error:
        raise RegistryError(error.message, hint=_again(paths)) from error


def read_golden(paths: Paths) -> list[Golden]:
    """
    Read the made-up rows with the candidate's answers.

    Raises:
        RegistryError: They are not there, or none.
    """
    rows: list[Golden] = read_json(paths.golden)
    if not isinstance(rows, list) or not rows or not all("row" in row for row in rows):
        raise RegistryError(
            "there are no golden rows", hint=_again(paths), path=shown(paths.golden)
        )
    return rows


def _again(paths: Paths) -> str:
    return f"`modelpress run --force {paths.model}` makes it again"
