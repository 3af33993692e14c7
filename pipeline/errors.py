"""
The ways in which a repository or its input can be wrong.

Every one is raised where it is known and caught in `cli` alone; anything else is a defect of ours
and keeps its traceback.
"""

import errno

_ROOM = "make room there, then the same command goes on"
_RIGHT = "give yourself the right to write there"
_FOLDER = "a file stands where a folder belongs: move it away"
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EROFS: _RIGHT,
    errno.EEXIST: _FOLDER,
    errno.ENOTDIR: _FOLDER,
    errno.EISDIR: "a folder stands where a file belongs: move it away",
}


class PipelineError(Exception):
    """
    Something that the user can put right.

    Args:
        message: What is wrong, with the name of the thing and its value in backticks.
        hint: What to do about it.
        path: The file it is about, as the user would type it.
    """

    def __init__(self, message: str, *, hint: str = "", path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path

    def lines(self) -> list[str]:
        """Say it as one line of fact and, where there is one, a line of advice."""
        fact = f"{self.path}: {self.message}" if self.path else self.message
        return [fact, f"hint: {self.hint}"] if self.hint else [fact]


class ParamsError(PipelineError):
    """`params.yaml` has faults; all of them are in `faults`."""

    def __init__(self, faults: list[PipelineError]) -> None:
        super().__init__(f"{len(faults)} faults" if len(faults) > 1 else "1 fault")
        self.faults = faults

    def lines(self) -> list[str]:
        """Say every fault, each with its own advice."""
        return [line for fault in self.faults for line in fault.lines()]


class DataError(PipelineError):
    """A table is not what its contract says."""


class ExportError(PipelineError):
    """The ONNX file does not say what the estimator says."""


class RegistryError(PipelineError):
    """The registry or another generated file is damaged, or was changed by hand."""


class DiskError(PipelineError):
    """A file cannot be written."""


class RunError(PipelineError):
    """A run cannot start, or one of its programs failed."""


def disk_error(error: OSError, path: str) -> DiskError:
    """Say which file the system refuses to write, why, and what to do."""
    hint = _REMEDIES.get(error.errno or 0, "look after the disk, then run it again")
    return DiskError(f"cannot be written: {in_words(error)}", hint=hint, path=path)


def in_words(error: OSError) -> str:
    """Give what the system said, as a part of a sentence."""
    told = error.strerror or "the system does not say why"
    return told[:1].lower() + told[1:]
