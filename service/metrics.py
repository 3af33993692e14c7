"""
`/metrics`: what was counted, in Prometheus' words.

Every label is one of few, whatever is asked.
"""

import time
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service.counts import Histogram
from service.drift import STATES, Drift
from service.host import Host
from service.predictions import PredictionLog
from service.rollout import Rollout
from service.served import Served

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class HostCollector(Collector):
    """Reads the counters when Prometheus asks."""

    def __init__(self, host: Host, rollout: Rollout, log: PredictionLog | None) -> None:
        self._host = host
        self._rollout = rollout
        self._log = log

    def collect(self) -> Iterator[Metric]:
        """Give every family."""
        yield from self._traffic()
        yield from self._models()
        yield from self._answers()
        yield from self._drift()

    def _traffic(self) -> Iterator[Metric]:
        traffic = self._host.traffic
        requests = CounterMetricFamily(
            "modelpress_requests", "Requests answered.", labels=("route", "method", "status")
        )
        for (route, method, status), count in list(traffic.requests.items()):
            requests.add_metric((route, method, str(status)), count)
        errors = CounterMetricFamily("modelpress_errors", "Refusals.", labels=("type",))
        for kind, count in list(traffic.errors.items()):
            errors.add_metric((kind,), count)
        seconds = HistogramMetricFamily(
            "modelpress_request_seconds",
            "From the last byte asked to the reply.",
            labels=("route",),
        )
        for route, histogram in list(traffic.seconds.items()):
            seconds.add_metric((route,), _buckets(histogram), histogram.total)
        yield from (requests, errors, seconds)
        yield _gauge(
            "modelpress_uptime_seconds", "Since the start.", time.time() - self._host.started
        )
        yield _gauge("modelpress_ready", "Whether every model answers.", self._host.catalog.ready)

    def _models(self) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "modelpress_model_info",
            "What is loaded.",
            labels=("model", "version", "sha256", "stage"),
        )
        metric = GaugeMetricFamily(
            "modelpress_model_metric", "On the test rows.", labels=("model", "version", "metric")
        )
        loaded = GaugeMetricFamily(
            "modelpress_model_loaded", "Whether it answers.", labels=("model",)
        )
        for line in self._host.catalog.lines.values():
            if line.production or line.fault:
                loaded.add_metric((line.name,), line.at("production") is not None)
            for stage in ("production", "staging"):
                if (served := line.at(stage)) is not None:
                    info.add_metric((line.name, served.version, served.model.sha256, stage), 1)
            for served in line.served.values():
                for name, value in _test_metrics(served):
                    metric.add_metric((line.name, served.version, name), value)
        loads = CounterMetricFamily("modelpress_model_loads", "Looks.", labels=("model", "result"))
        for names, count in list(self._host.loads.items()):
            loads.add_metric(names, count)
        yield from (info, metric, loaded, loads)

    def _answers(self) -> Iterator[Metric]:
        labels = ("model", "version")
        told = CounterMetricFamily("modelpress_predictions", "Labels.", labels=(*labels, "label"))
        rows = CounterMetricFamily("modelpress_rows", "Rows answered.", labels=labels)
        score = HistogramMetricFamily(
            "modelpress_score", "Probability of the positive class, or the surest.", labels=labels
        )
        for served in self._served():
            names, counts = (served.name, served.version), served.counts
            rows.add_metric(names, counts.rows)
            for label in served.signature.classes:
                told.add_metric((*names, label), counts.labels[label])
            if served.signature.classes:
                score.add_metric(names, _buckets(counts.scores), counts.scores.total)
        yield from (told, rows, score)
        yield from self._beside()

    def _beside(self) -> Iterator[Metric]:
        """Tell of what no caller sees: shadows, and the prediction log."""
        shadow = CounterMetricFamily(
            "modelpress_shadow_rows",
            "Rows that a shadow answered.",
            labels=("model", "version", "result"),
        )
        for names, count in list(self._rollout.seen.items()):
            shadow.add_metric(names, count)
        kept = CounterMetricFamily(
            "modelpress_log_rows", "Rows of the prediction log.", labels=("result",)
        )
        if (log := self._log) is not None:
            for result in ("written", "dropped", "failed"):
                kept.add_metric((result,), getattr(log, result))
        yield from (shadow, kept)

    def _served(self) -> Iterable[Served]:
        return [x for line in self._host.catalog.lines.values() for x in line.served.values()]

    def _drift(self) -> Iterator[Metric]:
        state = GaugeMetricFamily(
            "modelpress_drift_state", "The worst of monitoring's causes.", labels=("model", "state")
        )
        count = GaugeMetricFamily(
            "modelpress_drifted_features", "Features in alert.", labels=("model",)
        )
        for name in self._host.catalog.lines:
            found: Drift | None = self._host.drift(name)
            if found is None:
                continue
            for one in STATES:
                state.add_metric((name, one), one == found.state)
            count.add_metric((name,), found.features)
        yield from (state, count)


def registry_of(host: Host, rollout: Rollout, log: PredictionLog | None) -> CollectorRegistry:
    """Make the registry of one service."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HostCollector(host, rollout, log))
    ProcessCollector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry) -> bytes:
    """Write it down."""
    return generate_latest(registry)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    told, sum_ = [], 0
    for bound, count in zip((*histogram.bounds, None), histogram.counts, strict=True):
        sum_ += count
        told.append(("+Inf" if bound is None else repr(bound), float(sum_)))
    return told


def _test_metrics(served: Served) -> Iterator[tuple[str, float]]:
    test = served.card.get("metrics", {}).get("test", {})
    for name, entry in sorted(test.items()):
        if isinstance(entry, dict) and isinstance(entry.get("value"), int | float):
            yield str(name), float(entry["value"])
