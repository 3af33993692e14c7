"""Bytes as they are after a cut or a bad merge."""

CONFLICT = b"<<<<<<< ours\n%b=======\n%b>>>>>>> theirs\n"


def cuts(content: bytes, most: int) -> list[int]:
    """
    Choose where to cut: everywhere if there are few places, else evenly, and near the end.

    Not among them: the record without its last line break, which is whole, and the empty file,
    which of a pointer means that nothing is there yet.
    """
    step = max(len(content) // most, 1)
    return sorted({*range(1, len(content) - 1, step), len(content) - 2})


def damages(content: bytes, most: int = 25) -> list[bytes]:
    """Cut at some places, or at every byte; or merged badly, whole and in the middle of a line."""
    half = content[: len(content) // 2]
    merged = [CONFLICT % (content, content), half + CONFLICT % (b"1\n", b"2\n")]
    return [*merged, *(content[:cut] for cut in cuts(content, most))]
