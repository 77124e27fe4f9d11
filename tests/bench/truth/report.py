"""A verdict as markdown for the documentation: the figures, what they were asked of, and a line for each kind of record."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.truth.damages import NEVER, Damage
from tests.bench.truth.judge import STATUSES, Line, Verdict, lower_bound

_PAGE = """\
<!-- Trang này do `{command}` viết; đừng sửa tay. / Made by it; do not edit by hand. -->

# Chất lượng đối sánh / How well holders are matched

**Tóm tắt.** Bộ sinh dữ liệu thử ghi ra người sử dụng đất và dân cư không có thật, làm hỏng hơn một phần ba số hồ sơ như
bốn mươi năm nhập liệu đã làm, và ghi riêng đáp án. Nó không dùng chung mã nào với phần đối sánh. Hơn 2 % hồ sơ mang số của
một người có thật khác, quá nửa là người nhà hoặc người trùng tên. `VERIFIED` sai là cho người này xem đất của người kia, nên
cận dưới 95 % của độ đúng phải từ 0,9995; và phải nối được ít nhất 97 % số hồ sơ mà một cán bộ cẩn thận cũng nối.

A generator that shares no code with the matcher invents people and holders, spoils more than a third of the records as
forty years of typing did, and keeps the answers apart; `tests/bench/truth/__init__.py` has the rules. A holder is
*linkable* when the number is the person's own, a name can be read, and a careful clerk has at most one small doubt about
all the rest. Goals: the lower end of the 95 % interval of the precision of `VERIFIED` at least 0.9995, and at least 0.97 of
the linkable holders verified.

What is assumed: 85 of 100 births are a year alone; of 100 people 14 have moved away from their land, and 4 holders of 100 are
in no register; wrong numbers come from the household, from anybody of the same name, or from anybody. A number that was
looked up by name *and* year would agree with all else that a record holds: no matcher can refuse it, only the office.

## Trên dữ liệu thật / On real data

Trên dữ liệu thật không có đáp án; thay vào đó mỗi đêm hệ thống đếm số chủ đã khớp, lý do của phần còn lại và dấu hiệu dữ
liệu bịa của từng xã: [theo đơn vị và theo ngày](matching.md#theo-đơn-vị-và-theo-ngày--by-unit-and-by-day).

Real data have no answers kept apart. Instead every night counts, commune by commune, how many holders matched, why the rest
did not, and signs of invented data: [by unit and by day](matching.md#theo-đơn-vị-và-theo-ngày--by-unit-and-by-day).

## Kết quả / Figures

{figures}

## Các kiểu hỏng / Kinds of damage

A small doubt alone is accepted, two are asked back. Of numbers, *not linkable* says that it is not the person's own.

{doubts}
"""
_HEAD = (
    "| kind | holders | linkable | linked | recall | VERIFIED right | VERIFIED wrong | "
    + " | ".join(STATUSES[1:])
    + " |\n|---|"
    + "--:|" * (6 + len(STATUSES) - 1)
)


def summary(verdict: Verdict) -> str:
    """The figures that are asked for, a line each."""
    total, holders = verdict.total, verdict.total.holders
    verified, present = total.right + total.wrong, max(verdict.number_right, 1)
    return f"""\
* {holders:,} holders; {verdict.damaged:,} ({verdict.damaged / holders:.1%}) damaged; {verdict.wrong_numbers:,} \
({verdict.wrong_numbers / holders:.1%}) with another person's number, {verdict.kin_or_homonym:,} of them a relative's or \
a homonym's.
* VERIFIED: {verified:,}, {total.wrong:,} of them as somebody else. Precision {verdict.precision:.6f}, lower end of the \
exact 95 % interval (Clopper-Pearson) **{verdict.precision_bound:.6f}**; without an error it would be \
{lower_bound(0, verified):.6f}.
* Linkable: {total.linkable:,}; {total.linked:,} linked, recall **{verdict.recall:.4f}**.
* Own number present: {verdict.number_right:,}; {total.linkable / present:.1%} of them linkable, \
{verdict.number_right_verified / present:.1%} verified."""


def markdown(verdict: Verdict) -> str:
    """Summary and three tables."""
    return "\n\n".join(
        [
            summary(verdict),
            "### By kind of damage\n\nA record with two damages stands in two lines.\n\n"
            + _table(verdict.by_damage, _damage),
            "### By whose number it is\n\nA homonym is anybody of the very same name, whenever born. Of those born in the same "
            "year, with a year alone on record, nothing but the place may tell.\n\n"
            + _table(verdict.by_wrong_number, str),
            "### Linkable and not verified\n\n| answer and reasons | holders |\n|---|--:|\n"
            + "\n".join(f"| {reason} | {count:,} |" for reason, count in verdict.missed),
        ]
    )


def page(verdict: Verdict, command: str) -> str:
    """The page of the documentation, with these figures; `command` is what printed them."""
    return _PAGE.format(doubts=doubts(), command=command, figures=markdown(verdict))


def doubts() -> str:
    """The kinds of damage with an example and the doubt they leave."""
    word = {0: "none", 1: "small", NEVER: "not linkable"}
    lines = [f"| `{one.name}` | {one.example} | {word[one.doubt]} |" for one in Damage]
    return "\n".join(["| kind | example | doubt |", "|---|---|---|", *lines])


def _damage(kind: str) -> str:
    return f"`{kind}`" if kind != "none" else "none"


def _table(lines: tuple[Line, ...], name: Callable[[str], str]) -> str:
    return "\n".join([_HEAD, *(_row(line, name(line.kind)) for line in lines)])


def _row(line: Line, name: str) -> str:
    recall = "" if line.recall is None else f"{line.recall:.4f}"
    before, after = (line.holders, line.linkable, line.linked), (line.right, line.wrong, *line.others)
    cells = [name, *(f"{one:,}" for one in before), recall, *(f"{one:,}" for one in after)]
    return f"| {' | '.join(cells)} |"
