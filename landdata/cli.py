"""The command line: what an operator can do, each command one flow; Vietnamese first, English beside it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from landdata.errors import LandDataError
from landdata.flows import agreements, clients, desk, observe, offices, reference, registers, seal
from landdata.model import crs
from landdata.model.agreements import AgreementState
from landdata.model.coverage import Bounded, Coverage
from landdata.model.deliveries import Kind, Profile
from landdata.model.units import Level, Unit
from landdata.settings import settings
from landdata.store import migrate
from landdata.store.engine import Database

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Dịch vụ chia sẻ dữ liệu đất đai / Land data sharing service"
)
_groups = {
    name: typer.Typer(no_args_is_help=True, help=text)
    for name, text in {
        "db": "Cơ sở dữ liệu / Database",
        "reference": "Dữ liệu tham chiếu / Reference data",
        "units": "Đơn vị hành chính / Administrative units",
        "crs": "Hệ tọa độ VN-2000 / VN-2000 coordinates",
        "access-log": "Nhật ký truy cập / Access log",
        "offices": "Cơ quan / Offices",
        "clients": "Hệ thống OAuth / OAuth clients",
        "agreements": "Thỏa thuận chia sẻ / Sharing agreements",
    }.items()
}
for _name, _group in _groups.items():
    app.add_typer(_group, name=_name)
out = Console(soft_wrap=True, highlight=False, markup=False)
_LEVELS = {Level.PROVINCE: "Tỉnh / provinces", Level.DISTRICT: "Huyện / districts", Level.COMMUNE: "Xã / communes"}


class Format(StrEnum):
    """How a command prints its answer."""

    TEXT = "text"
    JSON = "json"


Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Ngày / day, yyyy-mm-dd")]
AsFormat = Annotated[Format, typer.Option("--format", help="text hoặc / or json")]
OfLevel = Annotated[Level | None, typer.Option("--level", help="Cấp / level")]


def _db() -> Database:
    return Database(settings().database_url, pool_size=2)


def _day(given: datetime | None) -> date:
    return given.date() if given else date.today()  # noqa: DTZ011 - the operator's own calendar


def _json(value: Any) -> None:
    def plain(one: Any) -> Any:
        if is_dataclass(one) and not isinstance(one, type):
            return asdict(one)
        return one.isoformat() if isinstance(one, date | datetime) else str(one)

    # Through the bare stream: a console wraps and colours, JSON must arrive as it is.
    sys.stdout.write(json.dumps(value, default=plain, ensure_ascii=False, indent=2) + "\n")


@_groups["db"].command("bootstrap")
def db_bootstrap() -> None:
    """Việc của superuser: phần mở rộng, hệ tọa độ / Superuser's part: extensions, coordinate systems."""
    chosen = settings()
    role = Database(chosen.database_url, pool_size=1).engine.url.username or "landdata"
    migrate.bootstrap(Database(chosen.admin_url or chosen.database_url, pool_size=1), role)
    out.print("Đã sẵn sàng / Ready: postgis, btree_gist, spatial_ref_sys")


@_groups["db"].command("migrate")
def db_migrate() -> None:
    """Đưa lược đồ lên bản mới nhất / Bring the schema up to date."""
    migrate.migrate(_db())
    out.print("Lược đồ đã mới nhất / The schema is up to date")


@_groups["db"].command("status")
def db_status() -> None:
    """Còn thiếu gì / What is missing. Exit code 1 when something is."""
    lacking = migrate.missing(_db())
    if not lacking:
        migrate.check_current(_db())
    out.print("Đủ / Complete" if not lacking else f"Còn thiếu / Missing: {', '.join(lacking)}")
    raise typer.Exit(1 if lacking else 0)


