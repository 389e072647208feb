"""Spans of requests and their stages for OpenTelemetry: the extra ``tracing``.

They are made when an answer is done, from what was timed anyway; so a request costs the same with tracing as without,
but for those that are sampled.
"""

from typing import TYPE_CHECKING, Any

from wares import __version__
from wares.errors import ConfigError
from wares.serve.operations.answered import Answered

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

INSTALL = "pip install 'wares[tracing]', or leave serve.otlp_endpoint empty"
SERVER_ERROR = 500


class Tracing:
    """A span of every sampled request, with one of each stage below it.

    Parameters
    ----------
    endpoint
        Where OTLP/HTTP is taken, such as ``http://localhost:4318/v1/traces``.
    share
        Of requests whose caller did not decide, in [0, 1]; a caller's own sampling is followed.
    exporter
        Instead of OTLP to the endpoint.

    Raises
    ------
    ConfigError
        The extra is not installed.
    """

    def __init__(self, endpoint: str, *, share: float = 1.0, exporter: "SpanExporter | None" = None) -> None:
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor

            if exporter is None:
                from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

                exporter = OTLPSpanExporter(endpoint=endpoint)
        except ImportError as error:
            raise ConfigError(f"serve.otlp_endpoint is set, and {error.name} is not installed", fix=INSTALL) from error
        resource = Resource.create({"service.name": "wares", "service.version": __version__})
        self._ids = _given_ids()
        self._provider: TracerProvider = TracerProvider(resource=resource, id_generator=self._ids)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("wares")
        self._most = int(share * (1 << 32))

    def __call__(self, answer: Answered) -> None:
        """Make the spans of one answer, if it is sampled."""
        # The same trace is drawn or not drawn by every process that sees it.
        if not (answer.sampled if answer.parent else int(answer.trace[-8:], 16) < self._most):
            return
        from opentelemetry import trace

        def at(counted: int) -> int:
            return answer.asked + counted - answer.timed.began

        attributes: dict[str, Any] = {
            "http.request.method": answer.method,
            "http.route": answer.route,
            "http.response.status_code": answer.status,
            "wares.request_id": answer.request_id,
        }
        if answer.error:
            attributes["error.type"] = answer.error
        degraded = sorted({str(part) for part in answer.timed.noted("degraded")})
        if degraded:
            attributes["wares.degraded"] = degraded
        self._ids.span, self._ids.trace = int(answer.span, 16), int(answer.trace, 16)
        root = self._tracer.start_span(
            f"{answer.method} {answer.route}",
            context=self._around(answer),
            kind=trace.SpanKind.SERVER,
            attributes=attributes,
            start_time=answer.asked,
        )
        if answer.status >= SERVER_ERROR:
            root.set_status(trace.Status(trace.StatusCode.ERROR))
        within = trace.set_span_in_context(root)
        for name, start, end in answer.timed.spans:
            self._tracer.start_span(name, context=within, start_time=at(start)).end(end_time=at(end))
        root.end(end_time=answer.asked + round(answer.seconds * 1e9))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def flush(self, seconds: float = 5.0) -> bool:
        """Send what there is; whether it was taken in time."""
        return self._provider.force_flush(int(seconds * 1000))

    @staticmethod
    def _around(answer: Answered) -> Any:
        """The caller's span, which is elsewhere."""
        from opentelemetry import context, trace

        if not answer.parent:
            return context.Context()
        remote = trace.SpanContext(
            int(answer.trace, 16), int(answer.parent, 16), is_remote=True, trace_flags=trace.TraceFlags(1)
        )
        return trace.set_span_in_context(trace.NonRecordingSpan(remote), context.Context())


def _given_ids() -> Any:
    """Ids for spans: the next root gets those that its answer carried in its headers."""
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class GivenIds(RandomIdGenerator):
        span = trace = 0

        def generate_span_id(self) -> int:
            given, self.span = self.span, 0
            return given or super().generate_span_id()

        def generate_trace_id(self) -> int:
            given, self.trace = self.trace, 0
            return given or super().generate_trace_id()

    return GivenIds()
