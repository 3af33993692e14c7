"""
`api/models.json` of a published site: which models there are, and which versions.

    {"schema": 1, "models": [{"name": "spam", "path": "models/spam", "production": "v1.2.0",
                              "staging": "v1.3.0", "versions": ["v1.2.0", "v1.3.0"]}]}

Other keys are for others to read. `production` and `staging` are empty where there is nothing.
"""

from typing import Any

from modelpress.errors import FileError
from service.record import in_order, is_name, is_version, read_record
from service.source import Pointers

MOST_MODELS, MOST_VERSIONS = 1_000, 10_000


def read_index(content: bytes, place: str) -> dict[str, Pointers]:
    """
    Read what a site publishes, by the name of the model.

    Raises:
        FileError: It is no index, or names something that can be no model or version.
    """
    index = read_record(content, place)
    models = index.get("models")
    if index.get("schema") != 1 or not isinstance(models, list):
        raise FileError(f"`{place}` is no index of models of schema 1", hint="update `modelpress`")
    if len(models) > MOST_MODELS:
        raise FileError(f"`{place}` has {len(models):,} models; {MOST_MODELS:,} are allowed")
    lines = dict(_line(entry, place) for entry in models)
    if len(lines) != len(models):
        raise FileError(f"`{place}` names a model twice")
    return lines


def _line(entry: Any, place: str) -> tuple[str, Pointers]:  # noqa: ANN401 - JSON is anything
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not is_name(name):
        raise FileError(f"`{place}` has a model called {str(name)[:80]!r}")
    if entry.get("path") != f"models/{name}":
        raise FileError(f"`{place}` has `{name}` elsewhere than in models/{name}")
    versions = entry.get("versions")
    if not isinstance(versions, list) or len(versions) > MOST_VERSIONS:
        raise FileError(f"`{place}` has no list of versions of `{name}`, or too long a one")
    pointers = [entry.get(key, "") for key in ("production", "staging")]
    for version in (*versions, *filter(None, pointers)):
        if not is_version(version):
            raise FileError(f"`{place}` has {str(version)[:80]!r} for a version of `{name}`")
    production, staging = (str(pointer or "") for pointer in pointers)
    return name, Pointers(production, staging, in_order(set(versions)))
