"""Moments and commits of files that anybody may have edited: what is none is damage."""

import re
from datetime import datetime

_COMMIT = re.compile(r"([0-9a-f]{40,64})?")


def moment(told: object) -> str:
    """
    Read a day or a moment; empty stands for none.

    Raises:
        ValueError: It is neither.
    """
    text = str(told)
    if text and not text[:1].isdigit():
        raise ValueError(f"`{text[:40]}` is no moment")
    if text:
        datetime.fromisoformat(text)
    return text


def commit(told: object) -> str:
    """
    Read a commit's digest; empty stands for none.

    Raises:
        ValueError: It is none.
    """
    text = str(told)
    if _COMMIT.fullmatch(text) is None:
        raise ValueError(f"`{text[:40]}` is no commit")
    return text