@_groups["reference"].command("load")
def reference_load(
    folder: Annotated[Path | None, typer.Option("--from", help="Thư mục / folder")] = None,
) -> None:
    """Nạp danh mục đơn vị, mã, múi chiếu / Load units, codes, zones; files already loaded are passed over."""
    loaded = reference.load(_db(), folder or settings().reference_dir, progress=lambda name: out.print(f"  {name}"))
    out.print(f"Đã nạp / loaded: {len(loaded.rows)}; không đổi / unchanged: {len(loaded.unchanged)}")


@_groups["units"].command("show")
def units_show(code: str, on: Day = None, level: OfLevel = None, format_: AsFormat = Format.TEXT) -> None:
    """Mã này là đơn vị nào vào ngày đó / What this code was on that day."""
    unit = registers.show(_db(), code=code, level=level, on=_day(on))
    if format_ is Format.JSON:
        _json(unit)
    else:
        out.print(_unit_line(unit))


@_groups["units"].command("versions")
def units_versions(
    code: str, level: Annotated[Level, typer.Option("--level")], format_: AsFormat = Format.TEXT
) -> None:
    """Mọi đời của một mã / Every version of a code."""
    found = registers.versions(_db(), code=code, level=level)
    if format_ is Format.JSON:
        _json(found)
    else:
        for unit in found:
            out.print(_unit_line(unit))


@_groups["units"].command("became")
def units_became(code: str, on: Day = None, level: OfLevel = None, format_: AsFormat = Format.TEXT) -> None:
    """Đơn vị này đã thành gì / What became of it."""
    steps = registers.became(_db(), code=code, level=level, on=_day(on))
    _successions(steps, format_)


@_groups["units"].command("consisted-of")
def units_consisted_of(code: str, on: Day = None, level: OfLevel = None, format_: AsFormat = Format.TEXT) -> None:
    """Đơn vị này gồm những gì / What it was made from."""
    steps = registers.consisted_of(_db(), code=code, level=level, on=_day(on))
    _successions(steps, format_)


def _successions(steps: tuple[Any, ...], format_: Format) -> None:
    if format_ is Format.JSON:
        _json(steps)
        return
    for step in steps:
        old = f"{step.old.code} {step.old.full_name_vi}" if step.old else "-"
        new = f"{step.new.code} {step.new.full_name_vi}" if step.new else "-"
        out.print(f"{step.effective_on}  {old} -> {new}  {step.kind.value} ({step.extent.value})  {step.legal_ref}")


def _unit_line(unit: Unit) -> str:
    until = unit.valid_to or "nay / now"
    return f"{unit.code}  {unit.full_name_vi}  [{unit.level.value}]  {unit.valid_from or '≤ 2021-11-01'} .. {until}"


@app.command("coverage")
def coverage(
    on: Day = None,
    division: Annotated[str | None, typer.Option("--division", help="2023 hoặc / or 2025")] = None,
    known_at: Annotated[datetime | None, typer.Option("--known-at", help="Theo hiểu biết lúc / as known at")] = None,
    format_: AsFormat = Format.TEXT,
) -> None:
    """Số đơn vị đã kết nối / Connected units by level, and parcels."""
    found = observe.national(_db(), on=_day(on), division=division, known_at=known_at)
    if format_ is Format.JSON:
        _json(found)
        return
    table = Table(title=f"Ngày / on {found.on} · phân chia / division {found.division}", title_justify="left")
    for heading in ("Cấp / level", "Đã kết nối / connected", "Tổng số / total"):
        table.add_column(heading, justify="left" if heading.startswith("Cấp") else "right")
    for one in found.levels:
        table.add_row(_LEVELS[one.level], _bounded(one.connected), f"{one.total:,}")
    out.print(table)
    out.print(_notes(found))


def _bounded(count: Bounded) -> str:
    return f"{count.at_least:,}" if count.exact else f"{count.at_least:,} .. {count.at_most:,}"


