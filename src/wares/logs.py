"""Logs that load structlog when there is something to say: that takes as long as opening 200,000 products.

A process with a shop has it loaded from the start (``live.py``), so that it can speak when memory has run out.
"""


class Logger:
    """Says what happened in a module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def warning(self, event: str, **facts: object) -> None:
        """It goes on, otherwise than it should."""
        import structlog

        structlog.get_logger(self._name).warning(event, **facts)

    def error(self, event: str, **facts: object) -> None:
        """It does not go on before someone does something."""
        import structlog

        structlog.get_logger(self._name).error(event, **facts)
