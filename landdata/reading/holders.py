"""Who stands behind an owner of a `vbdlis` file: persons with their roles, organisations and communities, as holder columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model import vbdlis as v
from landdata.model.parcels import Integers
from landdata.reading.entities import Entities
from landdata.reading.ties import Ties, at, firsts, follow, number, take

_KINDS = list(v.OWNERS.values())
# Which of several papers names a person to the population platform: the card of today first.
_RANKS = {"CCCD": 0, "CMND": 2}
_PERSONAL_NUMBER, _OTHER_PAPER = 1, 3


@dataclass(frozen=True, slots=True)
class Members:
    """Holders of every owner, ordered: those of owner i are `start[i]` to `start[i] + count[i]`.

    `holder` counts persons, organisations and communities in turn; `role` is null where the owner is not of persons.
    """

    start: Integers
    count: Integers
    holder: Integers
    role: pa.Array


def offset(entities: Entities, entity: str) -> int:
    """Where persons, organisations or communities begin among the holders."""
    names = [v.PERSON, v.ORGANISATION, v.COMMUNITY]
    return sum(entities.size(name) for name in names[: names.index(entity)])


def members(ties: Ties) -> Members:
    """Couples and households become their persons: husband and wife; the head, the spouse, the others."""
    entities = ties.entities
    wife, husband = (ties.refer(v.COUPLE, tag, v.PERSON) for tag in ("voId", "chongId"))
    parts = [_alone(ties, v.PERSON, "CA_NHAN"), *_couples(ties, wife, husband), *_households(ties, wife, husband)]
    parts += [_alone(ties, one, None) for one in (v.ORGANISATION, v.COMMUNITY)]
    for one in (v.ORGANISATION, v.COMMUNITY):
        ties.refer(one, "nguoiDaiDienId", v.PERSON)
    owner, holder, order = (np.concatenate([part[at_] for part in parts]) for at_ in range(3))
    roles = pa.array(np.concatenate([np.full(len(part[0]), part[3], dtype=object) for part in parts]), pa.string())
    here = np.flatnonzero(holder >= 0)
    here = here[np.lexsort((here, order[here], owner[here]))]
    # A head who is listed among the members, or as the spouse, is there once.
    here = here[np.sort(firsts(number(owner[here], holder[here])))]
    total = sum(entities.size(name) for name in _KINDS)
    start = np.searchsorted(owner[here], np.arange(total), side="left")
    count = np.searchsorted(owner[here], np.arange(total), side="right") - start
    return Members(start, count, holder[here], roles.take(pa.array(here)))


_Part = tuple[Integers, Integers, Integers, str | None]


def _part(owner: Integers, holder: Integers, order: Integers | int, role: str | None) -> _Part:
    return owner, holder, np.broadcast_to(np.asarray(order, dtype=np.int64), owner.shape), role


def _alone(ties: Ties, entity: str, role: str | None) -> _Part:
    place = np.arange(ties.entities.size(entity))
    return _part(place + ties.offset(v.OWNERS, entity), place + offset(ties.entities, entity), 0, role)


def _couples(ties: Ties, wife: Integers, husband: Integers) -> list[_Part]:
    owner = np.arange(len(wife)) + ties.offset(v.OWNERS, v.COUPLE)
    first = pc.is_in(truth(ties.entities.column(v.COUPLE, "inVoTruoc")), value_set=pa.array(["1"]))
    wife_first = first.to_numpy(zero_copy_only=False).astype(np.int64)
    return [_part(owner, husband, wife_first, "CHONG"), _part(owner, wife, 1 - wife_first, "VO")]


def _households(ties: Ties, wife: Integers, husband: Integers) -> list[_Part]:
    place = ties.offset(v.OWNERS, v.HOUSEHOLD)
    head = ties.refer(v.HOUSEHOLD, "chuHoId", v.PERSON)
    couple = ties.refer(v.HOUSEHOLD, "voChongChuHoId", v.COUPLE)
    owner = np.arange(len(head)) + place
    row, person = ties.refer_all(v.HOUSEHOLD, "caNhanId", v.PERSON)
    pair, together = ties.refer_all(v.HOUSEHOLD, "voChongId", v.COUPLE)
    return [
        _part(owner, head, 0, "CHU_HO"),
        _part(owner, follow(couple, husband), 1, "CHONG"),
        _part(owner, follow(couple, wife), 1, "VO"),
        _part(row + place, person, 2, "THANH_VIEN"),
        _part(pair + place, follow(together, husband), 3, "THANH_VIEN"),
        _part(pair + place, follow(together, wife), 3, "THANH_VIEN"),
    ]


def columns(ties: Ties) -> dict[str, pa.Array]:
    """The holder columns of profile `flat`, one row a holder, but for kind and role, which are the owner's."""
    entities = ties.entities
    kind, paper = _papers(ties)
    born = pc.coalesce(day(entities.column(v.PERSON, "ngaySinh")), entities.column(v.PERSON, "namSinh"))
    named = {v.PERSON: "hoTen", v.ORGANISATION: "tenToChuc", v.COMMUNITY: "tenCongDong"}
    others = pa.nulls(sum(entities.size(one) for one in named if one != v.PERSON), pa.string())
    return {
        "holder_name": pa.concat_arrays([entities.column(one, tag) for one, tag in named.items()]),
        "user_type": pa.concat_arrays([entities.column(one, "loaiDoiTuongSuDungDat") for one in named]),
        "id_type": pa.concat_arrays([kind, others]),
        "id_number": pa.concat_arrays([paper, others]),
        "birth_date": pa.concat_arrays([born, others]),
        "gender": pa.concat_arrays([truth(entities.column(v.PERSON, "gioiTinh")), others]),
    }


