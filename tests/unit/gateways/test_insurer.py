"""The insurer's check, against a server that speaks its protocol."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr

from voicebot.config import Insurer
from voicebot.errors import OutsideError
from voicebot.gateways.insurer import HttpPolicyChecker
from voicebot.store.policies import PolicyCheck, Standing

Answer = Callable[[web.Request], Awaitable[web.Response]]
VALID = {
    "standing": "valid",
    "certain": True,
    "insurer": "Альфа",
    "holder": "Петров Пётр",
    "deductible": 50,
    "policy_id": 7,
}


@asynccontextmanager
async def insurer(answer: Answer, patience: timedelta = timedelta(seconds=30)) -> AsyncIterator[HttpPolicyChecker]:
    app = web.Application()
    app.router.add_get("/api/policies/{number}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        async with HttpPolicyChecker.open(Insurer(url=url, token=SecretStr("geheim"), timeout=patience)) as checker:
            yield checker
    finally:
        await runner.cleanup()


async def test_the_insurer_hears_number_birth_date_country_and_token_and_its_answer_is_believed() -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.match_info["number"], dict(request.query), request.headers["Authorization"]))
        return web.json_response(VALID)

    async with insurer(answer) as checker:
        found = await checker.check("АБ1/2", birth_date=date(1970, 1, 15), country="TR")
        await checker.check("1", birth_date=None, country="")
    assert found == PolicyCheck(
        standing=Standing.VALID, certain=True, insurer="Альфа", holder="Петров Пётр", deductible=50.0
    )
    assert asked[0] == ("АБ1/2", {"birth_date": "1970-01-15", "country": "TR"}, "Bearer geheim")
    assert asked[1][1] == {}


async def test_a_policy_that_the_insurer_does_not_know_is_unknown() -> None:
    async def answer(_: web.Request) -> web.Response:
        raise web.HTTPNotFound

    async with insurer(answer) as checker:
        assert await checker.check("1", birth_date=None, country="") == PolicyCheck(standing=Standing.UNKNOWN)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{}", 500), (b"{}", 401), (b"no json", 200), (b'{"standing": "perhaps"}', 200), (b"{}", 200)],
    ids=["broken", "refused", "no json", "strange", "empty"],
)
async def test_an_answer_that_is_none_is_an_error_that_names_no_person(body: bytes, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    async with insurer(answer) as checker:
        with pytest.raises(OutsideError) as raised:
            await checker.check("АБ12345", birth_date=date(1970, 1, 15), country="TR")
    assert "АБ12345" not in str(raised.value) and "1970" not in str(raised.value)


async def test_an_insurer_that_says_nothing_is_not_waited_for() -> None:
    never = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await never.wait()
        return web.json_response(VALID)

    async with insurer(answer, patience=timedelta(milliseconds=50)) as checker:
        with pytest.raises(OutsideError, match="TimeoutError"):
            await checker.check("1", birth_date=None, country="")
        never.set()


async def test_an_insurer_that_is_not_there_is_an_error() -> None:
    async with HttpPolicyChecker.open(Insurer(url="http://127.0.0.1:9")) as checker:
        with pytest.raises(OutsideError, match="no answer"):
            await checker.check("1", birth_date=None, country="")
