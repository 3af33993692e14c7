"""
What `/metrics` of the service has: families, and the labels of each.

Rules and dashboard ask for these names alone; whoever renames one changes it here, and sees there
what asked for it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families


class Family(NamedTuple):
    """A metric, as Prometheus' text format declares it."""

    kind: str
    labels: tuple[str, ...] = ()


FAMILIES = {
    "modelpress_requests": Family("counter", ("route", "method", "status")),
    "modelpress_request_seconds": Family("histogram", ("route",)),
    "modelpress_errors": Family("counter", ("type",)),
    "modelpress_predictions": Family("counter", ("model", "version", "label")),
    "modelpress_rows": Family("counter", ("model", "version")),
    "modelpress_score": Family("histogram", ("model", "version")),
    "modelpress_model_info": Family("gauge", ("model", "version", "sha256", "stage")),
    "modelpress_model_metric": Family("gauge", ("model", "version", "metric")),
    "modelpress_model_loaded": Family("gauge", ("model",)),
    "modelpress_model_loads": Family("counter", ("model", "result")),
    "modelpress_drift_state": Family("gauge", ("model", "state")),
    "modelpress_drifted_features": Family("gauge", ("model",)),
    "modelpress_ready": Family("gauge"),
    "modelpress_uptime_seconds": Family("gauge"),
    "process_resident_memory_bytes": Family("gauge"),
    "process_cpu_seconds": Family("counter"),
}

# What Prometheus adds by itself.
OF_PROMETHEUS = {"up": frozenset[str](), "ALERTS": frozenset({"alertname", "alertstate"})}
OF_EVERY_TARGET = frozenset({"job", "instance"})


def series(families: Iterable[tuple[str, Family]] = FAMILIES.items()) -> dict[str, frozenset[str]]:
    """Give the labels of each name that can be asked for."""
    told: dict[str, frozenset[str]] = {}
    for name, (kind, labels) in families:
        if kind == "counter":
            told[f"{name}_total"] = frozenset(labels)
        elif kind == "histogram":
            told |= {f"{name}_{end}": frozenset(labels) for end in ("count", "sum")}
            told[f"{name}_bucket"] = frozenset((*labels, "le"))
        else:
            told[name] = frozenset(labels)
    return told


def exposed(text: str) -> dict[str, frozenset[str]]:
    """Read the same from what a service answers at `/metrics`."""
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    return {sample.name: frozenset(sample.labels) for sample in samples}
