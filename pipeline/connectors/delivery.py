"""What a connector brings, and what every connector can do."""

import hashlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Delivery:
    """
    What arrived.

    Attributes:
        name: The file's own name, without folders: a record must not name a machine's paths.
        url: Where it was downloaded, without the query, which may hold a secret; empty for a
            local file.
        etag: The server's own name for these bytes; empty if it gives none.
    """

    name: str
    url: str
    content: bytes
    etag: str = ""

    @property
    def sha256(self) -> str:
        """Digest of the delivery as it arrived."""
        return hashlib.sha256(self.content).hexdigest()


class Connector(Protocol):
    """A way to a source. Whatever it brings is bytes: reading them is not its business."""

    def fetch(self, etag: str = "") -> Delivery | None:
        """
        Fetch what the source has now.

        Args:
            etag: Of the delivery that is here already.

        Returns:
            The delivery; None if the source says that nothing has changed since.

        Raises:
            DataError: It is not there, cannot be reached, is cut short, or is too large.
        """
