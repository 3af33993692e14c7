"""
The ways to a source: files and addresses, scikit-learn's tables, CityBikes, Open-Meteo.

Each is a small class behind one protocol, `Connector`. What they bring is bytes; `source` and
`polls` read them, so that a recorded delivery is as good as a live one.
"""

from pipeline.config.sources import Bundled, CityBikes, OpenMeteo, Source
from pipeline.connectors.bundled import SklearnTable
from pipeline.connectors.citybikes import Network
from pipeline.connectors.delivery import Connector, Delivery
from pipeline.connectors.file import LARGEST_BYTES, File, fetch, name_of
from pipeline.connectors.open_meteo import Place

__all__ = ["LARGEST_BYTES", "Connector", "Delivery", "connect", "fetch", "name_of"]


def connect(source: Source, place: str | None = None) -> Connector:
    """Find the way to a source; `place` stands in for the address of a file."""
    if place is not None:
        return File(place)
    if isinstance(source, Bundled):
        return SklearnTable(source)
    if isinstance(source, CityBikes):
        return Network(source)
    if isinstance(source, OpenMeteo):
        return Place(source)
    return File(source.url)
