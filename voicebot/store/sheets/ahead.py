"""Reading ahead: another process understands the next rows of a long table while this one writes."""

import gc
import multiprocessing
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from voicebot.errors import ListError

T = TypeVar("T")

_LONG = 2 * 1024 * 1024  # bytes; shorter files are read before a process has started
_AHEAD = 16  # items on the way, for a transaction's time
_PATIENCE = 10.0  # seconds for the other process to notice that nobody listens
_COLLECTIONS = 100_000  # new objects before Python looks for cycles among them, instead of 700


@dataclass(frozen=True)
class _End:
    """The last that the other process says."""

    error: Exception | None


@contextmanager
def read_ahead(path: Path, produce: Callable[[], Iterator[T]]) -> Iterator[Iterator[T]]:
    """What `produce` gives, made by another process if the file is long: say a thousand rows an item.

    `produce` is a function of a module, or a `partial` or a bound method of what can be pickled; its errors are
    raised here. The other process ends with this one, whatever ends it.

    Raises:
        ListError: the other process was killed.
    """
    if not path.is_file() or path.stat().st_size < _LONG:
        yield produce()
        return
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    receiver, sender = context.Pipe(duplex=False)
    reader = context.Process(target=_read, args=(produce, sender), name="table reader", daemon=True)
    reader.start()
    sender.close()  # the other process has it: only so its end is noticed
    try:
        with _few_collections():
            yield _received(receiver, path)
    finally:
        receiver.close()
        reader.join(_PATIENCE)
        if reader.is_alive():
            reader.kill()


def _received(receiver: Connection, path: Path) -> Iterator[Any]:
    while True:
        try:
            item = receiver.recv()
        except EOFError:
            mend = "Проверьте, хватает ли памяти, и загрузите файл ещё раз: добавится только остаток."
            raise ListError("чтение файла оборвалось", place=str(path), mend=mend) from None
        if not isinstance(item, _End):
            yield item
        elif item.error is None:
            return
        else:
            raise item.error


def _read(produce: Callable[[], Iterator[Any]], sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who writes
    error: Exception | None = None
    on_the_way: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1) as post, _few_collections():
        try:
            for item in produce():
                on_the_way.append(post.submit(sender.send, item))
                if len(on_the_way) > _AHEAD:
                    on_the_way.popleft().result()
        except BrokenPipeError:
            return  # nobody listens any more
        except Exception as raised:
            raised.add_note(traceback.format_exc())
            error = raised
        with suppress(BrokenPipeError):
            post.submit(sender.send, _End(error)).result()


@contextmanager
def _few_collections() -> Iterator[None]:
    """Rows make no cycles, but there are so many of them that looking for cycles took a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
