"""Lines typed on standard input, without holding up the event loop."""

import asyncio
import sys
import threading


async def typed_line(prompt: str = "") -> str | None:
    """The next line; None at the end of the input.

    A daemon thread waits for it: a thread of the loop's own pool would keep the program from ending on Ctrl-C.
    """
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str | None] = loop.create_future()

    def settle(text: str | None) -> None:
        if not line.done():
            line.set_result(text)

    def wait() -> None:
        print(prompt, end="", flush=True)
        text = sys.stdin.readline()
        if not sys.stdin.isatty():
            print(text.rstrip("\n"))  # what a terminal would have shown
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, text.rstrip("\n") if text else None)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
    return await line
