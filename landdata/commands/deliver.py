"""The command that delivers: on the server straight into the flow, or from an office's own desk over HTTP."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import console, following
from landdata.connectors import service
from landdata.connectors.service import ServiceClient
from landdata.flows import receive
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, Kind
from landdata.reading.packing import pack
from landdata.store import disks
from landdata.store import keys as key_files


def deliver(
    file: console.Files,
    office: Annotated[
        str | None, typer.Option("--office", help="Mã cơ quan, trên máy chủ / office, on the server")
    ] = None,
    kind: console.OfKind = Kind.FULL,
    effective_on: console.EffectiveOn = None,
    epsg: console.OfZone = None,
    communes: console.OfCommunes = None,
    profile: console.OfProfile = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Khóa chống trùng; mặc định theo nội dung / idempotency key")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Địa chỉ dịch vụ / address of the service")] = None,
    client: Annotated[str | None, typer.Option("--client", help="Mã hệ thống OAuth / OAuth client")] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", exists=True, dir_okay=False, help="Khóa riêng / private key (JWK, PEM)")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Chờ đến khi xong / wait for the end")] = False,
) -> None:
    """Giao nộp / Deliver. Exit code 0: kept (with --follow: published), 1: refused, 3: waits for a second person, 2: error."""
    if (url is None) == (office is None) or (url is not None) != (client is not None and key_file is not None):
        raise typer.BadParameter(
            "--office CODE trên máy chủ, hoặc cả / on the server, or all of --url --client --key-file",
            param_hint="--office",
        )
    with tempfile.TemporaryDirectory(prefix="landdata-deliver-") as folder:
        path = file[0] if len(file) == 1 else pack(file, Path(folder) / f"{file[0].stem}.zip")
        declaration = Declaration(
            idempotency_key=key or "",
            file_name=path.name,
            kind=kind,
            profile=profile,
            effective_on=effective_on.date() if effective_on else None,
            epsg=epsg,
            communes=console.communes(communes),
        )
        declaration = replace(declaration, idempotency_key=key or _key(path, declaration))
        if url is not None and client is not None and key_file is not None:
            with service.connect(url, client_id=client, key_file=key_file) as there:
                code = _over_http(there, path, declaration, follow=follow)
        else:
            code = _on_the_server(office or "", path, declaration, follow=follow)
    raise typer.Exit(code)


def _over_http(there: ServiceClient, path: Path, declaration: Declaration, *, follow: bool) -> int:
    with console.sending(path.stat().st_size) as report:
        uid, repeated = there.deliver(path, declaration, report=report)
    _say_kept(uid, declaration, repeated=repeated)
    if not follow:
        return 0
    following.watch(there.follow(uid))
    return following.tell(there.view(uid))


def _on_the_server(office: str, path: Path, declaration: Declaration, *, follow: bool) -> int:
    chosen, db = console.chosen(), console.db()
    disks.require_room(chosen.disks, share=chosen.disk_refuse_share)
    disks.require_fit(chosen.data_dir, size_bytes=path.stat().st_size, share=chosen.disk_refuse_share)
    caller = ProvinceOffice(client_id="", office_code=office, token_id="", address="")
    with _pieces(path) as pieces:
        receipt = receive.receive(
            db,
            data_dir=chosen.data_dir,
            keys=key_files.Keys(chosen.key_folder),
            caller=caller,
            chunks=pieces,
            declaration=declaration,
            max_bytes=chosen.delivery_max_bytes,
            simulated=chosen.simulated,
            raw_copy=chosen.raw_copy,
        )
    uid = receipt.delivery_uid
    _say_kept(str(uid), declaration, repeated=receipt.repeated)
    if not follow:
        return 0

    following.watch(following.looks(db, uid))
    return following.tell(following.answer(receive.view(db, caller=caller, delivery_uid=uid)))


def _say_kept(uid: str, declaration: Declaration, *, repeated: bool) -> None:
    again = "; đã giao trước / delivered before" if repeated else ""
    console.out.print(f"Đã nhận / kept: {uid} (khóa / key {declaration.idempotency_key}){again}")


def _key(path: Path, declaration: Declaration) -> str:
    """The same file with the same declarations is the same delivery, however often the command is given."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(declaration).encode())
    return f"landdata-{digest.hexdigest()[:40]}"


@contextmanager
def _pieces(path: Path) -> Iterator[Iterator[bytes]]:
    with path.open("rb") as file:
        yield iter(lambda: file.read(1 << 20), b"")
