"""The plumbing below `ari`: aioari with a session of our own, and its failures as our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aioari
import aiohttp
from aiohttp import web_exceptions
from aioswagger11.http_client import AsynchronousHttpClient

from voicebot import config
from voicebot.errors import AriError, AriNotFound

_HEARTBEAT = 5.0  # seconds; a dead connection is noticed after one and a half of them


class HttpClient(AsynchronousHttpClient):  # type: ignore[misc]
    """aioari's HTTP client with a time limit, pings, the password outside the address, and no limit of connections."""

    def __init__(self, settings: config.Ari) -> None:
        self.authenticator = None
        self.websockets: set[aiohttp.ClientWebSocketResponse] = set()
        self.session = aiohttp.ClientSession(
            # one socket per call stays open: aiohttp's own limit of 100 would block requests at 100 calls
            connector=aiohttp.TCPConnector(limit=0),
            headers={"Authorization": aiohttp.encode_basic_auth(settings.user, settings.password.get_secret_value())},
            timeout=aiohttp.ClientTimeout(total=settings.timeout.total_seconds()),
        )

    async def ws_connect(self, url: str, params: dict[str, str] | None = None) -> aiohttp.ClientWebSocketResponse:
        return await self.session.ws_connect(url, params=params, heartbeat=_HEARTBEAT)


async def open_client(settings: config.Ari) -> tuple[aioari.Client, HttpClient]:
    """Log in and learn Asterisk's operations.

    Raises:
        AriError: unreachable, or the user or password is wrong.
    """
    http = HttpClient(settings)
    try:
        with translated(settings):
            await _log_in(http, settings)
            client = aioari.Client(base(settings), http)
            await client.init()
    except BaseException:
        await http.close()
        raise
    return client, http


async def _log_in(http: HttpClient, settings: config.Ari) -> None:
    answer = await http.request("GET", f"{base(settings)}ari/asterisk/info", params={"only": "system"})
    if answer.content_type != "application/json":
        raise AriError("another program than Asterisk answers", place=settings.url, mend="Check [ari] url.")


def base(settings: config.Ari) -> str:
    return settings.url.rstrip("/") + "/"


@contextmanager
def translated(settings: config.Ari) -> Iterator[None]:
    """Failures of requests as AriError, with the mend."""
    try:
        yield
    except (web_exceptions.HTTPUnauthorized, web_exceptions.HTTPForbidden) as error:
        mend = "Compare [ari] user and password with Asterisk's ari.conf."
        refusal = AriError(f"ARI refuses the user {settings.user!r} or the password", place=settings.url, mend=mend)
        refusal.status = error.status
        raise refusal from None
    except web_exceptions.HTTPNotFound as error:
        raise AriNotFound(f"ARI: {_message(error)}", place=settings.url, mend=_ENABLED) from None
    except web_exceptions.HTTPException as error:
        refusal = AriError(f"ARI: {error.status} {_message(error)}", place=settings.url)
        refusal.status = error.status
        raise refusal from None
    except TimeoutError:
        limit = settings.timeout.total_seconds()
        raise AriError(f"ARI does not answer within {limit:g} s", place=settings.url, mend=_RUNNING) from None
    except aiohttp.ClientError as error:
        raise AriError(f"ARI is not reachable ({_short(error)})", place=settings.url, mend=_RUNNING) from None


_ENABLED = "Is ARI enabled in Asterisk's ari.conf and http.conf?"
_RUNNING = "Does Asterisk run, and is [ari] url its address? Try: voicebot asterisk status."


def _message(error: Any) -> str:
    text = " ".join(str(error.text or error.reason).split())
    return str(error.reason) if text.startswith("<") else text[:200]  # a page for people is not from ARI


def _short(error: aiohttp.ClientError) -> str:
    reason = getattr(error, "os_error", None)
    return reason.strerror if reason is not None and reason.strerror else type(error).__name__


def socket_url(settings: config.Ari, path: str) -> str:
    """The address of a WebSocket on the same server."""
    scheme = "wss" if urlsplit(settings.url).scheme == "https" else "ws"
    return f"{scheme}://{urlsplit(settings.url).netloc}/{path}"
