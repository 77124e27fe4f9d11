"""Joins the entities of profile `vbdlis` into rows of profile `flat`, and says of every fault which rows it is in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model import vbdlis as v
from landdata.model.parcels import FLAT_COLUMNS, OPERATION, SOURCE, UPSERT, Integers
from landdata.model.vbdlis import ENTITIES
from landdata.reading import assets, holders, lands
from landdata.reading.assets import Owned, pairs
from landdata.reading.entities import GEOMETRY, Entities
from landdata.reading.faults import Seat, told
from landdata.reading.holders import Members, day, truth
from landdata.reading.ties import Ties, at, firsts, follow, number, take
from landdata.reading.values import text


@dataclass(frozen=True, slots=True)
class Rows:
    """Positions of what each row is made of, -1 for none; `tie` is its certificate x parcel x owner."""

    tie: Integers
    certificate: Integers
    parcel: Integers
    owner: Integers
    holder: Integers
    asset: Integers  # among the rights in `Owned`
    role: pa.Array
    leads: np.ndarray[tuple[int], np.dtype[np.bool_]]  # first holder of its tie


def rows(entities: Entities) -> tuple[pa.Table, pa.Table]:
    """Rows of profile `flat` with geometry and SOURCE, and the findings: row (null for none), code, entity, tag."""
    ties = Ties(entities)
    ties.missing()
    members = holders.members(ties)
    owned = assets.owned(ties)
    certificate = ties.refer(v.LAND_RIGHT, "giayChungNhanId", v.CERTIFICATE)
    parcel = ties.refer(v.LAND_RIGHT, "thuaDatId", v.PARCEL)
    owner = ties.refer_one(v.LAND_RIGHT, ("loaiDoiTuong", "chuId"), v.OWNERS)
    land = firsts(number(certificate, parcel, owner))
    stands = _stands(owned, certificate[land], parcel[land], owner[land])
    tie = number(
        np.concatenate([certificate, owned.certificate]),
        np.concatenate([parcel, stands]),
        np.concatenate([owner, owned.owner]),
    )
    of_land, of_asset = tie[: len(parcel)], tie[len(parcel) :]
    made = _expand(
        np.concatenate([certificate, owned.certificate])[firsts(tie)],
        np.concatenate([parcel, stands])[firsts(tie)],
        np.concatenate([owner, owned.owner])[firsts(tie)],
        of_asset,
        members,
        entities.size(v.PARCEL),
    )
    columns = {
        **{name: take(column, made.parcel) for name, column in lands.columns(ties).items()},
        **_certificates(entities, made.certificate),
        **_holders(ties, made),
        **_assets(ties, owned, made),
        **_registered(ties, owned, made, (of_land, certificate, parcel, owner)),
    }
    # Entities say what is; what is no more is told by leaving it out of a full delivery.
    columns[OPERATION] = pa.array(np.full(len(made.tie), UPSERT, dtype=object), pa.string())
    _others(ties)
    asset = follow(made.asset, owned.asset)
    table = pa.table(
        {
            **{one.name: columns.get(one.name, pa.nulls(len(made.tie), pa.string())) for one in FLAT_COLUMNS},
            GEOMETRY: take(entities.column(v.PARCEL, GEOMETRY), made.parcel),
            SOURCE: _sources(entities, made, asset),
        }
    )
    return table, told(ties, _seats(ties, made, owned, of_land, of_asset), len(made.tie))


def _stands(owned: Owned, certificate: Integers, parcel: Integers, owner: Integers) -> Integers:
    """The one parcel each right to an asset is told with: of those it stands on, one its owner has under its paper."""
    right, candidate = owned.lands
    size = len(owned.asset)
    # A right whose asset cannot be placed stays beside the land of its owner and paper, so that it is refused with it.
    same = number(np.concatenate([certificate, owned.certificate]), np.concatenate([owner, owned.owner]))
    lost, beside = pairs(same[len(owner) :], same[: len(owner)], parcel)
    key = number(
        np.concatenate([certificate, owned.certificate[right]]),
        np.concatenate([owner, owned.owner[right]]),
        np.concatenate([parcel, candidate]),
    )
    apart = ~np.isin(key[len(owner) :], key[: len(owner)])
    of = np.concatenate([right, lost])
    place = np.concatenate([candidate, beside])
    rank = np.concatenate([apart.astype(np.int64), np.full(len(lost), 2)])
    order = np.lexsort((np.arange(len(of)), rank, of))
    distinct, first = np.unique(of[order], return_index=True)
    chosen = np.full(size, -1, dtype=np.int64)
    chosen[distinct] = place[order][first]
    return chosen


def _expand(
    certificate: Integers, parcel: Integers, owner: Integers, of_asset: Integers, members: Members, parcels: int
) -> Rows:
    """A row for every holder and asset of a tie, and one for every parcel nobody has a right to; parcels in file order."""
    lonely = np.setdiff1d(np.arange(parcels), parcel)
    none = np.full(len(lonely), -1, dtype=np.int64)
    certificate, parcel, owner = (np.concatenate(one) for one in ((certificate, none), (parcel, lonely), (owner, none)))
    order = np.lexsort((np.arange(len(parcel)), np.where(parcel < 0, parcels, parcel)))
    by_tie = np.argsort(of_asset, kind="stable")
    low, high = (np.searchsorted(of_asset[by_tie], np.arange(len(parcel)), side=side) for side in ("left", "right"))
    owners = follow(owner, members.count)
    persons, things = np.maximum(owners, 1), np.maximum(high - low, 1)
    total = (persons * things)[order]
    tie = np.repeat(order, total)
    inner = np.arange(len(tie)) - np.repeat(np.cumsum(total) - total, total)
    person, thing = inner // things[tie], inner % things[tie]
    held = owners[tie] > 0
    member = np.where(held, follow(owner, members.start)[tie] + person, -1)
    owns = (high > low)[tie]
    return Rows(
        tie=tie,
        certificate=certificate[tie],
        parcel=parcel[tie],
        owner=owner[tie],
        holder=follow(member, members.holder),
        asset=np.where(owns, follow(np.where(owns, low[tie] + thing, -1), by_tie), -1),
        role=take(members.role, member),
        leads=person == 0,
    )


def _certificates(entities: Entities, certificate: Integers) -> dict[str, pa.Array]:
    every = {
        "certificate_serial": entities.column(v.CERTIFICATE, "soPhatHanh"),
        "registry_number": entities.column(v.CERTIFICATE, "soVaoSo"),
        "certificate_date": day(entities.column(v.CERTIFICATE, "ngayCap")),
        "certificate_type": entities.column(v.CERTIFICATE, "loaiGiayChungNhan"),
    }
    return {name: take(column, certificate) for name, column in every.items()}


def _holders(ties: Ties, made: Rows) -> dict[str, pa.Array]:
    kinds = np.concatenate([np.full(ties.entities.size(name), code, dtype=object) for code, name in v.OWNERS.items()])
    kind = take(pa.array(kinds, pa.string()), np.where(made.holder >= 0, made.owner, -1))
    found = {name: take(column, made.holder) for name, column in holders.columns(ties).items()}
    return {**found, "holder_kind": kind, "holder_role": made.role}


def _assets(ties: Ties, owned: Owned, made: Rows) -> dict[str, pa.Array]:
    return {name: take(column, made.asset) for name, column in assets.columns(ties, owned).items()}


def _registered(
    ties: Ties, owned: Owned, made: Rows, rights: tuple[Integers, Integers, Integers, Integers]
) -> dict[str, pa.Array]:
    """Areas in private and common use, said once for all holders of a right, and the form each asset is owned in."""
    entities = ties.entities
    tie, certificate, parcel, owner = rights
    kinds = {v.LAND: v.PARCEL, **v.ASSETS}
    _, thing = ties.refer_kind(v.REGISTRATION, ("loaiTaiSan", "taiSanId"), kinds, uses=False)
    row, who = ties.refer_kind(v.REGISTRATION, ("loaiDoiTuong", "chuId"), v.OWNERS, uses=False)
    land = np.where(thing < entities.size(v.PARCEL), thing, -1)
    form = truth(entities.column(v.REGISTRATION, "suDungChung"))
    said = entities.column(v.REGISTRATION, "dienTich")
    good = pc.match_substring_regex(said, r"^\d{1,10}(\.\d+)?$")
    ties.note(v.REGISTRATION, "dienTich", np.flatnonzero(pc.fill_null(pc.invert(good), False)), "TAG_UNREADABLE")
    size = pc.fill_null(pc.cast(pc.if_else(good, said, None), pa.float64()), 0.0).to_numpy(zero_copy_only=False)
    key = number(np.concatenate([parcel, land[row]]), np.concatenate([owner, who]))
    pair, right = pairs(
        np.where((land[row] >= 0) & (who >= 0), key[len(parcel) :], -1), key[: len(parcel)], np.arange(len(parcel))
    )
    # An area that several own together is told once under each certificate.
    once = np.sort(firsts(number(row[pair], certificate[right]))) if len(pair) else pair
    of, at_tie = row[pair][once], tie[right][once]
    found: dict[str, pa.Array] = {}
    ties_total = int(made.tie.max(initial=-1)) + 1
    for column, code in (("private_m2", "0"), ("common_m2", "1")):
        here = pc.fill_null(pc.equal(form, code), False).to_numpy(zero_copy_only=False)[of]
        total, told_ = np.zeros(ties_total), np.zeros(ties_total, dtype=np.bool_)
        np.add.at(total, at_tie[here], size[of[here]])
        told_[at_tie[here]] = True
        values = pa.array(np.round(total, 2)[made.tie], mask=~(told_[made.tie] & made.leads))
        found[column] = text(values)
    ties.used[v.REGISTRATION][of] = True
    asset = np.where(thing >= entities.size(v.PARCEL), thing - entities.size(v.PARCEL), -1)
    ties.used[v.REGISTRATION][np.isin(asset, owned.asset[owned.asset >= 0])] = True
    chosen = at(pa.array(owned.asset), pa.array(asset))
    chosen = np.where(owned.asset >= 0, chosen, -1)
    return {**found, "ownership_form": take(take(form, chosen), made.asset)}


def _others(ties: Ties) -> None:
    """What is not taken over may still use what is: managers of land, addresses, items of works."""
    ties.refer_kind(v.MANAGING, ("loaiDoiTuong", "chuId"), v.OWNERS)
    ties.belong(v.WORKS_ITEM)
    ties.refer(v.LAND_RIGHT, "mucDichSuDungId", v.PURPOSE)
    for entity in ENTITIES.values():
        if entity.key != "diaChiId" and "diaChiId" in entity.columns and entity.name != v.PARCEL:
            ties.refer(entity.name, "diaChiId", v.ADDRESS)


def _sources(entities: Entities, made: Rows, asset: Integers) -> pa.Array:
    """What each row came from, as `DC_ThuaDat 17, DC_GiayChungNhan 5, DC_CaNhan 9, DC_NhaRiengLe 3`."""
    names = {
        (v.PARCEL,): made.parcel,
        (v.CERTIFICATE,): made.certificate,
        (v.PERSON, v.ORGANISATION, v.COMMUNITY): made.holder,
        tuple(v.ASSETS.values()): asset,
    }
    parts = [
        take(pa.concat_arrays([named(entities, entity) for entity in kinds]), place) for kinds, place in names.items()
    ]
    return pc.binary_join_element_wise(*parts, ", ", null_handling="skip")


def named(entities: Entities, entity: str) -> pa.Array:
    """Every row of an entity as a clerk finds it: its name and its own id."""
    return pc.binary_join_element_wise(pa.scalar(entity), pc.fill_null(entities.keys(entity), "?"), " ")


def _seats(ties: Ties, made: Rows, owned: Owned, of_land: Integers, of_asset: Integers) -> dict[str, Seat]:
    """Where the rows of every entity are sat: a position for each, and the position each row of the file has."""
    entities = ties.entities
    asset, own = follow(made.asset, owned.asset), {name: np.arange(entities.size(name)) for name in ENTITIES}
    parcel_of = {one: at(entities.column(one, "thuaDatId"), entities.keys(v.PARCEL)) for one in (v.PURPOSE,)}
    purpose_of = at(entities.column(v.ORIGIN, "mucDichSuDungId"), entities.keys(v.PURPOSE))
    seats = {
        v.PARCEL: Seat(own[v.PARCEL], made.parcel),
        v.PURPOSE: Seat(parcel_of[v.PURPOSE], made.parcel),
        v.ORIGIN: Seat(follow(purpose_of, parcel_of[v.PURPOSE]), made.parcel),
        v.CERTIFICATE: Seat(own[v.CERTIFICATE], made.certificate),
        v.PAPER: Seat(at(entities.column(v.PAPER, "caNhanId"), entities.keys(v.PERSON)), made.holder),
        v.LAND_RIGHT: Seat(of_land, made.tie),
        v.ASSET_RIGHT: Seat(follow(owned.of_right, of_asset), made.tie),
        v.COMMON_ITEM: Seat(
            at(entities.column(v.COMMON_ITEM, "nhaChungCuId"), entities.keys(v.BUILDING)),
            follow(made.asset, owned.building),
        ),
        v.BUILDING: Seat(own[v.BUILDING], follow(made.asset, owned.building)),
        v.WORKS_ITEM: Seat(own[v.WORKS_ITEM], follow(made.asset, owned.item)),
    }
    for name in (v.PERSON, v.ORGANISATION, v.COMMUNITY):
        seats[name] = Seat(own[name] + holders.offset(entities, name), made.holder)
    for name in (v.COUPLE, v.HOUSEHOLD):
        seats[name] = Seat(own[name] + ties.offset(v.OWNERS, name), made.owner)
    for name in v.ASSETS.values():
        if name != v.BUILDING:
            seats[name] = Seat(own[name] + ties.offset(v.ASSETS, name), asset)
    kinds = {v.LAND: v.PARCEL, **v.ASSETS}
    keys = pa.concat_arrays(
        [pc.binary_join_element_wise(code, entities.keys(name), ":") for code, name in kinds.items()]
    )
    said = [entities.column(v.REGISTRATION, tag) for tag in ("loaiTaiSan", "taiSanId")]
    thing = at(pc.binary_join_element_wise(*said, ":"), keys)
    every = entities.size(v.PARCEL)
    # A registration is of a parcel or of an asset: rows have both, so each row is sat twice, parcels first.
    seats[v.REGISTRATION] = Seat(thing, made.parcel, np.where(asset >= 0, asset + every, -1))
    return seats
