"""
What a service keeps of a site, for itself alone: whole versions, and the highest promotions.

    versions/<model>/<version>/      card.json, model.onnx, model.sig: checked, tried, then kept
    promotions/<model>.json          model, version, sha256, counter of the newest that was seen

Whoever can replay an old answer of the site could bring an old model back; the counter, which only
grows, tells. So it is written to the disk before it counts, and no two processes write at once.
"""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from modelpress.errors import FileError
from modelpress.trust import Promotion
from service.record import read_promotion

VERSIONS_KEPT = 4
"""Of each model, those downloaded last: a site must not fill the disk."""

_PRIVATE = 0o700


@dataclass(frozen=True)
class Kept:
    """
    A private folder.

    Args:
        root: It is made if need be.
    """

    root: Path

    @property
    def versions(self) -> Path:
        """Laid out as `models` in a checkout."""
        return self.root / "versions"

    def newest(self, name: str) -> Promotion | None:
        """
        Give the newest promotion that was seen; None before the first.

        Raises:
            FileError: What was kept is damaged.
        """
        place = self._promotions / f"{name}.json"
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(f"`{place}` cannot be read: {error.strerror}") from error
        try:
            return read_promotion(content, name, str(place))
        except FileError as error:
            hint = "remove it if you know which promotion is the newest"
            raise FileError(error.message, hint=hint) from error

    def remember(self, promotion: Promotion) -> None:
        """
        Keep a promotion, unless a newer one was seen.

        Raises:
            FileError: One was; or another one of the same number; or it cannot be kept.
        """
        place = self._promotions / f"{promotion.model}.json"
        with self._writing(), _alone(self._promotions):
            newest = self.newest(promotion.model)
            if promotion == newest:
                return
            if newest and promotion.counter <= newest.counter:
                raise FileError(
                    f"`{promotion.model}`: {_shown(promotion)} came before {_shown(newest)}",
                    hint=f"somebody put an old one back; if it was you, remove {place}",
                )
            _replace(place, json.dumps({"schema": 1, **asdict(promotion)}).encode())

    @contextlib.contextmanager
    def aside(self, files: Mapping[str, bytes], *parts: str) -> Iterator[Path]:
        """
        Lay files into a folder `parts` that nobody sees, to be checked and `put`, or to be gone.

        Raises:
            FileError: The disk is full, or the like.
        """
        with self._writing(), tempfile.TemporaryDirectory(prefix=".new-", dir=self.root) as beside:
            folder = Path(beside, *parts)
            folder.mkdir(parents=True)
            for file, content in files.items():
                _write(folder / file, content)
            _sync(folder)
            yield folder

    def put(self, folder: Path, name: str, version: str) -> None:
        """Make what lies aside a whole version; the one that was there before goes."""
        place = self.versions / name / version
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.parent):
            shutil.rmtree(place, ignore_errors=True)
            folder.rename(place)
            _sync(place.parent)
            _forget_old(place.parent)

    @property
    def _promotions(self) -> Path:
        return self.root / "promotions"

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            self._promotions.mkdir(exist_ok=True)
            yield
        except OSError as error:
            raise FileError(
                f"`{self.root}` cannot keep what comes from the site: {error.strerror}",
                hint="make room, or let XDG_STATE_HOME name a folder that is ours to write",
            ) from error


def _shown(promotion: Promotion) -> str:
    return f"promotion {promotion.counter} ({promotion.version or 'of nothing'})"


def _forget_old(folder: Path) -> None:
    by_age = sorted(folder.iterdir(), key=lambda place: place.stat().st_mtime_ns)
    for place in by_age[:-VERSIONS_KEPT]:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait for whoever writes into the folder; the system lets go if we end."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(place: Path, content: bytes) -> None:
    beside = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        _write(beside, content)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
    _sync(place.parent)


def _write(place: Path, content: bytes) -> None:
    with place.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
