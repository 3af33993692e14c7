"""Refusals, as RFC 9457 wants them: `application/problem+json`."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """
    A request that is not answered as it was asked.

    Args:
        status: The HTTP status.
        detail: What is wrong, with the field and the value.
        hint: What is allowed, or what to do.
        headers: Of the reply, such as `Retry-After`.
    """

    def __init__(
        self, status: int, detail: str, *, hint: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.headers = dict(headers or {})

    @property
    def kind(self) -> str:
        """A bounded word for metrics, such as `unprocessable_content`."""
        return HTTPStatus(self.status).name.lower()

    def body(self) -> bytes:
        """Write it down; `error` repeats the detail for clients of the Open Inference Protocol."""
        told = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "error": self.detail,
        }
        if self.hint:
            told["hint"] = self.hint
        # A lone surrogate, quoted from a request, is no UTF-8.
        clean = {k: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v
                 for k, v in told.items()}  # fmt: skip
        return orjson.dumps(clean)