def _papers(ties: Ties) -> tuple[pa.Array, pa.Array]:
    """Type and number of the one paper each person is known by."""
    entities = ties.entities
    person = ties.belong(v.PAPER)
    kind = entities.column(v.PAPER, "loaiGiayToTuyThan")
    personal = entities.column(v.PERSON, "maSoDinhDanh")
    own = np.flatnonzero(pc.is_valid(personal).to_numpy(zero_copy_only=False))
    order = at(kind, pa.array(list(_RANKS)))
    rank = np.where(order >= 0, np.array([*_RANKS.values(), 0])[order], _OTHER_PAPER)
    of = np.concatenate([person, own])
    by_rank = np.lexsort((np.arange(len(of)), np.concatenate([rank, np.full(len(own), _PERSONAL_NUMBER)]), of))
    by_rank = by_rank[of[by_rank] >= 0]
    distinct, first = np.unique(of[by_rank], return_index=True)
    chosen = np.full(entities.size(v.PERSON), -1, dtype=np.int64)
    chosen[distinct] = by_rank[first]
    kinds = pa.concat_arrays([kind, pa.array(["CCCD"] * len(own), pa.string())])
    numbers = pa.concat_arrays([entities.column(v.PAPER, "soGiayTo"), personal.take(pa.array(own))])
    return take(kinds, chosen), take(numbers, chosen)


def truth(column: pa.Array) -> pa.Array:
    """A Boolean as the profile writes it: 1 and 0, from whatever spelling; anything else as it is."""
    lower = pc.utf8_lower(column)
    return pc.case_when(
        pc.make_struct(pc.equal(lower, "true"), pc.equal(lower, "false")), pa.scalar("1"), pa.scalar("0"), column
    )


def day(column: pa.Array) -> pa.Array:
    """A day as dd/MM/yyyy, from the ISO spelling of databases and of XML; anything else as it is."""
    iso = r"^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ].*)?$"
    plain = pc.replace_substring_regex(column, iso, r"\3/\2/\1")
    return pc.replace_substring_regex(plain, r"^(\d{1,2}/\d{1,2}/\d{4})[T ].*$", r"\1")