def _notes(found: Coverage) -> str:
    lines = [f"Thửa đất / parcels: {found.parcels:,}"]
    if not all(one.connected.exact for one in found.levels):
        lines.append("Ít nhất .. nhiều nhất: có xã bị chia tách / At least .. at most: a commune was split")
    if found.backfilled:
        lines.append("Có số liệu giao nộp lùi ngày / Rests on back-dated deliveries")
    if found.simulated:
        lines.append("MÔ PHỎNG: đơn vị nào đã kết nối là giả định / SIMULATION: which units are connected is made up")
    return "\n".join(lines)


@app.command("check")
def check(
    file: Annotated[list[Path], typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="Tệp / file")],
    as_json: Annotated[bool, typer.Option("--json", help="In JSON / print JSON")] = False,
    effective_on: Annotated[
        datetime | None, typer.Option("--effective-on", formats=["%Y-%m-%d"], help="Ngày hiệu lực / effective day")
    ] = None,
    kind: Annotated[Kind, typer.Option("--kind", help="Loại giao nộp / kind of delivery")] = Kind.FULL,
    epsg: Annotated[int | None, typer.Option("--crs", help="Mã EPSG của múi chiếu / EPSG code of the zone")] = None,
    communes: Annotated[
        str | None, typer.Option("--communes", help="Mã xã, cách bằng dấu phẩy / codes, by comma")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="Mã tỉnh của cơ quan / the office's province")
    ] = None,
    profile: Annotated[
        Profile | None, typer.Option("--profile", help="Hồ sơ; mặc định tự nhận / profile; default: found by looking")
    ] = None,
) -> None:
    """Kiểm tra tệp tại chỗ, không cần cơ sở dữ liệu / Check a file offline. Exit code 1: refused, 2: error."""
    if len(file) != 1:
        raise typer.BadParameter("chỉ nhận một tệp / exactly one file", param_hint="FILE")
    named = frozenset(code.strip() for code in communes.split(",")) if communes is not None else None
    asked = desk.Asked(_day(effective_on), kind, epsg, named, province, profile)
    verdict = desk.check(file[0], asked, settings=settings())
    if as_json:
        _json(verdict.plain())
    else:
        for line in verdict.lines():
            out.print(line)
    raise typer.Exit(0 if verdict.accepted else 1)


@_groups["crs"].command("to-wgs84")
def crs_to_wgs84(epsg: int, easting: float, northing: float) -> None:
    """VN-2000 (đông, bắc) -> WGS 84 (kinh độ, vĩ độ) / easting and northing to longitude and latitude."""
    lon, lat = crs.to_wgs84(epsg, easting, northing)
    sys.stdout.write(f"{lon:.10f} {lat:.10f}\n")


@_groups["crs"].command("from-wgs84")
def crs_from_wgs84(epsg: int, longitude: float, latitude: float) -> None:
    """WGS 84 (kinh độ, vĩ độ) -> VN-2000 (đông, bắc) / longitude and latitude to easting and northing."""
    east, north = crs.from_wgs84(epsg, longitude, latitude)
    sys.stdout.write(f"{east:.4f} {north:.4f}\n")


@_groups["access-log"].command("seal")
def access_log_seal() -> None:
    """Niêm phong các dòng mới / Seal what is new."""
    made = seal.seal(_db(), data_dir=settings().data_dir)
    out.print(f"Niêm phong / seal {made.seal_no}: {made.entries}" if made else "Không có dòng mới / nothing new")


@_groups["access-log"].command("verify")
def access_log_verify(format_: AsFormat = Format.TEXT) -> None:
    """Kiểm tra toàn bộ nhật ký / Verify the whole log. Exit code 1 when it was tampered with."""
    verdict = seal.verify(_db(), data_dir=settings().data_dir)
    if format_ is Format.JSON:
        _json(verdict)
    else:
        out.print(
            f"{verdict.seals} niêm phong / seals, {verdict.sealed} dòng đã niêm phong / entries sealed, "
            f"{verdict.unsealed} chưa / not yet, {verdict.anchors} neo / anchors"
        )
        for first, many in verdict.gaps:
            out.print(f"  khoảng trống / gap: {many} số từ / numbers from {first} (yêu cầu bị hủy / rolled back)")
        for fault in verdict.faults:
            out.print(f"  SAI / FAULT: {fault}")
        out.print("NGUYÊN VẸN / INTACT" if verdict.intact else "ĐÃ BỊ SỬA / TAMPERED WITH")
    raise typer.Exit(0 if verdict.intact else 1)


