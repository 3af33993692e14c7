"""How far a long run is, on one line of stderr that is written anew; nothing but for people."""

import sys
import time

_SECONDS = 0.5


class Meter:
    """
    Counts rows and seconds.

    Args:
        before: Rows that an earlier run has done.
        quiet: Say nothing.
    """

    def __init__(self, before: int, *, quiet: bool) -> None:
        self._before, self._rows = before, before
        self._start = self._told = time.monotonic()
        self._speaks = not quiet and sys.stderr.isatty()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._start

    @property
    def rate(self) -> float:
        """Rows a second, of this run."""
        return (self._rows - self._before) / max(self.seconds, 1e-9)

    def tell(self, rows: int, share: float, rejects: int) -> None:
        """Say how far it is, twice a second at most."""
        self._rows = rows
        if self._speaks and time.monotonic() - self._told >= _SECONDS:
            refused = f", {rejects:,} rejected" if rejects else ""
            line = f"{rows:,} rows, {share:.0%}, {self.rate:,.0f} rows/s{refused}"
            sys.stderr.write(f"\r{line}\x1b[K")
            sys.stderr.flush()
            self._told = time.monotonic()

    def wipe(self) -> None:
        """Leave the line to others."""
        if self._speaks:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
