"""The report as a document for people: one page of what matters, the map, the tables, and how all of it was counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from landdata.model.reports import Content, Missing, Report
from landdata.model.units import Level
from landdata.writing import report_blocks as blocks
from landdata.writing import report_map, report_tables
from landdata.writing.outlines import ProvinceMap
from landdata.writing.report_tables import Table
from landdata.writing.report_words import DASH, FIGURES, KINDS, Speech
from landdata.writing.typeset import Block, pdf

_MOST_CAUSES = 12
_MOST_NEWLY = 24
_MOST_GAINERS = 6
_LEADING = ("provinces", "districts", "communes", "parcels")


@dataclass(frozen=True, slots=True)
class Edition:
    """A report on its way into one language: what its pages say beside the figures. `signer` None: it is not signed."""

    report: Report
    content: Content
    content_sha256: str
    say: Speech
    signer: str | None

    @property
    def title(self) -> str:
        content, say = self.content, self.say
        day = say.day(content.wanted.now.on)
        return say(f"Kết nối dữ liệu đất đai đến ngày {day}", f"Land data connection as of {day}")

    @property
    def service(self) -> str:
        return self.say("Cơ sở dữ liệu quốc gia về đất đai", "National Land Database")

    @property
    def made_up(self) -> str:
        return self.say("SỐ LIỆU MÔ PHỎNG", "SIMULATED DATA") if self.content.simulated else ""

    def frame(self, title: str, parts: list[Block]) -> Block:
        """A document with what runs along its edges."""
        say, number = self.say, self.report.number
        running = say(f"{self.service} · Báo cáo số {number}", f"{self.service} · Report {number}")
        return {
            "lang": say.language.value, "title": title, "author": self.service, "running": running, "mark": self.made_up,
            "keywords": [f"report {number}", self.content_sha256], "foot": say.source_line(self.content), "parts": parts,
        }  # fmt: skip


def document(edition: Edition, country: ProvinceMap | None) -> bytes:
    """The whole report as PDF, not yet signed. `country` None: no boundaries are loaded for its division."""
    content, say = edition.content, edition.say
    opening = [
        *_head(edition), *_matters(edition), {"t": "break"}, *_map(content, say, country), {"t": "break"}, *_causes(edition),
        *_ladder(edition),
    ]  # fmt: skip
    league = report_tables.league(content, say)
    wide = [
        blocks.heading(league.title),
        blocks.paragraph(_league_words(content, say), size=8.5, quiet=True),
        blocks.table(league, say, say.source_line(content), size=7, gap=2.4),
    ]
    closing = [*_missing(content, say), *_due(edition), *_indicators(edition), *_alerts(edition), *_method(edition)]
    parts = [blocks.part(opening), blocks.part(wide, flipped=True), blocks.part(closing)]
    return pdf(edition.frame(edition.title, parts), made=content.wanted.now.known_at)


def _head(edition: Edition) -> list[Block]:
    content, say, report = edition.content, edition.say, edition.report
    wanted = content.wanted
    kind = say.of(KINDS[wanted.kind])
    signed = edition.signer or say("Bản này chưa được ký số.", "This copy is not signed.")
    period = f"{say.day(wanted.first)} {DASH} {say.day(wanted.now.on)}"
    rows = [
        (say("Số báo cáo, kỳ", "Report and period"), f"{kind} {say('số', 'no.')} {report.number}, {period}"),
        (say("So sánh với", "Compared with"), f"{_capital(say.since(content))}, {say('biết đến', 'as known at')} "
         f"{say.moment(wanted.before.known_at)}"),
        (say("Biết đến", "As known at"), say.moment(wanted.now.known_at)),
        (say("Địa giới", "Division"), say.division(wanted.now.division)),
        (say("Chữ ký số", "Signature"), signed),
    ]  # fmt: skip
    notes = []
    if content.simulated:
        notes.append(
            say(
                "Số liệu trong báo cáo này là mô phỏng, không phải số liệu thật.",
                "The figures of this report are simulated, not real.",
            )
        )
    if content.backfilled:
        notes.append(
            say(
                "Một phần số liệu được ghi lùi ngày, sau ngày hiệu lực.",
                "Part of the figures was back-filled: recorded after the day from which it counts.",
            )
        )
    return [
        blocks.heading(edition.title, 1),
        *([blocks.paragraph(" ".join(notes), size=9, weight=600)] if notes else []),
        blocks.facts((say("Mục", "Item"), say("Nội dung", "Of this report")), rows),
    ]


def _matters(edition: Edition) -> list[Block]:
    content, say = edition.content, edition.say
    since = say.since(content)
    items = []
    for name in _LEADING:
        one = content.headline(name)
        # A level that the division does not have any more is told among the causes, not as a figure.
        if one is not None and (one.total is not None or name == "parcels"):
            change = say(f"{say.moved(getattr(content.difference, name))} so với {since}",
                         f"{say.moved(getattr(content.difference, name))} since {since}")  # fmt: skip
            items.append(blocks.tile(say, say.of(FIGURES[name]), one.now, one.total, change))
    why = report_tables.why(content, say)
    return [
        blocks.heading(say("Những điều chính", "What matters")),
        blocks.paragraph(say.lead(content), size=11.5, weight=600),
        {"t": "tiles", "items": items},
        blocks.paragraph(say.change(content)),
        blocks.heading(why.title, 3),
        blocks.table(why, say, say.source_line(content)),
        *_newly(edition),
        *_gainers(content, say),
        *_open(content, say),
    ]


def _newly(edition: Edition) -> list[Block]:
    content, say = edition.content, edition.say
    found = []
    for gained, words in (
        (True, say("Mới kết nối", "Newly connected")),
        (False, say("Không còn kết nối", "No longer connected")),
    ):
        named = [f"{one.name} ({one.province})" if one.level is Level.DISTRICT else one.name
                 for one in content.newly if one.gained is gained]  # fmt: skip
        if named:
            more = say(f" và {len(named) - _MOST_NEWLY} đơn vị khác", f" and {len(named) - _MOST_NEWLY} more")
            found.append(
                blocks.paragraph(
                    f"{words}: {', '.join(named[:_MOST_NEWLY])}{more if len(named) > _MOST_NEWLY else ''}.", size=9
                )
            )
    return found


def _gainers(content: Content, say: Speech) -> list[Block]:
    """The provinces that gained or lost most."""
    league = report_tables.league(content, say)
    moved = [
        (one, row)
        for one, row in zip(content.provinces, league.rows, strict=True)
        if one.communes.at_least != one.communes_before.at_least
    ]
    moved.sort(key=lambda pair: -abs(pair[0].communes.at_least - pair[0].communes_before.at_least))
    if not moved:
        return []
    wanted = ("Tỉnh, thành phố", "Province"), ("Xã", "Communes"), ("Tỷ lệ xã", "Share"), ("± xã", "± communes")
    names = [say.of(one) for one in (*wanted, ("Thửa đất", "Parcels"), ("± thửa", "± parcels"))]
    places = [next(at for at, column in enumerate(league.columns) if column.name == name) for name in names]
    title = say("Thay đổi nhiều nhất theo tỉnh", "Provinces that moved most")
    rows = tuple(tuple(row[at] for at in places) for _, row in moved[:_MOST_GAINERS])
    found = Table("gainers", title, tuple(league.columns[at] for at in places), rows, league.source)
    return [blocks.heading(title, 3), blocks.table(found, say, say.source_line(content))]


def _open(content: Content, say: Speech) -> list[Block]:
    """What is still to be done, in three sentences."""
    lacking = [one.full_name for one in content.provinces if not one.connected.at_least]
    late = [one for one in content.sources if one.days_late]
    due = sum(one.due_on is not None for one in content.sources)
    named = ", ".join(lacking)
    said = (
        say(f"Tỉnh chưa kết nối ({len(lacking)}): {named}.", f"Provinces not connected ({len(lacking)}): {named}.")
        if lacking
        else say("Mọi tỉnh đã kết nối.", "Every province is connected."),
        say(f"Nguồn trễ hạn: {len(late)}; đã đặt hạn: {due}/{len(content.sources)}. Cảnh báo đang mở: {len(content.alerts)}.",
            f"Sources late: {len(late)}; with a due day: {due} of {len(content.sources)}. Alerts open: {len(content.alerts)}."),
    )  # fmt: skip
    return [
        blocks.heading(say("Còn phải làm", "Still to be done"), 3),
        *(blocks.paragraph(one, size=9) for one in said),
    ]


def _map(content: Content, say: Speech, country: ProvinceMap | None) -> list[Block]:
    title = blocks.heading(
        say("Bản đồ cả nước: tỷ lệ xã đã kết nối theo tỉnh", "Map of the country: communes connected by province")
    )
    if country is None:
        return [
            title,
            blocks.paragraph(
                say("Chưa nạp ranh giới tỉnh của cách phân chia này.", "No boundaries are loaded for this division.")
            ),
        ]
    steps = {
        one.code: report_map.step_of(one.share, connected=bool(one.connected.at_least)) for one in content.provinces
    }
    drawn = report_map.draw(country, steps)
    cuts = [0, *(round(100 * one) for one in report_map.BREAKS)]
    legend = []
    for step in report_map.STEPS:
        if step == report_map.NONE:
            label = say("chưa kết nối", "not connected")
        elif step == "4":
            label = f"≥ {cuts[4]}%"
        elif step == "0":
            label = f"< {cuts[1]}%"
        else:
            label = f"{cuts[int(step)]}{DASH}{cuts[int(step) + 1]}%"
        legend.append({"svg": report_map.swatch(step), "label": label, "count": say.num(drawn.counts[step])})
    ranked = [one for one in content.provinces if one.connected.at_least]
    alt = say(
        f"Bản đồ Việt Nam với quần đảo Hoàng Sa và quần đảo Trường Sa, {len(content.provinces)} tỉnh tô theo tỷ lệ xã đã kết nối; "
        f"{len(ranked)} tỉnh đã kết nối. Số liệu đầy đủ nằm trong bảng xếp hạng.",
        f"Map of Vietnam with the archipelagos Hoàng Sa and Trường Sa; {len(content.provinces)} provinces by the share of communes "
        f"connected, {len(ranked)} of them connected. The league table holds all figures.",
    )
    notes = [
        say.source_line(content),
        say("Tô theo số ít nhất. Màu càng đậm càng nhiều xã; gạch chéo là chưa kết nối.",
            "Coloured by “at least”. The darker, the more communes; hatched: not connected."),
        say("Ranh giới: Open Development Mekong, CC BY-SA 4.0, đã giản lược; bản đồ này theo cùng giấy phép.",
            "Boundaries: Open Development Mekong, CC BY-SA 4.0, simplified; this map is under the same licence."),
    ]  # fmt: skip
    return [
        title,
        {"t": "map", "svg": drawn.svg, "alt": alt, "legend": legend, "height": 205, "notes": notes,
         "legend_title": say("Tỷ lệ xã đã kết nối (số tỉnh)", "Communes connected (provinces)")},
    ]  # fmt: skip


def _causes(edition: Edition) -> list[Block]:
    content, say = edition.content, edition.say
    found = report_tables.causes(content, say, _MOST_CAUSES)
    if not found.rows:
        return []
    many = say(f"{say.num(len(content.causes))} nguyên nhân; đầy đủ trong bảng tính kèm theo.",
               f"{say.num(len(content.causes))} causes; all of them are in the workbook.")  # fmt: skip
    title = say("Các nguyên nhân lớn nhất", "The largest causes")
    return [
        blocks.heading(title), blocks.paragraph(many, size=9, quiet=True),
        blocks.table(found, say, say.source_line(content), size=8),
    ]  # fmt: skip


def _ladder(edition: Edition) -> list[Block]:
    found = report_tables.ladder(edition.content, edition.say)
    return [
        blocks.heading(found.title),
        blocks.table(found, edition.say, edition.say.source_line(edition.content), size=8),
    ]


def _league_words(content: Content, say: Speech) -> str:
    return say(
        "Xếp theo tỷ lệ xã chắc chắn đã kết nối; cùng tỷ lệ thì cùng hạng. ±: so với "
        f"{say.since(content)}, cùng địa giới. Đúng hạn, khớp, đúng, đủ, sạch, sống: số xã đứng trên bậc đó; – không có cơ sở. "
        "Trả lại: tỷ lệ dòng bị từ chối trong các lần giao nộp. Mới nhất: ngày hiệu lực của dữ liệu mới nhất.",
        "By the share of communes that are certainly connected; equal shares have equal ranks. ±: since "
        f"{say.since(content)}, in the same division. On time to live: communes that stand on the rung; – no basis. "
        "Refused: share of rows refused in its deliveries. Latest: day from which its newest data count.",
    )


def _missing(content: Content, say: Speech) -> list[Block]:
    provinces = report_tables.missing(content, say, Level.PROVINCE)
    found: list[Block] = [
        blocks.heading(say("Đơn vị chưa kết nối và hạn", "Units not connected, and when they are due"))
    ]
    note = say.source_line(content)
    if provinces.rows:
        found += [blocks.heading(provinces.title, 3), blocks.table(provinces, say, note, size=8)]
    names = [say("Tỉnh", "Province"), *([say("Huyện chưa kết nối (mã)", "Districts not connected (code)")] if content.has_districts else []),
             say("Số xã chưa", "Communes not"), say("Hạn", "Due")]  # fmt: skip
    by_province: dict[str, dict[Level, list[Missing]]] = defaultdict(lambda: defaultdict(list))
    for one in content.missing:
        by_province[one.province_code][one.level].append(one)
    rows = []
    for province in sorted(content.provinces, key=lambda one: one.code):
        lacking = by_province.get(province.code)
        if lacking is None:
            continue
        districts = ", ".join(f"{one.name} ({one.code})" for one in lacking[Level.DISTRICT]) or DASH
        middle = [districts] if content.has_districts else []
        rows.append([province.full_name, *middle, f"{say.num(len(lacking[Level.COMMUNE]))}/{say.num(province.communes_total)}",
                     _due_of(lacking, say)])  # fmt: skip
    wide = (2.2, 6.4, 1.2, 1.5) if content.has_districts else (4, 2, 2)
    title = (
        say("Huyện, xã chưa kết nối theo tỉnh", "Districts and communes not connected, by province")
        if content.has_districts
        else say("Xã chưa kết nối theo tỉnh", "Communes not connected, by province")
    )
    said = say(f"{note} Tên từng xã: bảng tính, CSV và thư của từng tỉnh. Nguồn: stats.coverage_event, sync.source_promise.",
               f"{note} Each commune by name: workbook, CSV and the province's letter. Source: stats.coverage_event, sync.source_promise.")  # fmt: skip
    return [*found, blocks.heading(title, 3), blocks.listing(names, wide, rows, said, size=7.5)]


def _due_of(lacking: dict[Level, list[Missing]], say: Speech) -> str:
    due: date | None = next((one.due_on for many in lacking.values() for one in many), None)
    return say.short(due) if due else say.none_due()


def _due(edition: Edition) -> list[Block]:
    content, say = edition.content, edition.say
    found = report_tables.sources(content, say)
    late = [one for one in content.sources if one.days_late]
    words = say(f"{len(late)} nguồn trễ hạn; {sum(one.due_on is None for one in content.sources)} nguồn chưa đặt hạn.",
                f"{len(late)} sources are late; {sum(one.due_on is None for one in content.sources)} have no due date set.")  # fmt: skip
    return [
        blocks.heading(found.title),
        blocks.paragraph(words),
        blocks.table(found, say, say.source_line(content), size=8),
    ]


def _indicators(edition: Edition) -> list[Block]:
    return _plain(report_tables.indicators(edition.content, edition.say), edition)


def _alerts(edition: Edition) -> list[Block]:
    found = report_tables.alerts(edition.content, edition.say)
    if not found.rows:
        return [
            blocks.heading(found.title),
            blocks.paragraph(edition.say("Không có cảnh báo nào đang mở.", "No alert was open.")),
        ]
    return _plain(found, edition)


def _plain(found: Table, edition: Edition) -> list[Block]:
    if not found.rows:
        return []
    return [
        blocks.heading(found.title),
        blocks.table(found, edition.say, edition.say.source_line(edition.content), size=8),
    ]


def _method(edition: Edition) -> list[Block]:
    content, say = edition.content, edition.say
    said = (
        say(f"Đã kết nối: một xã đã kết nối khi có thửa đất đã công bố; huyện, tỉnh khi đủ số xã theo quy tắc, phiên bản {content.rule}.",
            f"Connected: a commune is when it has published parcels; a district or province when enough communes are, by version {content.rule} of the rule."),
        say("Ít nhất, nhiều nhất: khi một xã bị chia mà chưa rõ thửa nằm ở phần nào, con số có hai cận, nối bằng dấu gạch; sự thay đổi "
            "của hai cận được ghi cách nhau bằng dấu gạch chéo.",
            "At least, at most: where a commune was split and it is not known which parcels went where, a figure has two bounds; their changes "
            "stand on either side of a slash."),
        say("Hai thời điểm: con số đếm điều có hiệu lực đến ngày báo cáo, theo những gì cơ sở dữ liệu biết đến thời điểm đã nêu. Lập lại với cùng "
            "ngày, thời điểm và địa giới sẽ cho cùng con số.",
            "Two clocks: figures count what was effective by the day of the report, as the database knew it at the time named. Made again for the same "
            "day, time and division, they are the same."),
        say("Hạn: theo cam kết của nguồn đã ghi đến thời điểm đó; chưa cam kết thì ghi “chưa đặt hạn”.",
            "Due days follow what sources had promised by then; where nothing was promised it says “no due date set”."),
        say("Danh mục đơn vị: sổ đơn vị của Tổng cục Thống kê (vietnamese-provinces-database, dvhcvn, vietnamadminunits; MIT). Ranh giới: Open "
            "Development Mekong, CC BY-SA 4.0. Chữ: Inter, OFL 1.1.",
            "Registers of units: of the General Statistics Office (vietnamese-provinces-database, dvhcvn, vietnamadminunits; MIT). Boundaries: Open "
            "Development Mekong, CC BY-SA 4.0. Typeface: Inter, OFL 1.1."),
        say(f"Mã băm của số liệu (SHA-256): {edition.content_sha256}. Kiểm tra chữ ký: “landdata reports verify TỆP”, hoặc bất kỳ trình đọc PDF nào.",
            f"Hash of the figures (SHA-256): {edition.content_sha256}. To verify the signature: “landdata reports verify FILE”, or any PDF reader."),
    )  # fmt: skip
    return [
        blocks.heading(say("Cách tính, định nghĩa, nguồn", "Method, definitions, sources")),
        *(blocks.paragraph(one, size=8.5) for one in said),
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