@_groups["offices"].command("list")
def offices_list() -> None:
    """Các cơ quan / All offices."""
    for one in offices.every(_db()):
        out.print(f"{one.code:<12} {one.kind:<12} {one.name_vi} / {one.name_en}")


@_groups["offices"].command("add-person")
def offices_add_person(login: str, full_name: str, office_code: str) -> None:
    """Đăng ký cán bộ / Register an official."""
    offices.register_person(_db(), login=login, full_name=full_name, office_code=office_code)


@_groups["offices"].command("add")
def offices_add(
    code: str,
    name_vi: str,
    name_en: str,
    province: Annotated[
        list[str], typer.Option("--province", help="Mã tỉnh / province code; lặp lại được / repeatable")
    ],
    on: Day = None,
) -> None:
    """Đăng ký cơ quan đất đai và địa bàn / Register a land office and its provinces."""
    charge = [(one, _day(on)) for one in province]
    offices.register_land_office(_db(), code=code, name_vi=name_vi, name_en=name_en, provinces=charge)


@_groups["offices"].command("grant-backfill")
def offices_grant_backfill(
    office_code: str,
    reason: Annotated[str, typer.Option()],
    requested_by: Annotated[str, typer.Option()],
    approved_by: Annotated[str, typer.Option()],
) -> None:
    """Cho phép lùi ngày, hai người duyệt / Allow back-dating, by two persons."""
    offices.grant_backfill(
        _db(), office_code=office_code, reason=reason, requested_by=requested_by, approved_by=approved_by
    )


@_groups["clients"].command("list")
def clients_list() -> None:
    """Các hệ thống đã đăng ký / Registered clients."""
    for one in clients.list_clients(_db()):
        state = "bật / on" if one.enabled else "tắt / off"
        out.print(f"{one.client_id:<20} {one.office_code:<12} {state}  {' '.join(sorted(one.scopes))}")


@_groups["clients"].command("register")
def clients_register(
    client_id: str,
    office_code: str,
    jwks: Annotated[Path, typer.Option(help="Tệp khóa công khai / file of public keys (JWKS)")],
    scope: Annotated[list[str], typer.Option(help="Lặp lại được / repeatable")],
) -> None:
    """Đăng ký một hệ thống / Register a client."""
    keys = json.loads(jwks.read_text(encoding="utf-8"))
    clients.register(_db(), client_id=client_id, office_code=office_code, jwks=keys, scopes=frozenset(scope))


@_groups["clients"].command("disable")
def clients_disable(client_id: str) -> None:
    """Tắt một hệ thống / Disable a client; it bites within the promised delay."""
    clients.disable(_db(), client_id=client_id)


@_groups["agreements"].command("list")
def agreements_list() -> None:
    """Các thỏa thuận / All agreements."""
    for one in agreements.every(_db()):
        out.print(f"{one.code:<20} {one.client_id:<20} {one.state:<10} {one.valid_from} .. {one.valid_to or ''}")


@_groups["agreements"].command("set-state")
def agreements_set_state(code: str, state: AgreementState) -> None:
    """Tạm dừng, mở lại, kết thúc / Suspend, resume, end."""
    agreements.set_state(_db(), code=code, state=state)


def main() -> None:
    """Run a command; a domain error becomes two sentences, what to do, and exit code 2."""
    try:
        app()
    except LandDataError as error:
        sys.stderr.write(
            f"{error.code}\n{error.sentence('vi')} {error.mend('vi')}\n{error.sentence('en')} {error.mend('en')}\n"
        )
        sys.exit(2)
