"""A confusion matrix: a table whose cells are shaded by their share of the row."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class HeatMap:
    """
    Rows by actual and predicted class.

    Attributes:
        counts: One tuple per actual class, in the order of `labels`.
    """

    caption: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def heat_map(matrix: HeatMap) -> str:
    """Draw the table, with each class's recall beside it."""
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in matrix.labels)
    wide = len(matrix.labels)
    body = "".join(
        _row(label, at, counts)
        for at, (label, counts) in enumerate(zip(matrix.labels, matrix.counts, strict=True))
    )
    return (
        '<div class="mp-scroll-x" tabindex="0" role="region" '
        f'aria-label="{escape(matrix.caption)}"><table class="mp-matrix">'
        f"<caption>{escape(matrix.caption)}</caption>"
        f'<thead><tr><td></td><th scope="colgroup" colspan="{wide}" class="group">Predicted</th>'
        f'<td></td></tr><tr><th scope="col">Actual</th>{head}'
        '<th scope="col" class="recall">Recall</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(label: str, at: int, counts: tuple[int, ...]) -> str:
    whole = sum(counts)
    cells = "".join(_cell(count, whole, right=at == other) for other, count in enumerate(counts))
    recall = f"{counts[at] / whole:.2f}" if whole else "\N{EN DASH}"
    name = f'<th scope="row">{escape(label)}</th>'
    return f'<tr>{name}{cells}<td class="recall">{recall}</td></tr>'


def _cell(count: int, whole: int, *, right: bool) -> str:
    share = round(100 * count / whole) if whole else 0
    kind = ' class="right"' if right else ""
    return f'<td{kind} style="--share:{share}%">{count}</td>'
