"""Reports: their figures are those of every other question, they add up, are made once, are signed, and say what they are."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import unicodedata
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from landworld import COMMUNES
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from tsaworld import authority

from landdata.commands import console
from landdata.errors import (
    ReportAltered,
    ReportFileDamaged,
    ReportFileUnknown,
    ReportKeyThere,
    ReportKeyUnusable,
    ReportSignerUnknown,
    ReportStampMissing,
    ReportUnfit,
    ReportUnknown,
    ReportUnsigned,
)
from landdata.flows import ladder, movements, observe, report_content, reports, sources
from landdata.flows.reports import Press
from landdata.model.coverage_rules import Rung
from landdata.model.movements import NAMES, End
from landdata.model.reports import NAMES as FILES
from landdata.model.reports import Form, Language, Step, file_name, quarter_before
from landdata.model.sources import Promise
from landdata.model.units import Level
from landdata.store import report_files, report_keys
from landdata.store import reports as stored
from landdata.writing import report_pdf, signing
from landdata.writing.report_words import Speech
from tests.bench import figures

FEBRUARY, MARCH = date(2023, 2, 28), date(2023, 3, 28)
DUE = date(2030, 5, 17)


def printed(pdf: bytes, *options: str) -> str:
    """Text of a PDF as poppler reads it, in one line; letters and their marks as one."""
    found = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(unicodedata.normalize("NFC", found.stdout.decode()).split())


def pdfsig(pdf: bytes, folder) -> str:
    path = folder / "signed.pdf"
    path.write_bytes(pdf)
    found = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, check=False)
    return found.stdout.decode()


@pytest.fixture(scope="module")
def world(shared_desk, admin_url):
    """Communes of three provinces deliver in two waves; the office of Bắc Giang has promised a first day."""
    name = make_url(shared_desk.db.engine.url).database
    waves = {FEBRUARY: COMMUNES[:2], MARCH: [*COMMUNES[:3], "00001", "00004", "19333"]}
    figures.fill(make_url(admin_url).set(database=name).render_as_string(hide_password=False), waves)
    promised = Promise(first_due_on=DUE, contact="Phòng Kỹ thuật, 0204 3 855 001")
    sources.promise(shared_desk.db, office_code="LO-24", promised=promised, login="lan", reason="thử")
    report_keys.make(shared_desk.settings.key_folder, "Bộ thử nghiệm")
    return shared_desk


@pytest.fixture(scope="module")
def press(world):
    return Press.of(world.settings)


@pytest.fixture(scope="module")
def made(world, press):
    """A report of March against February, in the division of its day."""
    number = reports.ask(world.uploader, on=MARCH, before_on=FEBRUARY, login="lan")
    assert reports.make_waiting(world.worker, press) == (number,)
    return reports.show(world.db, number)


@pytest.fixture(scope="module")
def content(world, made):
    return reports.content_of(world.db, world.data_dir, made.number)


def read(world, made, name: str) -> bytes:
    return reports.file_of(world.db, world.data_dir, made.number, name).content


def test_its_figures_are_those_of_every_other_question(world, made, content):
    now, before = made.wanted.now, made.wanted.before
    asked = {"division": "2023", "known_at": now.known_at}
    whole = observe.national(world.db, on=MARCH, **asked)
    for one in Level:
        told, level = content.headline(f"{one}s"), whole.level(one)
        assert (told.now, told.total) == (level.connected, level.total)
    moved = movements.explain(
        world.db, before=End(FEBRUARY, before.known_at, "2023"), after=End(MARCH, now.known_at, "2023")
    )
    assert content.difference == moved.difference
    assert content.headline("parcels").now.at_least == whole.parcels
    units = {one.code: one for one in observe.units(world.db, on=MARCH, level=Level.PROVINCE, **asked)}
    assert {one.code: (one.communes, one.parcels) for one in content.provinces} == {
        code: (one.communes_connected, one.parcels) for code, one in units.items()
    }
    lacking = {one.code for one in content.missing if one.level is Level.COMMUNE}
    assert len(lacking) == 10_599 - content.headline("communes").now.at_least == 10_593
    [country] = ladder.units(world.db, effective_on=MARCH, known_at=now.known_at, division="2023").units
    connected = country.rung(Rung.CONNECTED).levels
    assert [one.communes for one in content.rungs if one.rung is Rung.CONNECTED] == [connected[-1].connected]


def test_the_parts_add_up(content):
    for name in NAMES:
        for end in ("at_least", "at_most"):
            whole = getattr(getattr(content.difference, name), end)
            assert sum(getattr(getattr(one.moved, name), end) for one in content.parts) == whole
            assert sum(getattr(getattr(one.moved, name), end) for one in content.causes) == whole
    assert content.difference.communes.at_least == 4
    assert {one.name for one in content.newly if one.level is Level.PROVINCE} == {"Thành phố Hà Nội", "Tỉnh Quảng Trị"}


@pytest.mark.parametrize("language", Language)
def test_who_reads_only_the_pdf_knows_what_moved_and_why(world, made, content, language):
    """Its text has the figures of the content in the spelling of the language; fonts are embedded, and it is tagged."""
    pdf, say = read(world, made, f"{language}.pdf"), Speech(language)
    said = printed(pdf)
    for one in content.headlines:
        if one.total is not None:
            assert f"{say.num(one.now.at_least)}/{say.num(one.total)}" in said
    assert say.lead(content) in said
    assert say.change(content) in said
    assert say.signed(content.difference.parcels.at_least) in said
    assert say.source_line(content) in said
    assert "Hoàng Sa" in said
    assert "Trường Sa" in said
    assert "CN=Bộ thử nghiệm" in said
    assert say("SỐ LIỆU MÔ PHỎNG", "SIMULATED DATA") in said
    table = printed(pdf, "-layout")
    for row in content.provinces[:3]:
        assert re.search(rf"{row.code} +{row.full_name} .*{say.pct(row.share)}", table), row
    info = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert re.search(r"Tagged: +yes", info)
    assert "A4" in info
    fonts = (
        subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()[2:]
    )
    assert fonts
    assert all(re.search(r" yes +yes +yes ", line) for line in fonts), "embedded, a part, with Unicode"


def test_the_signature_holds_by_another_program_and_ours(world, made, tmp_path):
    pdf = read(world, made, "vi.pdf")
    said = pdfsig(pdf, tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    keys = world.settings.key_folder
    found = reports.verify(pdf, file="x.pdf", key_folder=keys, db=world.db)
    assert (found.known, found.report, found.stamped_at) == (True, made.number, None)
    with pytest.raises(ReportSignerUnknown):
        reports.verify(pdf, file="x.pdf", key_folder=tmp_path)
    certificate = tmp_path / "known.pem"
    certificate.write_bytes((keys / "report.pem").read_bytes())
    assert reports.verify(pdf, file="x.pdf", key_folder=tmp_path, certificates=(certificate,)).known


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_changed_byte_is_noticed(world, made, place, tmp_path):
    pdf = bytearray(read(world, made, "en.pdf"))
    pdf[int(len(pdf) * place)] ^= 1
    with pytest.raises(ReportAltered):
        reports.verify(bytes(pdf), file="x.pdf", key_folder=world.settings.key_folder)
    assert "Signature is Valid" not in pdfsig(bytes(pdf), tmp_path)


def test_what_is_appended_or_no_report_is_noticed(world, made):
    pdf, keys = read(world, made, "vi.pdf"), world.settings.key_folder
    with pytest.raises(ReportAltered):
        reports.verify(pdf + b"\n% more\n", file="x.pdf", key_folder=keys)
    for other in (b"", b"hello", b"%PDF-1.7\n%%EOF"):
        with pytest.raises(ReportUnsigned):
            reports.verify(other, file="x.pdf", key_folder=keys)


def test_workbook_and_csv_tell_the_same(world, made, content):
    book = openpyxl.load_workbook(io.BytesIO(read(world, made, "vi.xlsx")))
    assert book.sheetnames[0] == "Ghi chú"
    rows = list(book["Xếp hạng"].values)
    league = {row[1]: row for row in rows[1:] if row[1]}
    head = rows[0]
    with zipfile.ZipFile(io.BytesIO(read(world, made, "vi.csv.zip"))) as archive:
        lines = list(csv.DictReader(archive.read("league.csv").decode("utf-8-sig").splitlines()))
        lacking = archive.read("missing-commune.csv").decode("utf-8-sig").splitlines()
    assert len(lacking) == 1 + 10_593
    for one, line in zip(content.provinces, lines, strict=True):
        assert line["Mã"] == one.code
        assert int(line["Xã (≥)"]) == one.communes.at_least == league[one.code][head.index("Xã")]
        assert (line["Ngày"], line["Địa giới"], line["Nguồn"]) == (
            "2023-03-28",
            "2023",
            "stats.coverage_event, stats.rung",
        )
    notes = dict(book["Ghi chú"].values)
    assert notes["Mã băm số liệu"] == made.content_sha256


def test_each_province_has_a_page_for_a_letter(world, made):
    with zipfile.ZipFile(io.BytesIO(read(world, made, "vi.letters.zip"))) as archive:
        names = archive.namelist()
        own, other = (printed(archive.read(name)) for name in ("24-Bac-Giang.pdf", "01-Ha-Noi.pdf"))
    assert len(names) == 63
    assert "Kính gửi: Sở Nông nghiệp và Môi trường Tỉnh Bắc Ninh (dữ liệu của Tỉnh Bắc Giang trước đây)" in own
    assert "Hạn: 17/05/2030" in own
    assert "0204 3 855 001" in own
    assert "3/209 (1,4%); +1 so với ngày 28/02/2023" in own
    assert "chưa đặt hạn" in other


def test_made_again_it_tells_the_same(world, made, content):
    """For the same day and time of knowing the figures are equal, to the byte, whatever was published since."""
    world.execute(
        "INSERT INTO stats.coverage_event (publication_id, delivery_id, unit_id, effective_on, parcels, certificates, holders, "
        "backfilled, simulated) SELECT publication_id, delivery_id, unit_id, effective_on, 7, 7, 7, true, true "
        "FROM stats.coverage_event ORDER BY event_id LIMIT 1"
    )
    later = datetime.now(UTC)
    again = report_content.content(world.worker, made.wanted)
    assert again == content
    assert hashlib.sha256(read(world, made, "figures.json")).hexdigest() == made.content_sha256
    wanted = replace(made.wanted, now=replace(made.wanted.now, known_at=later))
    grown = report_content.content(world.worker, wanted)
    assert grown.headline("parcels").now.at_least == content.headline("parcels").now.at_least + 7
    assert [one.backfilled for one in grown.causes].count(True) == len(grown.causes)


def test_the_next_one_is_compared_with_the_last_and_goes_on_where_it_was_cut(world, press, made, monkeypatch):
    """Cut between two languages: nothing is there to be had, and what was kept is not made again."""
    number = reports.ask(world.uploader, on=date(2025, 8, 1), division="2025")
    assert reports.show(world.db, number).wanted.against is not None
    sign = signing.sign

    def cut(*given: object, reason: str, **named: object) -> bytes:
        if reason.startswith("Land data"):
            raise KeyboardInterrupt
        return sign(*given, reason=reason, **named)

    monkeypatch.setattr(signing, "sign", cut)
    with pytest.raises(KeyboardInterrupt):
        reports.make_waiting(world.worker, press)
    under_way = reports.show(world.db, number)
    assert (under_way.made_at, under_way.files, under_way.steps) == (None, (), (Step.FIGURES, Step.VI))
    with pytest.raises(ReportFileUnknown):
        reports.file_of(world.db, world.data_dir, number, "vi.pdf")
    (report_files.folder_of(world.data_dir) / "left").write_bytes(b"of a killed process")
    with world.db.read() as tx:
        known = stored.hashes(tx)
    assert report_files.clear(world.data_dir, known=known, older_than=-1) == 1, "what no step speaks of goes"
    monkeypatch.setattr(signing, "sign", lambda *given, reason, **named: _only_english(sign, given, reason, named))
    reports.make_waiting(world.worker, press)
    found = reports.show(world.db, number)
    assert {one.name for one in found.files} == set(FILES)
    content = reports.content_of(world.db, world.data_dir, number)
    assert not content.has_districts
    assert content.headline("districts") is not None, "told by the other side: there were some"
    assert {one.kind.value for one in content.parts} >= {"SUCCESSION"}
    assert reports.make_waiting(world.worker, press) == ()


def _only_english(sign, given, reason, named) -> bytes:
    assert reason.startswith("Land data"), "the Vietnamese files were kept"
    return sign(*given, reason=reason, **named)


def test_a_quarter_has_one_report(world, press, monkeypatch):
    monkeypatch.setattr("landdata.flows.report_content._MOST_ALERTS", 1)
    first, last = quarter_before(datetime.now(UTC).date())
    number = reports.begin_quarter(world.worker)
    assert reports.begin_quarter(world.worker) is None
    wanted = reports.show(world.db, number).wanted
    assert (wanted.first, wanted.now.on, wanted.kind.value) == (first, last, "QUARTERLY")
    assert reports.show(world.db, number).login is None
    world.execute("ALTER TABLE stats.report DISABLE TRIGGER append_only")
    world.execute("DELETE FROM stats.report WHERE report_no = :number", number=number)
    world.execute("ALTER TABLE stats.report ENABLE TRIGGER append_only")


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 4, 1), (date(2026, 1, 1), date(2026, 3, 31))),
        (date(2026, 1, 31), (date(2025, 10, 1), date(2025, 12, 31))),
        (date(2026, 12, 31), (date(2026, 7, 1), date(2026, 9, 30))),
    ],
)
def test_quarters(day, quarter):
    assert quarter_before(day) == quarter


def test_what_cannot_be_asked_for(world):
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    for asked in (
        {"on": tomorrow}, {"on": MARCH, "before_on": date(2023, 3, 29)}, {"on": MARCH, "before_on": FEBRUARY, "against": 1},
        {"known_at": datetime.now(UTC) + timedelta(hours=1)},
    ):  # fmt: skip
        with pytest.raises(ReportUnfit):
            reports.ask(world.uploader, **asked)
    for call in (lambda: reports.ask(world.uploader, against=999), lambda: reports.show(world.db, 999)):
        with pytest.raises(ReportUnknown):
            call()


def test_a_report_is_never_altered(world, made):
    for statement in (
        "UPDATE stats.report_made SET signer = NULL",
        "DELETE FROM stats.report_file",
        "TRUNCATE stats.report CASCADE",
    ):
        with pytest.raises(DBAPIError), world.db.write() as tx:
            tx.connection.execute(text(statement))
    path = report_files.folder_of(world.data_dir) / made.file("en.xlsx").sha256
    kept = path.read_bytes()
    path.write_bytes(kept[:-1])
    with pytest.raises(ReportFileDamaged):
        read(world, made, "en.xlsx")
    path.write_bytes(kept)


def test_unsigned_it_says_so(world, made, content, tmp_path):
    edition = report_pdf.Edition(made, content, made.content_sha256, Speech(Language.VI), None)
    pdf = report_pdf.document(edition, None)
    assert "Bản này chưa được ký số." in printed(pdf)
    assert pdf == report_pdf.document(edition, None), "the same content, the same bytes"
    with pytest.raises(ReportUnsigned):
        reports.verify(pdf, file="x.pdf", key_folder=tmp_path)


def test_an_authority_stamps_the_time(world, made, content, tmp_path):
    key = Press.of(world.settings).key
    plain = report_pdf.document(report_pdf.Edition(made, content, "0" * 64, Speech(Language.EN), "x"), None)
    with authority(tmp_path / "tsa") as (url, root):
        signed = reports.signed(plain, Press(tmp_path, key, url, ""), "report")
        found = reports.verify(
            signed, file="x.pdf", key_folder=world.settings.key_folder, certificates=(tmp_path / "tsa" / "ca.pem",)
        )
    assert root
    assert abs((found.stamped_at - datetime.now(UTC)).total_seconds()) < 60
    with pytest.raises(ReportStampMissing):
        reports.signed(plain, Press(tmp_path, key, url, ""), "report")


def test_a_key_that_cannot_be_used_never_leads_to_an_unsigned_report(world, tmp_path):
    assert report_keys.load(tmp_path) is None
    report_keys.make(tmp_path, "thử")
    with pytest.raises(ReportKeyThere):
        report_keys.make(tmp_path, "thử")
    (tmp_path / "report.pem").chmod(0o644)
    with pytest.raises(ReportKeyUnusable):
        report_keys.load(tmp_path)
    (tmp_path / "report.pem").chmod(0o600)
    (tmp_path / "report.p12").write_bytes(b"no key")
    (tmp_path / "report.p12").chmod(0o600)
    with pytest.raises(ReportKeyUnusable):
        report_keys.load(tmp_path)


def test_every_file_has_a_name_of_its_own():
    assert len(FILES) == len(set(FILES)) == 8
    assert file_name(None, Form.FIGURES) == "figures.json"


def test_from_the_command_line(world, made, command, monkeypatch, tmp_path):
    given = world.settings.model_copy(
        update={"database_url": world.db.engine.url.render_as_string(hide_password=False)}
    )
    monkeypatch.setattr(console, "settings", lambda: given)
    code, out, _ = command("reports", "list", "--format", "json")
    assert code == 0
    assert [one["number"] for one in json.loads(out)][-1] == made.number
    code, _, _ = command("reports", "save", made.number, "--to", tmp_path)
    saved = {path.name for path in tmp_path.iterdir()}
    assert (code, saved) == (0, {f"bao-cao-{made.number}.{name}" for name in FILES})
    pdf = tmp_path / f"bao-cao-{made.number}.vi.pdf"
    code, out, _ = command("reports", "verify", pdf)
    assert (code, f"report {made.number}" in out) == (0, True)
    pdf.write_bytes(pdf.read_bytes().replace(b"/Type", b"/type", 1))
    code, _, told = command("reports", "verify", pdf)
    assert (code, "REPORT_ALTERED" in told) == (2, True)
    assert [command("reports", *one)[0] for one in (("show", 999), ("make-key",))] == [2, 2], "there is a key"
