"""Messages to consumers' endpoints over HTTP: all at once, each within five seconds, no redirect followed.

A name is resolved here, judged, and the very address that was judged is called: a name server that answers otherwise a
moment later (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import httpx

from landdata.connectors import addresses, retry_after
from landdata.connectors.addresses import Network, Target
from landdata.errors import WebhookUnfit
from landdata.model.webhooks import Notice, Outcome

TIMEOUT_SECONDS = 5.0
_AT_ONCE = 100


class Webhooks:
    """See `model.ports.Notification`. `networks`: private ones that may be reached."""

    def __init__(self, networks: Sequence[Network] = (), *, trust: ssl.SSLContext | None = None) -> None:
        self._networks = networks
        self._trust = trust

    def send(self, notices: Sequence[Notice]) -> list[Outcome]:
        """See `model.ports.Notification`."""
        return asyncio.run(self._send(notices))

    async def _send(self, notices: Sequence[Notice]) -> list[Outcome]:
        turn = asyncio.Semaphore(_AT_ONCE)
        # No connection is kept: the next one to the same address may be meant for another name.
        async with httpx.AsyncClient(
            verify=self._trust or True,
            trust_env=False,
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_keepalive_connections=0),
        ) as client:

            async def one(notice: Notice) -> Outcome:
                async with turn:
                    return await self._outcome(client, notice)

            return list(await asyncio.gather(*map(one, notices)))

    async def _outcome(self, client: httpx.AsyncClient, notice: Notice) -> Outcome:
        try:
            # Of the whole: an endpoint that sends a byte now and then would outlast every timeout of a part.
            async with asyncio.timeout(TIMEOUT_SECONDS):
                where = addresses.target(notice.url)
                found = await asyncio.to_thread(addresses.resolve, where)
                addresses.require(where, found, self._networks)
                return await _post(client, notice, where, found)
        except WebhookUnfit:
            return Outcome(notice.client_id, "ADDRESS_REFUSED")
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(notice.client_id, "TIMEOUT")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Outcome(notice.client_id, "UNREACHABLE")


async def _post(client: httpx.AsyncClient, notice: Notice, where: Target, found: Sequence[str]) -> Outcome:
    """The answer of the first address that takes a connection; what it says beyond that is not read."""
    host = f"[{where.host}]" if ":" in where.host else where.host
    headers = {**notice.headers, "Host": f"{host}:{where.port}"}
    for address in found:
        literal = f"[{address}]" if ":" in address else address
        url = f"{'https' if where.secure else 'http'}://{literal}:{where.port}{where.path}"
        request = client.build_request("POST", url, content=notice.body, headers=headers)
        request.extensions["sni_hostname"] = where.host
        try:
            answer = await client.send(request, stream=True)
        except httpx.ConnectError:
            continue
        await answer.aclose()
        wait = retry_after.seconds(answer.headers.get("retry-after", ""))
        return Outcome(notice.client_id, str(answer.status_code), wait)
    return Outcome(notice.client_id, "UNREACHABLE")
