"""SIGTERM and Ctrl-C end what they meet, whatever a library makes of them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.support.stopped import query_met_by
from warehouse.errors import WarehouseError
from warehouse.stop_signals import not_losing_signals


class TerminatedError(BaseException):
    """What Prefect's handler of SIGTERM raises is no Exception either."""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    def terminate(*_: object) -> None:
        raise TerminatedError

    before = signal.signal(signal.SIGTERM, terminate)
    yield
    signal.signal(signal.SIGTERM, before)


def _alone(number: signal.Signals) -> None:
    query_met_by(number)


def _wrapped(number: signal.Signals) -> None:
    try:
        query_met_by(number)
    except RuntimeError as error:
        raise WarehouseError("dbt build failed at: a model") from error


def _swallowed(number: signal.Signals) -> None:
    with suppress(RuntimeError):
        query_met_by(number)


@pytest.mark.parametrize("meeting", [_alone, _wrapped, _swallowed])
@pytest.mark.parametrize(
    ("number", "raised"),
    [(signal.SIGTERM, TerminatedError), (signal.SIGINT, KeyboardInterrupt)],
)
def test_a_signal_that_met_a_query_is_raised_again(
    meeting: Callable[[signal.Signals], None],
    number: signal.Signals,
    raised: type[BaseException],
) -> None:
    with pytest.raises(raised), not_losing_signals(), not_losing_signals():
        meeting(number)


def test_without_a_signal_nothing_is_raised() -> None:
    with not_losing_signals():
        os.kill(os.getpid(), signal.SIGCHLD)
    with pytest.raises(RuntimeError, match="of its own"), not_losing_signals():
        raise RuntimeError("of its own")


def test_who_was_noted_signals_before_is_after() -> None:
    ours, pythons = socket.socketpair()
    with ours, pythons:
        ours.setblocking(False)
        pythons.setblocking(False)
        signal.set_wakeup_fd(pythons.fileno())
        with suppress(TerminatedError), not_losing_signals(), suppress(TerminatedError):
            signal.raise_signal(signal.SIGTERM)
        with suppress(KeyboardInterrupt), not_losing_signals():
            raise KeyboardInterrupt
        assert signal.set_wakeup_fd(-1) == pythons.fileno()
        assert ours.recv(10) == bytes([signal.SIGTERM])


def test_in_another_thread_nothing_is_done() -> None:
    def work() -> str:
        with not_losing_signals():
            return "done"

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(work).result() == "done"
