# SPDX-License-Identifier: Apache-2.0
"""What Prometheus may read: a registry of our own, few labels, nothing of a person's.

docs/ops/grafana.json draws it; docs/operations.md says what to watch.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.metrics_read import Reading, readings
from crm_core.domain.call import CallEnded, CallEvent
from crm_core.domain.routing.decision import Decision
from crm_core.ports.clock import utc_now
from crm_core.ports.outbox import OutCount
from crm_core.ports.store import StoreAwayError
from crm_core.usecases.decide_route import Keep

if TYPE_CHECKING:
    from config.wiring import Parts

_DECISION_S = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3)
_REQUEST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10)


@dataclass(slots=True)
class Metrics:
    """`note_*` are called where things happen; the rest is read when somebody asks."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    decision_s: Histogram = field(init=False)
    calls: Counter = field(init=False)
    request_s: Histogram = field(init=False)
    requests: Counter = field(init=False)
    _parts: "Parts | None" = None
    _outbox: list[OutCount] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.decision_s = Histogram(
            "rolodial_route_decision_seconds",
            "From a route's question to its decision",
            buckets=_DECISION_S,
            registry=self.registry,
        )
        self.calls = Counter(
            "rolodial_calls", "Calls that ended", ["pbx", "direction", "disposition"], registry=self.registry
        )
        self.request_s = Histogram(
            "rolodial_http_request_seconds",
            "Requests for pages and API, live sockets left out",
            buckets=_REQUEST_S,
            registry=self.registry,
        )
        self.requests = Counter(
            "rolodial_http_requests", "By class of the answer's status", ["status"], registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Gatherer(self))

    def watch(self, parts: "Parts") -> None:
        self._parts = parts

    def timed(self, keep: Keep) -> Keep:
        """Decisions on their way to be kept, looked at in passing."""

        def noted(call: UUID, decision: Decision, latency_us: int) -> None:
            self.decision_s.observe(latency_us / 1_000_000)
            keep(call, decision, latency_us)

        return noted

    def note_call_event(self, event: CallEvent) -> None:
        if isinstance(event, CallEnded):
            call = event.call
            direction = call.direction.value if call.direction else "unknown"
            disposition = call.disposition.value if call.disposition else "unknown"
            self.calls.labels(call.pbx, direction, disposition).inc()

    def note_request(self, status: int, seconds: float) -> None:
        self.requests.labels(f"{status // 100}xx").inc()
        self.request_s.observe(seconds)

    async def render(self) -> bytes:
        """In Prometheus' text format. Without a database all but the outbox: an alarm is wanted just then."""
        self._outbox = []
        if self._parts:
            with contextlib.suppress(StoreAwayError):
                async with self._parts.store.read() as tx:
                    self._outbox = list(await tx.outbox.counts())
        return generate_latest(self.registry)

    def gather(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("rolodial_info", "The version that runs", labels=["version"])
        info.add_metric([version("rolodial")], 1)
        yield info
        if self._parts:
            yield from map(_family, readings(self._parts))
            yield from _outbox(self._outbox)


class _Gatherer(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return self._metrics.gather()

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked of the parts when they are only registered."""
        return iter(())


def _family(reading: Reading) -> Metric:
    kind = CounterMetricFamily if reading.counts else GaugeMetricFamily
    family = kind(reading.name, reading.says, labels=[reading.label] if reading.label else None)
    for label, value in reading.values.items():
        family.add_metric([label] if reading.label else [], value)
    return family


def _outbox(counts: list[OutCount]) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("rolodial_outbox_entries", "Mail, webhooks, pushes", labels=["kind", "state"])
    oldest = GaugeMetricFamily(
        "rolodial_outbox_oldest_seconds", "Age of the oldest", labels=["kind", "state"]
    )
    now = utc_now()
    for one in counts:
        labels = [one.kind.value, one.state.value]
        waiting.add_metric(labels, one.count)
        oldest.add_metric(labels, max(0.0, (now - one.oldest).total_seconds()))
    yield waiting
    yield oldest
