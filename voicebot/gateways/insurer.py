"""An insurer's policy check over HTTP, within a time limit.

`GET {url}/policies/{number}?birth_date=1970-01-15&country=TR` answers with a JSON object: `standing` (`store.policies.
Standing`), and as far as it knows them `certain` (the birth date is the holder's), `insurer`, `holder`, `programme`,
`deductible`, `currency`, `vip`, `hints`. 404 means: no such policy.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Self
from urllib.parse import quote

import aiohttp
from pydantic import TypeAdapter, ValidationError

from voicebot import config
from voicebot.errors import OutsideError
from voicebot.store.policies import PolicyCheck, Standing

_CHECK: TypeAdapter[PolicyCheck] = TypeAdapter(PolicyCheck)
_MEND = "See [insurer] in docs/settings.md; until then the local list of policies is used."


@dataclass(frozen=True)
class HttpPolicyChecker:
    """Implements `PolicyChecker`."""

    session: aiohttp.ClientSession
    url: str

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: config.Insurer) -> AsyncIterator[Self]:
        """Connections are kept between calls."""
        token = settings.token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        limit = aiohttp.ClientTimeout(total=settings.timeout.total_seconds())
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
            yield cls(session, settings.url.rstrip("/"))

    async def check(self, number: str, *, birth_date: date | None, country: str) -> PolicyCheck:
        """As `PolicyChecker.check`.

        Raises:
            OutsideError: refused, no answer in time, or one that is not understood.
        """
        asked = {"birth_date": birth_date.isoformat() if birth_date else "", "country": country}
        query = {name: value for name, value in asked.items() if value}
        try:
            async with self.session.get(f"{self.url}/policies/{quote(number, safe='')}", params=query) as response:
                if response.status == 404:
                    return PolicyCheck(standing=Standing.UNKNOWN)
                response.raise_for_status()
                found = _CHECK.validate_json(await response.read())
                return replace(found, policy_id=None)  # ids are of our own list
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutsideError(f"no answer: {type(error).__name__}", place="insurer", mend=_MEND) from error
        except ValidationError as error:
            key = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise OutsideError(f"an answer that is none: {key or 'no JSON'}", place="insurer", mend=_MEND) from None
