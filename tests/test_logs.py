"""What is said goes through structlog, with its facts."""

from structlog.testing import capture_logs

from wares.logs import Logger


def test_what_is_said_and_how_loud():
    log = Logger("wares.somewhere")
    with capture_logs() as logs:
        log.warning("vectors not kept", rows=3)
        log.error("index is behind", code="busy")
    assert logs == [
        {"event": "vectors not kept", "rows": 3, "log_level": "warning"},
        {"event": "index is behind", "code": "busy", "log_level": "error"},
    ]
