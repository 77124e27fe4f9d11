"""An office's SFTP drop area: which files are complete, their bytes, and putting away what was taken; knows no delivery.

A file is complete when `NAME.done` lies beside it, or when its size and time are what they were at the last look. Names that
end in .part, .tmp or .filepart, or begin with a dot, are never taken; `NAME.json` speaks of `NAME` as in the drop folder.
"""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from landdata.connectors import wire
from landdata.connectors.addresses import Network
from landdata.errors import (
    ConnectionSecretUnreadable,
    PullAbsent,
    PullDenied,
    PullHostKey,
    PullLeadsAway,
    PullTooLarge,
)
from landdata.model.connections import PullLimits, Spent, Terms

if TYPE_CHECKING:
    import asyncssh

# Size in bytes, time of change in seconds.
Stamp = tuple[int, int]
_HALF = (".part", ".tmp", ".filepart")
_DONE, _SAID, _TAKEN = ".done", ".json", "taken"
_MOST_NAMES = 5_000
_MOST_SAID = 1 << 16
_PIECE = 1 << 18
_SILENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the drop area; `said` is the name of its declarations, if there are any."""

    name: str
    stamp: Stamp
    complete: bool
    said: str | None


class Drop:
    """The registered folder. Every call raises a PullFailed."""

    def __init__(self, client: asyncssh.SFTPClient, folder: str, *, limits: PullLimits, spent: Spent) -> None:
        self._client, self._folder, self._limits, self._spent = client, folder, limits, spent

    async def look(self, seen: Mapping[str, Stamp]) -> list[Found]:
        """What lies there, by name; links and folders are none of it. `seen`: how it was at the last look."""
        names: dict[str, Stamp] = {}
        async for one in self._client.scandir(self._folder):
            name = one.filename if isinstance(one.filename, str) else one.filename.decode(errors="replace")
            mode = one.attrs.permissions or 0
            if stat.S_ISREG(mode) and "/" not in name and name.isprintable():
                names[name] = (int(one.attrs.size or 0), int(one.attrs.mtime or 0))
            if len(names) > _MOST_NAMES:
                raise PullTooLarge(what="files", limit=_MOST_NAMES)
        return [
            Found(
                name,
                stamp,
                complete=f"{name}{_DONE}" in names or seen.get(name) == stamp,
                said=f"{name}{_SAID}" if f"{name}{_SAID}" in names else None,
            )
            for name, stamp in sorted(names.items())
            if name != _TAKEN
            and not name.startswith(".")
            and not name.endswith((*_HALF, _DONE))
            and not _declares(name)
        ]

    async def fetch(self, name: str, target: Path) -> None:
        """The bytes of a file; counted, however large it says it is."""
        async with self._client.open(self._at(name), "rb") as source:
            with target.open("wb") as file:
                while piece := await source.read(_PIECE):
                    data = piece if isinstance(piece, bytes) else piece.encode()
                    self._spent.size_bytes += len(data)
                    if self._spent.size_bytes > self._limits.total_bytes:
                        raise PullTooLarge(what="bytes", limit=self._limits.total_bytes)
                    file.write(data)
        self._spent.pages += 1

    async def declarations(self, name: str) -> bytes:
        """What was declared beside a file, at most 64 KiB of it."""
        async with self._client.open(self._at(name), "rb") as source:
            data = await source.read(_MOST_SAID + 1)
        return data if isinstance(data, bytes) else data.encode()

    async def put_away(self, name: str, mark: str) -> bool:
        """Move a file and what belongs to it to `taken`; False where the office does not let us. Safe to repeat."""
        import asyncssh

        moved = True
        for part in (f"{name}{_SAID}", f"{name}{_DONE}", name):
            try:
                if not await self._client.exists(self._at(part)):
                    continue
                if not await self._client.isdir(self._at(_TAKEN)):
                    await self._client.mkdir(self._at(_TAKEN))
                await self._client.rename(self._at(part), self._at(f"{_TAKEN}/{mark}-{part}"))
            except asyncssh.SFTPError:
                moved = False
        return moved

    def _at(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"


@asynccontextmanager
async def opened(
    terms: Terms, key: bytes, *, networks: Sequence[Network], limits: PullLimits, spent: Spent
) -> AsyncIterator[Drop]:
    """The drop area, for as long as the block lasts: the server proves itself by the registered key, we by ours."""
    import asyncssh

    parts = urlsplit(terms.address)
    try:
        host, port = parts.hostname or "", parts.port or 22
    except ValueError:
        raise PullLeadsAway(where="?") from None
    try:
        ours = asyncssh.import_private_key(key)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise ConnectionSecretUnreadable(file=terms.secret_file) from error
    try:
        theirs = asyncssh.import_public_key(terms.host_key)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise PullHostKey from error
    try:
        async with (
            asyncssh.connect(
                (await wire.lookup(host, port, secure=True, networks=networks))[0],
                port,
                username=terms.user_name,
                client_keys=[ours],
                known_hosts=([theirs], [], []),
                server_host_key_algs=_algorithms(theirs),
                # Nothing of the machine's own settings, agents or keys goes along.
                config=None,
                agent_path=None,
                password=None,
                preferred_auth="publickey",
                connect_timeout=15,
                login_timeout=30,
                keepalive_interval=_SILENCE_SECONDS / 4,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            yield Drop(client, unquote(parts.path).rstrip("/") + _below(terms.collection), limits=limits, spent=spent)
    except asyncssh.HostKeyNotVerifiable as error:
        raise PullHostKey from error
    except asyncssh.PermissionDenied as error:
        raise PullDenied(status="SSH") from error
    except asyncssh.SFTPNoSuchFile as error:
        raise PullAbsent(what="folder") from error
    except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure) as error:
        raise PullDenied(status=type(error).__name__) from error
    except (asyncssh.Error, OSError) as error:
        raise wire.told(error) from error


def _below(folder: str) -> str:
    return f"/{folder.strip('/')}" if folder.strip("/") else ""


def _algorithms(key: asyncssh.SSHKey) -> list[str]:
    """What a key of this kind signs by: a server that also has others shall show this one."""
    return [one.decode() for one in key.sig_algorithms]


def _declares(name: str) -> bool:
    """`thua.gpkg.json` speaks of `thua.gpkg`; `thua.json` is a file of its own."""
    return name.endswith(_SAID) and "." in name.removesuffix(_SAID)
