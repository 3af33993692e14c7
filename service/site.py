"""
Versions from a published site: the static registry that `modelpress report` lays out.

    api/models.json                                    which models, which versions
    models/spam/production.json, production.sig        version, sha256, counter of the promotion
    models/spam/v1.2.0/{model.onnx, card.json, model.sig}

Nothing of it is believed. A version's bytes must be those of its card and of the promotion, be of
the kind that we export, and answer their golden rows in a child process; with a public key, both
the version and the promotion must be signed. What has passed is kept and not downloaded again.
"""

import hashlib
import os
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from modelpress.errors import FileError
from modelpress.session import LARGEST_BYTES
from modelpress.trust import (
    PROMOTION,
    PROMOTION_SIGNATURE,
    SIGNATURE,
    Promotion,
    Trust,
    check_promotion,
    check_version,
)
from service.download import Downloaded, Downloader, place_of
from service.folder import CARD, LARGEST_CARD, MODEL, Folder
from service.index import read_index
from service.kept import Kept
from service.record import read_promotion, read_record, require_name, require_version, vouched
from service.settings import Settings
from service.source import Fetched, Pointers
from service.trial import BOUNDS, Bounds, trial

INDEX = "api/models.json"
_LARGEST_INDEX = 8 * 1024 * 1024
_LARGEST_PROMOTION = 16 * 1024
_LARGEST_SIGNATURE = 256 * 1024


@dataclass
class Site:
    """
    The registry on a site.

    Args:
        address: Of its index, `https://example.org/models-of-ours/api/models.json`.
        kept: Where versions and promotions are kept; of this site alone.
        downloader: Knows the hosts that the operator allows.
        trust: Whose signatures every version and promotion must carry.
        bounds: What a trial run may take.

    Raises:
        FileError: The address is none of an index.
    """

    address: str
    kept: Kept
    downloader: Downloader
    trust: Trust | None = None
    bounds: Bounds = BOUNDS
    _seen: dict[str, Downloaded] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an address from which no other can be made."""
        place_of(self.address)
        if not self.address.endswith(f"/{INDEX}") or set("?#") & set(self.address):
            raise FileError(f"`{self.address}` is no index of models", hint=f"it ends in /{INDEX}")

    @staticmethod
    def of(settings: Settings) -> "Site":
        """
        Open the site that the settings name.

        Raises:
            FileError: It cannot be one.
        """
        host = place_of(settings.source)
        return Site(
            settings.source,
            Kept(_state_folder(settings.source, host)),
            Downloader(frozenset({host, *(x.lower() for x in settings.allow_hosts)})),
            Trust(public_key=settings.public_key) if settings.public_key else None,
        )

    def names(self) -> list[str]:
        """
        Name the models.

        Raises:
            FileError: The site cannot be reached, or its index is damaged.
        """
        return sorted(self._lines())

    def line(self, name: str) -> Pointers:
        """
        Read what is promoted of a model, and which versions there are.

        Raises:
            FileError: There is no such model, or its promotion is damaged, unsigned or an old one.
        """
        require_name(name)
        line = self._lines().get(name)
        if line is None:
            raise FileError(f"`{self.address}` has no model `{name}`")
        if not line.production and self.kept.newest(name) is None:
            return line
        return replace(line, production=self._promotion(name).version)

    def fetch(self, name: str, version: str) -> Fetched:
        """
        Read a version that has passed every check, now or before.

        Raises:
            FileError: There is none, or it has not.
        """
        require_version(name, version)
        return self._from_kept(name, version) or self._from_site(name, version)

    def stamp(self) -> Hashable:
        """
        Sum up the index and the promotions; a server that knows ETags sends only what is new.

        Raises:
            FileError: The site cannot be reached, or its index is damaged.
        """
        lines = self._lines()
        return tuple((name, line, self._promoted(name)) for name, line in lines.items())

    def _lines(self) -> dict[str, Pointers]:
        lines = read_index(self._newest(INDEX, _LARGEST_INDEX), self.address)
        self._seen = {
            path: seen
            for path, seen in self._seen.items()
            if path == INDEX or path.split("/")[1] in lines
        }
        return lines

    def _promoted(self, name: str) -> Hashable:
        try:
            return self._newest(f"models/{name}/{PROMOTION}", _LARGEST_PROMOTION)
        except FileError as error:  # of this model alone: `line` raises it again
            return error.message

    def _promotion(self, name: str) -> Promotion:
        content = self._newest(f"models/{name}/{PROMOTION}", _LARGEST_PROMOTION)
        promotion = read_promotion(content, name, self._url(f"models/{name}/{PROMOTION}"))
        if self.trust:
            path = f"models/{name}/{PROMOTION_SIGNATURE}"
            signature = self._newest(path, _LARGEST_SIGNATURE)
            files = {PROMOTION: content, PROMOTION_SIGNATURE: signature}
            with self.kept.aside(files, name) as folder:
                check_promotion(folder, self.trust)
        self.kept.remember(promotion)
        return promotion

    def _from_kept(self, name: str, version: str) -> Fetched | None:
        """Give what was kept, if it is whole and would pass today."""
        folder = self.kept.versions
        try:
            fetched = Folder(folder).fetch(name, version)
            self._refuse_unpromoted(fetched)
            if self.trust:
                check_version(folder / name / version, self.trust)
        except FileError:
            return None
        return fetched

    def _from_site(self, name: str, version: str) -> Fetched:
        path = f"models/{name}/{version}"
        files = {CARD: self._download(f"{path}/{CARD}", LARGEST_CARD)}
        files[MODEL] = self._download(f"{path}/{MODEL}", LARGEST_BYTES)
        if self.trust:
            files[SIGNATURE] = self._download(f"{path}/{SIGNATURE}", _LARGEST_SIGNATURE)
        card = read_record(files[CARD], self._url(f"{path}/{CARD}"))
        fetched = vouched(Fetched(name, version, files[MODEL], card), self._url(path))
        self._refuse_unpromoted(fetched)
        with self.kept.aside(files, name, version) as folder:
            if self.trust:
                check_version(folder, self.trust)
            trial(fetched.content, card.get("golden", []), self.bounds)
            self.kept.put(folder, name, version)
        return fetched

    def _refuse_unpromoted(self, fetched: Fetched) -> None:
        """Refuse other bytes than those that were promoted under the same number."""
        newest = self.kept.newest(fetched.name)
        if newest is None or newest.version != fetched.version:
            return
        if newest.sha256 != fetched.card["sha256"]:
            raise FileError(
                f"`{fetched.name}@{fetched.version}` was promoted with sha256 {newest.sha256}, "
                f"and its card says {fetched.card['sha256']}",
                hint="a version never changes: publish the site again",
            )

    def _newest(self, path: str, most_bytes: int) -> bytes:
        """Download what may change, unless it has not."""
        now = self.downloader.get(self._url(path), most_bytes, self._seen.get(path))
        self._seen[path] = now
        return now.content

    def _download(self, path: str, most_bytes: int) -> bytes:
        return self.downloader.get(self._url(path), most_bytes).content

    def _url(self, path: str) -> str:
        return self.address.removesuffix(INDEX) + path


def _state_folder(address: str, host: str) -> Path:
    """Name the folder of a site, where the system keeps what programs must not forget."""
    try:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError as error:
        raise FileError(
            "there is no home to keep versions in", hint="set XDG_STATE_HOME to a folder"
        ) from error
    digest = hashlib.sha256(address.encode()).hexdigest()[:12]
    return home / "modelpress" / f"{quote(host, safe='')}-{digest}"
