"""What is accepted on our sockets sends at once."""

import socket

import pytest

from wares.errors import ConfigError
from wares.serve.operations.listening import listen


def test_an_accepted_connection_sends_its_packets_at_once():
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_told():
    with listen("127.0.0.1", 0) as listening, pytest.raises(ConfigError, match="cannot be listened on"):
        listen("127.0.0.1", listening.getsockname()[1])
