"""Which registry the settings mean: the checkout's, or that of a published site."""

from service.folder import Folder
from service.settings import Settings
from service.source import Source


def open_source(settings: Settings) -> Source:
    """
    Open what the settings name.

    Raises:
        FileError: There is no registry.
    """
    if settings.source:
        from service.site import Site  # noqa: PLC0415 - the checkout does without

        return Site.of(settings)
    return Folder(settings.folder / "models")
