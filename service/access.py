"""Who may ask, and how often."""

import hmac
import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from service.problem import Problem

CALLERS_AT_MOST = 10_000


@dataclass
class Limiter:
    """
    Lets each caller ask `rate` times a minute, up to that many at once (a token bucket).

    Of more than 10,000 callers, those who asked longest ago are forgotten.
    """

    rate: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, caller: str) -> float:
        """Take a token; returns the seconds until there is one, 0 if it was taken."""
        if not self.rate:
            return 0.0
        now = time.monotonic()
        tokens, then = self._buckets.pop(caller, (float(self.rate), now))
        tokens = min(float(self.rate), tokens + (now - then) * self.rate / 60)
        taken = tokens >= 1
        self._buckets[caller] = (tokens - taken, now)
        if len(self._buckets) > CALLERS_AT_MOST:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - tokens) * 60 / self.rate


@dataclass
class Access:
    """The bearer key, and the limit."""

    key: str = ""
    limiter: Limiter = field(default_factory=lambda: Limiter(0))

    def check(self, authorization: str | None, address: str) -> None:
        """
        Let a caller in.

        Raises:
            Problem: 401 without the key, 429 too often.
        """
        if self.key and not bears(authorization, self.key):
            headers = {"WWW-Authenticate": "Bearer"}
            hint = "send `Authorization: Bearer KEY`"
            raise Problem(401, "the key is absent or another one", hint=hint, headers=headers)
        seconds = self.limiter.wait(authorization or address)
        if seconds:
            detail = f"more than {self.limiter.rate} requests a minute"
            raise Problem(429, detail, headers={"Retry-After": str(math.ceil(seconds))})

    @property
    def open(self) -> bool:
        """Whether everybody may ask at any time."""
        return not self.key and not self.limiter.rate


def bears(authorization: str | None, token: str) -> bool:
    """Whether a header carries a token; takes as long for a wrong one as for the right one."""
    scheme, _, told = (authorization or "").partition(" ")
    same = hmac.compare_digest(told.encode("utf-8", "replace"), token.encode())
    return scheme.lower() == "bearer" and same
