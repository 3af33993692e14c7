"""
Where chunks are scored: in threads of this process, or on a Dask cluster.

Both call the same function and give its results in the order of the input, with a bounded number
of chunks on the way.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, Protocol

from pipeline.errors import RunError
from pipeline.score.chunk import Chunk, Scored
from pipeline.score.scorer import Job, score_chunk

_MOST_THREADS = 4


class _Future(Protocol):
    def result(self) -> Scored: ...


class Engine(NamedTuple):
    """
    Where to score.

    Attributes:
        submit: Begins with a chunk.
        ahead: How many chunks may be on the way.
    """

    submit: Callable[[Chunk], _Future]
    ahead: int


def in_order(engine: Engine, chunks: Iterable[Chunk]) -> Iterator[Scored]:
    """Score chunks, and give the results in their order."""
    waiting: deque[_Future] = deque()
    for chunk in chunks:
        waiting.append(engine.submit(chunk))
        if len(waiting) > engine.ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def threads(job: Job) -> Iterator[Engine]:
    """Score here; onnxruntime lets other threads run while it computes."""
    count = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(count) as pool:
        try:
            yield Engine(lambda chunk: pool.submit(score_chunk, job, chunk), count)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def dask(job: Job, scheduler: str) -> Iterator[Engine]:
    """
    Score on a cluster; without an address, on one of this machine's processors.

    A worker that dies takes nothing along: its chunks go to another.

    Raises:
        RunError: Dask is not installed, or the cluster cannot be reached or fails.
    """
    distributed = _distributed()
    with ExitStack() as stack:
        try:
            cluster = scheduler or stack.enter_context(_local(distributed))
            client = stack.enter_context(distributed.Client(cluster, set_as_default=False))
        except (OSError, ValueError) as error:
            raise RunError(
                f"the scheduler `{scheduler}` cannot be reached: {error}",
                hint="its address is like tcp://10.0.0.1:8786",
            ) from error
        # A task, not scattered data: what a dead worker held, another makes again.
        sent = client.submit(_same, job)
        workers = max(1, len(client.scheduler_info()["workers"]))

        def submit(chunk: Chunk) -> _Remote:
            return _Remote(client.submit(score_chunk, sent, chunk, pure=False))

        yield Engine(submit, 2 * workers)


class _Remote:
    """A chunk on the cluster."""

    def __init__(self, future: Any) -> None:  # noqa: ANN401 - distributed has no types
        self._future = future

    def result(self) -> Scored:
        distributed = _distributed()
        try:
            scored: Scored = self._future.result()
        except (distributed.KilledWorker, distributed.CancelledError) as error:
            raise RunError(
                f"the cluster gave up on a chunk: {str(error).splitlines()[0]}",
                hint="the rows so far are kept: the same command goes on",
            ) from error
        return scored


def _distributed() -> Any:  # noqa: ANN401 - distributed has no types
    # Here, not above: nobody else needs it installed.
    try:
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise RunError(
            "Dask is not installed", hint="pip install 'modelpress[pipeline,dask]'"
        ) from error
    return distributed


def _local(distributed: Any) -> Any:  # noqa: ANN401 - distributed has no types
    return distributed.LocalCluster(
        n_workers=os.cpu_count() or 1, threads_per_worker=1, dashboard_address=None
    )


def _same(job: Job) -> Job:
    return job
