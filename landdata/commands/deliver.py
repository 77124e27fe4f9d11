"""The command that delivers: on the server straight into the flow, or from an office's own desk over HTTP."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from landdata.commands import console
from landdata.connectors import service
from landdata.connectors.service import ServiceClient
from landdata.flows import receive, verdict
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, Finding, Kind, Severity, State
from landdata.model.progress import Stage
from landdata.reading.packing import pack
from landdata.store import keys as key_files

_LOOK_SECONDS = 0.5
_EXIT = {State.PUBLISHED.value: 0, "SUPERSEDED": 0, State.WAITING.value: 3}
_ENDS = {State.PUBLISHED.value: "ĐÃ CÔNG BỐ / PUBLISHED", State.WAITING.value: "CHỜ NGƯỜI THỨ HAI / WAITING"}
_PARTS = {
    "rows_new": "mới / new",
    "rows_changed": "thay đổi / changed",
    "rows_unchanged": "không đổi / unchanged",
    "rows_waiting": "chờ / waiting",
    "rows_refused": "trả lại / refused",
}


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
    uid, repeated = there.deliver(path, declaration)
    _say_kept(uid, declaration, repeated=repeated)
    if not follow:
        return 0
    _watch(there.follow(uid))
    return _tell(there.view(uid))


def _on_the_server(office: str, path: Path, declaration: Declaration, *, follow: bool) -> int:
    chosen, db = console.chosen(), console.db()
    caller = ProvinceOffice(client_id="", office_code=office, token_id="", address="")
    with _pieces(path) as pieces:
        receipt = receive.receive(
            db,
            data_dir=chosen.data_dir,
            keys=key_files.load(chosen.data_dir),
            caller=caller,
            chunks=pieces,
            declaration=declaration,
            max_bytes=chosen.delivery_max_bytes,
            simulated=chosen.simulated,
        )
    uid = receipt.delivery_uid
    _say_kept(str(uid), declaration, repeated=receipt.repeated)
    if not follow:
        return 0

    def looks(uid: UUID) -> Iterator[dict[str, Any]]:
        while True:
            found = receive.glance(db, caller=caller, delivery_uid=uid)
            yield {"state": found.state.value, "stage": found.stage.value, "done": found.done, "total": found.total}
            if found.state.at_rest:
                return
            time.sleep(_LOOK_SECONDS)

    _watch(looks(uid))
    view = receive.view(db, caller=caller, delivery_uid=uid)
    return _tell(
        {
            "delivery_uid": uid,
            "state": view.state.value,
            "ledger": [asdict(line) for line in view.ledger],
            "refusal": view.refusal and _said(view.refusal["code"], view.refusal["details"]),
            "communes": [
                {
                    "code": one.code,
                    "state": one.state.value,
                    "reasons": [_said(doubt.code, doubt.details) for doubt in one.reasons],
                }
                for one in view.communes
            ],
        }
    )


def _said(code: str, details: Mapping[str, Any]) -> dict[str, str]:
    """A code with its sentences, under the names that the service uses."""
    said = verdict.words(Finding(code, Severity.REFUSES_DELIVERY, "", None, dict(details)))
    names = {"detail": "vi", "detail_en": "en", "mend": "mend_vi", "mend_en": "mend_en"}
    return {"code": code, **{name: said[word] for name, word in names.items()}}


def _watch(looks: Iterable[Mapping[str, Any]]) -> None:
    with console.progress() as report:
        for one in looks:
            if "stage" in one:
                report(Stage(one["stage"]), one["done"], one["total"])


def _say_kept(uid: str, declaration: Declaration, *, repeated: bool) -> None:
    again = "; đã giao trước / delivered before" if repeated else ""
    console.out.print(f"Đã nhận / kept: {uid} (khóa / key {declaration.idempotency_key}){again}")


def _tell(view: Mapping[str, Any]) -> int:
    """Print the ledger and the end; the exit code. The view is the service's, or one with the same members."""
    for line in view["ledger"]:
        parts = " + ".join(f"{line[name]:,} {words}" for name, words in _PARTS.items() if name in line)
        console.out.print(f"{line['layer']}: {line['rows_read']:,} dòng đọc / rows read = {parts}")
    uid, waiting = view["delivery_uid"], State.WAITING.value
    for commune in view["communes"]:
        for reason in commune["reasons"] if commune["state"] == waiting else ():
            console.out.print(f"  {commune['code']} {reason['code']}: {reason['detail']}\n    {reason['detail_en']}")
    if refusal := view["refusal"]:
        console.out.print(f"{refusal['code']} {refusal['detail']}\n  Cách sửa: {refusal['mend']}")
        console.out.print(f"  {refusal['detail_en']}\n  How to mend: {refusal['mend_en']}")
    console.out.print(_ENDS.get(view["state"], view["state"]))
    if view["state"] == waiting:
        console.out.print(f"  Duyệt hay trả lại / agree or send back: landdata deliveries approve|reject {uid}")
    elif not view["refusal"] and any(line["rows_refused"] for line in view["ledger"]):
        console.out.print(f"  Nhận lại các dòng / get the rows back: landdata deliveries refused {uid} -o FILE")
    return _EXIT.get(view["state"], 1)


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
