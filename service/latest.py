"""The newest snapshot of a model that is polled: `data/<model>/latest.json`."""

import json
from collections.abc import Sequence
from pathlib import Path

from modelpress.encode import Row
from modelpress.signature import Signature


def newest_rows(root: Path, signature: Signature) -> Sequence[Row] | None:
    """Read the newest snapshot, inputs alone; None if there is none, or a damaged one."""
    try:
        found = json.loads((root / "data" / signature.model / "latest.json").read_bytes())
        rows = found["rows"] if isinstance(found, dict) else found
        names = [field.name for field in signature.inputs]
        return [{name: told["row"].get(name) for name in names} for told in rows]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
