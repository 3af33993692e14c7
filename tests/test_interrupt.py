"""Ctrl-C, where a library swallows it."""

import os
import signal
from contextlib import suppress

import pytest

from pipeline.interrupt import interruptible


@pytest.fixture(autouse=True)
def default() -> None:
    """Whoever runs the tests in the background has them ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def import_that_is_interrupted() -> None:
    with suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    raise ImportError("initialization failed")


def test_an_import_that_swallows_an_interrupt_is_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        import_that_is_interrupted()


def test_a_library_that_is_missing_stays_an_import_error() -> None:
    with pytest.raises(ImportError, match="no such library"), interruptible():
        raise ImportError("no such library")


def test_a_process_that_ignores_it_goes_on_ignoring_it() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_afterwards_everything_is_as_before() -> None:
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
