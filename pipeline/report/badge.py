"""A badge per model: what is in production, its key metric, its drift; for any README."""

from html import escape

from pipeline.report.facts import DriftState, Model

_COLOURS: dict[DriftState, str] = {
    "stable": "#2e7d32",
    "watch": "#8a5a00",
    "drift": "#b3261e",
    "nodata": "#5c6370",
}
_LONGEST = 60
_NARROW = frozenset("ijlftrI.,:;'|!()[] ")
_WIDE = frozenset("mwMWQOG@%")


def draw_badge(model: Model) -> bytes:
    """Draw a badge: an SVG with two fields, readable by itself."""
    title, says = _shortened(model.title), _shortened(_says(model))
    left, right = _width(title) + 12, _width(says) + 12
    colour = _COLOURS[model.drift] if model.production else _COLOURS["nodata"]
    label = escape(f"{title}: {says}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{label}"><title>{label}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3b3f46"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="6" y="14" textLength="{left - 12}">{escape(title)}</text>'
        f'<text x="{left + 6}" y="14" textLength="{right - 12}">{escape(says)}</text></g></svg>\n'
    ).encode()


def _says(model: Model) -> str:
    if not model.production:
        return "nothing in production"
    found = [model.production]
    if model.headline and model.headline.estimate.value is not None:
        found.append(f"{model.metric.id} {model.headline.estimate.value:.3f}")
    if model.drift != "nodata":
        found.append(model.drift)
    return " · ".join(found)


def _shortened(text: str) -> str:
    """Make one line of it that fits, of characters that XML allows."""
    plain = " ".join("".join(x if x.isprintable() else " " for x in text).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _width(text: str) -> int:
    """Guess a text's width at 11 px; `textLength` makes it so."""
    return max(10, round(sum(4.0 if x in _NARROW else 10.0 if x in _WIDE else 6.9 for x in text)))
