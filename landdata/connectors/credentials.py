"""How a pull proves itself to a province's service: password, key in a header, or a token; secrets stay in their files."""

from __future__ import annotations

import base64
import stat
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from pydantic_core import from_json

from landdata.connectors import wire
from landdata.connectors.addresses import Network
from landdata.errors import ConnectionSecretUnreadable, PullDenied, PullUnreadable
from landdata.model.connections import Credential, Terms

_LARGEST = 1 << 16
_EARLY_SECONDS = 30.0


def secret(folder: Path, name: str) -> bytes:
    """What a secret's file holds, without white space around it. Raises ConnectionSecretUnreadable.

    A name leads nowhere else, and a file that others can read is no secret.
    """
    path = folder / "connections" / name
    try:
        seen = path.stat(follow_symlinks=False) if name and Path(name).name == name else None
        kept = seen is not None and stat.S_ISREG(seen.st_mode) and not seen.st_mode & 0o077
        content = path.read_bytes().strip() if kept and seen and seen.st_size <= _LARGEST else b""
    except OSError:
        content = b""
    if not content:
        raise ConnectionSecretUnreadable(file=name[:60] or "-")
    return content


class Plain:
    """The same headers with every request; none for a service that is open to all."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    async def headers(self, *, anew: bool) -> Mapping[str, str]:
        del anew
        return self._headers


class Token:
    """OAuth 2 client credentials: a token is fetched when needed and used until shortly before it ends."""

    def __init__(self, address: str, client_id: str, key: str, networks: Sequence[Network]) -> None:
        self._address, self._client_id, self._key, self._networks = address, client_id, key, networks
        self._token, self._ends = "", 0.0

    async def headers(self, *, anew: bool) -> Mapping[str, str]:
        if anew or time.monotonic() >= self._ends:
            await self._fetch()
        return {"Authorization": f"Bearer {self._token}"}

    async def _fetch(self) -> None:
        # A client of its own: it may be another host, and must not share a connection with the service's.
        try:
            async with (
                wire.client(self._networks) as http,
                http.stream(
                    "POST",
                    self._address,
                    data={"grant_type": "client_credentials"},
                    auth=httpx.BasicAuth(self._client_id, self._key),
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                ) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise PullDenied(status=answer.status_code)
                body = b""
                async for piece in answer.aiter_raw():
                    body += piece
                    if len(body) > _LARGEST:
                        raise PullUnreadable(reason="token")
        except httpx.TransportError as error:
            raise wire.told(error) from error
        try:
            said = from_json(body)
            self._token = str(said["access_token"])
            self._ends = time.monotonic() + float(said.get("expires_in", 60)) - _EARLY_SECONDS
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise PullUnreadable(reason="token") from error


def authorization(terms: Terms, folder: Path, networks: Sequence[Network]) -> wire.Authorization:
    """What goes along with every request. Raises ConnectionSecretUnreadable."""
    if terms.credential in {Credential.NONE, Credential.SSH_KEY}:
        return Plain({})
    try:
        text = secret(folder, terms.secret_file).decode("utf-8" if terms.credential is Credential.BASIC else "ascii")
    except UnicodeDecodeError:
        text = "\n"
    if not text.isprintable():
        raise ConnectionSecretUnreadable(file=terms.secret_file)
    if terms.credential is Credential.BASIC:
        pair = base64.b64encode(f"{terms.user_name}:{text}".encode()).decode()
        return Plain({"Authorization": f"Basic {pair}"})
    if terms.credential is Credential.API_KEY:
        return Plain({terms.header: text})
    return Token(terms.token_address, terms.user_name, text, networks)
