"""A page for each province that can go out with a letter: how it stands, what is missing by name, when it is due, whom to ask."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from datetime import date

from landdata.model.reports import VIETNAM, Missing, ProvinceRow, SourceRow
from landdata.model.units import Level
from landdata.writing import report_blocks as blocks
from landdata.writing.report_pdf import Edition
from landdata.writing.report_words import DASH, STATES
from landdata.writing.typeset import Block, pdf

# From this day on the departments of agriculture and of natural resources are one.
_MERGED_ON = date(2025, 3, 1)


def letters(edition: Edition, contact: str) -> dict[str, bytes]:
    """A PDF for each province, by a file name that says which; `contact`: whom to call, empty for a line to fill in."""
    missing: dict[str, list[Missing]] = defaultdict(list)
    for one in edition.content.missing:
        missing[one.province_code].append(one)
    found = {}
    for province in sorted(edition.content.provinces, key=lambda one: one.code):
        title = edition.say(
            f"Kết nối dữ liệu đất đai: {province.full_name}", f"Land data connection: {province.full_name}"
        )
        body = [*_opening(edition, province, title), *_standing(edition, province), *_lacking(edition, missing[province.code]),
                *_closing(edition, province, contact)]  # fmt: skip
        made = pdf(edition.frame(title, [blocks.part(body)]), made=edition.content.wanted.now.known_at)
        found[f"{province.code}-{_plain(province.name)}.pdf"] = made
    return found


def _opening(edition: Edition, province: ProvinceRow, title: str) -> list[Block]:
    content, say = edition.content, edition.say
    merged = content.wanted.now.known_at.astimezone(VIETNAM).date() >= _MERGED_ON
    department = (
        say("Sở Nông nghiệp và Môi trường", "Department of Agriculture and Environment")
        if merged
        else say("Sở Tài nguyên và Môi trường", "Department of Natural Resources and Environment")
    )
    heirs = [one for one in province.heirs if one != province.full_name]
    to = ", ".join(heirs) or province.full_name
    was = (
        say(f" (dữ liệu của {province.full_name} trước đây)", f" (data of former {province.full_name})")
        if heirs
        else ""
    )
    number = edition.report.number
    return [
        blocks.paragraph(say(f"Phụ lục kèm công văn. Trích báo cáo số {number}.", f"Annex to a letter. From report {number}."), size=9, quiet=True),
        blocks.paragraph(say(f"Kính gửi: {department} {to}{was}", f"To: {department}, {to}{was}"), size=11, weight=600),
        blocks.heading(title, 1),
    ]  # fmt: skip


def _standing(edition: Edition, one: ProvinceRow) -> list[Block]:
    content, say = edition.content, edition.say
    moved = say.signed(one.communes.at_least - one.communes_before.at_least)
    rows = []
    if content.has_districts:
        rows.append(
            (
                say("Huyện đã kết nối", "Districts connected"),
                f"{say.bounded(one.districts)}/{say.num(one.districts_total)}",
            )
        )
    rows += [
        (say("Xã đã kết nối", "Communes connected"),
         f"{say.bounded(one.communes)}/{say.num(one.communes_total)} ({say.pct(one.share)}); {moved} {say('so với', 'since')} {say.since(content)}"),
        (say("Thửa đất, giấy chứng nhận", "Parcels, certificates"), f"{say.bounded(one.parcels)}, {say.bounded(one.certificates)}"),
        (say("Hạng trong cả nước", "Rank in the country"), f"{one.rank}/{len(content.provinces)}"),
        (say("Dữ liệu mới nhất có hiệu lực từ", "Newest data count from"), say.day(one.last_on) if one.last_on else DASH),
        (say("Tỷ lệ dòng bị trả lại", "Rows refused"), say.pct(one.refused_share)),
    ]  # fmt: skip
    for source in _sources(edition, one):
        last = say.day(source.last_on) if source.last_on else say("chưa có", "none yet")
        rows.append(
            (
                say(source.name_vi, source.name_en),
                f"{say.of(STATES[source.state])}; {say('lần giao nộp cuối', 'last delivery')}: {last}",
            )
        )
        rows.append((say("Hạn giao nộp tới", "Next delivery due"), _due(edition, source)))
    if not _sources(edition, one):
        rows.append(
            (
                say("Nguồn dữ liệu", "Source"),
                say("chưa có văn phòng nào được đăng ký; chưa đặt hạn", "no office is registered; no due date set"),
            )
        )
    return [
        blocks.heading(say("Tình hình", "How the province stands")), blocks.facts((say("Mục", "Item"), say("Số liệu", "Figure")), rows),
        blocks.paragraph(say.source_line(content), size=7.5, quiet=True),
    ]  # fmt: skip


def _due(edition: Edition, source: SourceRow) -> str:
    say = edition.say
    if source.due_on is None:
        return say.none_due()
    late = say(f" (trễ {say.num(source.days_late)} ngày)", f" (late by {say.num(source.days_late)} days)")
    return say.day(source.due_on) + (late if source.days_late else "")


def _sources(edition: Edition, one: ProvinceRow) -> list[SourceRow]:
    return [source for source in edition.content.sources if one.code in source.province_codes]


def _lacking(edition: Edition, missing: list[Missing]) -> list[Block]:
    content, say = edition.content, edition.say
    title = blocks.heading(say("Đơn vị chưa kết nối", "Units not connected"))
    communes = [one for one in missing if one.level is Level.COMMUNE]
    if not missing:
        return [
            title,
            blocks.paragraph(say("Mọi đơn vị của tỉnh đã kết nối.", "Every unit of the province is connected.")),
        ]
    many = sum(one.level is Level.DISTRICT for one in missing)
    due = next((one.due_on for one in missing), None)
    within = say.day(due) if due else say.none_due()
    asked = [f"{many} {say('huyện', 'districts')}"] if content.has_districts else []
    asked.append(f"{say.num(len(communes))} {say('xã', 'communes')}")
    words = say(f"Đề nghị giao nộp dữ liệu của {', '.join(asked)} dưới đây. Hạn: {within}.",
                f"Please deliver the data of the {', '.join(asked)} below. Due: {within}.")  # fmt: skip
    found = [title, blocks.paragraph(words)]
    place = say(
        "Nguồn: stats.coverage_event, sync.source_promise.", "Source: stats.coverage_event, sync.source_promise."
    )
    note = f"{say.source_line(content)} {place}"
    maybe = say(", có thể đã kết nối một phần", ", perhaps connected in part")
    if not content.has_districts:
        names = "; ".join(f"{one.name} ({one.code}{maybe if one.possible else ''})" for one in communes)
        return [*found, blocks.paragraph(f"{names}.", size=9), blocks.paragraph(note, size=7.5, quiet=True)]
    lost = {one.name for one in missing if one.level is Level.DISTRICT}
    by_district: dict[str, list[Missing]] = defaultdict(list)
    for one in communes:
        by_district[one.district].append(one)
    rows = []
    for name in sorted({*by_district, *lost}):
        state = say("cả huyện chưa", "none connected") if name in lost else say("một phần", "in part")
        listed = ", ".join(f"{one.name} ({one.code}{maybe if one.possible else ''})" for one in by_district[name])
        rows.append([name, state, str(len(by_district[name])), listed or say("không có xã", "has no communes")])
    heads = [
        say("Huyện", "District"),
        say("Tình trạng", "State"),
        say("Số xã", "Communes"),
        say("Xã chưa kết nối (mã)", "Communes not connected (code)"),
    ]
    return [*found, blocks.listing(heads, (2.2, 1.5, 1.1, 6.4), rows, note)]


def _closing(edition: Edition, province: ProvinceRow, contact: str) -> list[Block]:
    say = edition.say
    theirs = "; ".join(dict.fromkeys(one.contact for one in _sources(edition, province) if one.contact))
    ours = contact or "." * 60
    said = [say(f"Liên hệ tại Bộ: {ours}", f"Contact at the ministry: {ours}")]
    if theirs:
        said.append(say(f"Đầu mối tỉnh đã đăng ký: {theirs}", f"Contact that the province named: {theirs}"))
    return [blocks.heading(say("Liên hệ", "Contact")), *(blocks.paragraph(one) for one in said)]


def _plain(name: str) -> str:
    """A name for a file: letters without marks, digits, hyphens."""
    flat = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    kept = "".join(one for one in flat if one.isascii() and (one.isalnum() or one in " -"))
    return "-".join(kept.replace("-", " ").split())
