"""Aliases of YAML: a few lines of them may stand for more values than there is memory."""

from pipeline.config.strict import Yaml

MOST_VALUES = 100_000


def unfolds(raw: Yaml) -> str:
    """Say what is wrong with the aliases of a file; empty if each can be written out."""
    try:
        found = _values(raw, {}, set())
    except RecursionError:
        return "an alias stands within itself, or values within values too deeply"
    if found > MOST_VALUES:
        return f"its aliases stand for more than {MOST_VALUES:,} values"
    return ""


def _values(node: Yaml, known: dict[int, int], around: set[int]) -> int:
    """Count the values of a node, each alias as often as it stands there."""
    if not isinstance(node, dict | list):
        return 1
    if id(node) in around:
        raise RecursionError
    if id(node) not in known:
        below = node.values() if isinstance(node, dict) else node
        around.add(id(node))
        known[id(node)] = 1 + sum(_values(child, known, around) for child in below)
        around.remove(id(node))
    return known[id(node)]
