"""What could not be read, collected on the way: one damaged file takes nothing else down."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pipeline.artifacts import shown
from pipeline.errors import ParamsError, PipelineError
from pipeline.report.facts import Damage

Read = TypeVar("Read")
Otherwise = TypeVar("Otherwise")

# JSON that is no record, lacks a key, or has another kind of value there.
_SHAPES = (AttributeError, ArithmeticError, LookupError, TypeError, ValueError)


class Ledger:
    """The damage of one model, or of the repository as a whole."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Damage] = {}

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What was found, in the order of finding, each once."""
        return tuple(self._found.values())

    def attempt(
        self, place: Path, read: Callable[[], Read], otherwise: Otherwise
    ) -> Read | Otherwise:
        """Read something; if that cannot be done, note it and go on with something else."""
        try:
            return read()
        except ParamsError as error:
            for fault in error.faults:
                self.note(fault)
        except PipelineError as error:
            self.note(error)
        except _SHAPES as error:
            said = f"this is not what Modelpress writes: {type(error).__name__}: {error}"
            self.add(shown(place), said[:300], "restore it from Git")
        return otherwise

    def note(self, error: PipelineError) -> None:
        """Write an error down."""
        self.add(error.path, error.message, error.hint)

    def add(self, path: str, message: str, hint: str) -> None:
        """Write damage down."""
        self._found.setdefault((path, message), Damage(path, message, hint))
