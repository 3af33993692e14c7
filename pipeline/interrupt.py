"""Ctrl-C, also where a library swallows it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType


@contextmanager
def interruptible() -> Iterator[None]:
    """
    Let Ctrl-C be a KeyboardInterrupt, also while an extension module is imported.

    onnxruntime ends such an import with an ImportError, which would look like a broken
    installation. A process that ignores Ctrl-C, as those in the background do, goes on ignoring it.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    pressed = []

    def press(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    ours = current_thread() is main_thread() and _is_default()
    if ours:
        signal.signal(signal.SIGINT, press)
    try:
        yield
    except ImportError:
        if pressed:
            raise KeyboardInterrupt from None
        raise
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_default() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler
