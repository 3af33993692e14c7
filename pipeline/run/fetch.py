"""Tables that Git only points to, fetched from the DVC remote before a run."""

import re
from pathlib import Path

from pipeline.artifacts import Paths, shown
from pipeline.dvc import call
from pipeline.errors import RegistryError, RunError
from pipeline.run.damaged import CACHE, digest
from pipeline.run.execute import Executed

_CONFLICT = "<<<<<<<"
_MD5 = re.compile(r"\bmd5: ([0-9a-f]{32})\n")
_PATH = re.compile(r"\bpath: table\.csv\n")


def refuse_cut_pointer(paths: Paths) -> None:
    """
    Refuse a pointer that was cut or badly merged, before DVC stumbles over it without its name.

    Raises:
        RegistryError: It names no digest, or no table.
    """
    pointer = _pointer(paths)
    if not pointer.exists():
        return
    content = pointer.read_text(encoding="utf-8", errors="replace")
    if _CONFLICT in content or not (_MD5.search(content) and _PATH.search(content)):
        message = "it names no digest of table.csv"
        raise RegistryError(message, hint="restore it from Git", path=shown(pointer))


def _pointer(paths: Paths) -> Path:
    return paths.table.with_name("table.csv.dvc")


def fetch_table(paths: Paths) -> Executed | None:
    """Bring a table that its pointer names; what goes wrong stops this model alone."""
    pointer = _pointer(paths)
    if not pointer.exists():
        return None if paths.table.exists() else _failed(paths, _lacking(paths.table))
    if _is_there(paths.table, pointer):
        return None
    try:
        _pull(paths, pointer)
    except RunError as error:
        return _failed(paths, _edited(paths.table, pointer) if paths.table.exists() else error)
    return None


def _pull(paths: Paths, pointer: Path) -> None:
    """Pull, once more without what the cache holds if DVC has restored other bytes from it."""
    place = str(pointer.relative_to(paths.root))
    # DVC replaces a table that is in its cache, and refuses to lose one that is not.
    call(paths.root, "pull", place)
    if not _is_there(paths.table, pointer):
        _object(paths.root, pointer).unlink(missing_ok=True)
        paths.table.unlink()
        call(paths.root, "pull", place)
    if not _is_there(paths.table, pointer):
        paths.table.unlink()
        raise RunError(
            "the DVC remote holds other bytes under this name",
            hint="push the table anew from where it is sound: `modelpress ingest`",
            path=shown(paths.table),
        )


def _object(root: Path, pointer: Path) -> Path:
    """Name the cache object of the table that a pointer names."""
    md5 = _named(pointer)
    return root / CACHE / md5[:2] / md5[2:]


def _named(pointer: Path) -> str:
    """Read the digest that a pointer names; it has one, or it was refused."""
    found = _MD5.search(pointer.read_text(encoding="utf-8"))
    return found[1] if found else ""


def _failed(paths: Paths, error: RunError) -> Executed:
    fact, *hints = error.lines()
    return Executed(paths.model, (f"error: {fact}", *hints), 0.0)


def _lacking(table: Path) -> RunError:
    hint = "put it there, or bring it in with `modelpress ingest`"
    return RunError("there is no such table", hint=hint, path=shown(table))


def _is_there(table: Path, pointer: Path) -> bool:
    return table.exists() and digest(table) == _named(pointer)


def _edited(table: Path, pointer: Path) -> RunError:
    return RunError(
        f"it is not the table that {pointer.name} names, and is kept nowhere else",
        hint="`modelpress ingest` makes it the model's table; without it the named one comes back",
        path=shown(table),
    )
