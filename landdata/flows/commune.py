"""Publishes a delivery in some communes, in one transaction: written, left to a second person, or sent back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from landdata.flows.check import Part
from landdata.flows.difference import Counts, Difference, Limits, compare, parcels_before
from landdata.flows.draft import Draft, Figures, draft
from landdata.flows.occasion import NOW, Occasion
from landdata.flows.scope import Scope, scope_of, sums
from landdata.model.deliveries import CommuneState
from landdata.model.parcels import Doubt, Found
from landdata.model.succession import Predecessor
from landdata.store import coverage, delivery_communes, parcels, records
from landdata.store.coverage import Change
from landdata.store.deliveries import Work
from landdata.store.delivery_communes import Standing
from landdata.store.engine import Writer
from landdata.store.keys import Keys

# What a line of the ledger says unless its state says more.
_STILL: dict[str, Any] = {"publication_id": None, "rows_waiting": 0}
_OVERTAKEN = ((), (Doubt("OVERTAKEN", {}),))
_LEFT: dict[str, Any] = {"state": CommuneState.LEFT, "parcels_new": 0, "parcels_retired": 0}


@dataclass(frozen=True, slots=True)
class Context:
    """What publishing needs to know besides the rows; `doubts` are about the delivery as a whole.

    `draft`: records that were made ready before, for the case that just those are to be written.
    """

    work: Work
    keys: Keys
    limits: Limits
    doubts: tuple[Doubt, ...]
    draft: Draft | None = None
    occasion: Occasion = NOW


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune to be worked off; `before` says how the delivery stands there, None at first."""

    unit_id: int
    before: Standing | None

    @property
    def rejected(self) -> bool:
        return self.before is not None and self.before.state is CommuneState.REJECTED

    def approved(self, planned: tuple[int, int]) -> bool:
        """True when a second person agreed, and to just this: what came meanwhile may have changed the figures."""
        return self.before is not None and self.before.state is CommuneState.APPROVED and self.before.planned == planned


def publish(
    tx: Writer, context: Context, part: Part, communes: Sequence[Commune], predecessors: Sequence[Predecessor]
) -> tuple[Found, ...]:
    """Compare, write, and note the outcome of each commune. Returns what the comparison found in the part's rows.

    The communes and their predecessors must be locked.
    """
    units = [one.unit_id for one in communes]
    every = sorted({*units, *(one.old_unit_id for one in predecessors)})
    scope = scope_of(part, context.work.kind, units, predecessors, parcels.standing(tx, every))
    difference = _compare(tx, context, scope, every)
    planned = _planned(scope, difference)
    sent_back = {one.unit_id for one in communes if one.rejected}
    # Deliveries of a province are worked off in the order in which they came; one that was given up and taken up again is late.
    late = delivery_communes.overtaken_in(tx, context.work.delivery_id, units)
    waits = {
        one.unit_id: reasons
        for one in communes
        if one.unit_id not in sent_back
        and (reasons := (*_OVERTAKEN[one.unit_id in late], *difference.reasons[one.unit_id], *context.doubts))
        and (one.unit_id in late or not one.approved(planned[one.unit_id]))
    }
    left = waits.keys() | sent_back
    acting, acted = scope, difference
    if scope.shared(left):
        # What waits or goes back may not act on a commune it shares with others: they are compared as if it was refused.
        acting = scope.without(left)
        acted = _compare(tx, context, acting, every)
    publication_id, came, gone = _write(tx, context, acting, _without(acting, acted, left), every)
    before = parcels_before(scope.standing)
    ends_in = set(acting.home[acted.ended].tolist())
    lines = []
    for unit_id in units:
        if unit_id in sent_back:
            line = _sent_back(scope, unit_id)
        elif unit_id in waits:
            line = _waiting(scope, unit_id, planned[unit_id], waits[unit_id])
            line["unclaimed"] = difference.counts[unit_id].unclaimed
        elif acted.counts[unit_id].nothing_taken and unit_id not in ends_in:
            # Every row went back and nothing was retired: such a delivery asserts nothing here.
            line = {**_STILL, **asdict(acted.counts[unit_id]), **_LEFT}
        else:
            # A commune that was compared and found unchanged is published too: it is asserted.
            touched = unit_id in came or unit_id in gone
            moved = came.get(unit_id, (0,))[0], gone.get(unit_id, (0,))[0]
            line = _published(acted.counts[unit_id], moved, publication_id if touched else 0)
        stood = before.get(unit_id, 0)
        after = stood + line["parcels_new"] - line["parcels_retired"]
        lines.append({"unit_id": unit_id, "parcels_before": stood, "parcels_after": after, **line})
    delivery_communes.save(tx, context.work.delivery_id, lines)
    if publication_id is not None:
        ended = {unit: (before.get(unit, 0), gone[unit][0]) for unit in gone if unit not in units}
        delivery_communes.add_retired(tx, context.work.delivery_id, publication_id, ended)
    return (*_found_in(scope, acted, left), *_rejected(scope, sent_back))


def _compare(tx: Writer, context: Context, scope: Scope, every: Sequence[int]) -> Difference:
    return compare(
        scope,
        context.limits,
        lambda records: parcels.standing_keys(tx, records.tolist(), every),
        lambda keys: parcels.ever_known(tx, keys),
    )


def _sent_back(scope: Scope, unit_id: int) -> dict[str, Any]:
    return {
        **_STILL,
        **_LEFT,
        "rows_held": _accepted(scope, unit_id),
        "records_held": _records(scope, unit_id),
    }


def _waiting(scope: Scope, unit_id: int, planned: tuple[int, int], reasons: Sequence[Doubt]) -> dict[str, Any]:
    return {
        **_STILL,
        "state": CommuneState.WAITING,
        "parcels_new": planned[0],
        "parcels_retired": planned[1],
        "reasons": [asdict(one) for one in reasons],
        "rows_waiting": _accepted(scope, unit_id),
    }


def _published(counts: Counts, moved: tuple[int, int], publication_id: int | None) -> dict[str, Any]:
    return {
        **_STILL,
        **asdict(counts),
        "state": CommuneState.PUBLISHED,
        "publication_id": publication_id,
        "parcels_new": moved[0],
        "parcels_retired": moved[1],
    }


def _planned(scope: Scope, difference: Difference) -> dict[int, tuple[int, int]]:
    """Parcels that would come to and go from each commune."""
    ended = difference.ended[np.isin(scope.standing.commune_id[difference.ended], list(scope.communes))]
    gone = sums(scope.standing.commune_id[ended], scope.standing.parcels[ended])
    return {unit: (difference.came.get(unit, 0), gone.get(unit, 0)) for unit in scope.communes}


def _without(scope: Scope, difference: Difference, units: set[int]) -> Difference:
    """The difference but for communes that are not to be touched."""
    left = list(units)
    return replace(
        difference,
        fresh=difference.fresh[~np.isin(scope.plan.commune_id[difference.fresh], left)],
        ended=difference.ended[~np.isin(scope.home[difference.ended], left)],
        asserted=difference.asserted[~np.isin(scope.home[difference.asserted], left)],
        gone_again=difference.gone_again[~np.isin(difference.gone_again[:, 0], left)],
    )


def _write(
    tx: Writer, context: Context, scope: Scope, difference: Difference, every: Sequence[int]
) -> tuple[int | None, Figures, Figures]:
    """Write records and figures. Returns the publication, what came and what went by commune."""
    work, standing = context.work, scope.standing
    parcels.assert_records(
        tx,
        delivery_id=work.delivery_id,
        commune_ids=standing.commune_id[difference.asserted].tolist(),
        record_ids=standing.record_id[difference.asserted].tolist(),
    )
    parcels.assert_gone(tx, delivery_id=work.delivery_id, keys=scope.under_every_version(difference.gone_again))
    if not len(difference.fresh) and not len(difference.ended):
        return None, {}, {}
    ended = standing.record_id[difference.ended].tolist()
    made = context.draft
    if made is None or not made.fits(scope.plan, difference.fresh):
        ids = records.new_ids(tx, len(difference.fresh))
        made = draft(scope.part, scope.communes, scope.predecessors, difference.fresh, ids, context.keys)
    gone = parcels.counts(tx, commune_ids=every, record_ids=ended)
    publication_id = context.occasion.publication(tx, work, units=_acting(scope, difference))
    parcels.end(tx, commune_ids=every, record_ids=ended, publication_id=publication_id)
    records.write(tx, made.ready, publication_id=publication_id)
    coverage.add(
        tx,
        changes(made.came, gone),
        publication_id=publication_id,
        delivery_id=work.delivery_id,
        effective_on=work.effective_on,
        backfilled=work.backfilled,
        simulated=work.simulated,
    )
    return publication_id, made.came, gone


def _acting(scope: Scope, difference: Difference) -> set[int]:
    """The communes of the part whose records come or go."""
    return {*scope.plan.commune_id[difference.fresh].tolist(), *scope.home[difference.ended].tolist()}


def changes(came: Figures, gone: Figures) -> list[Change]:
    """What coverage has to learn: the communes whose figures moved."""
    found = []
    for unit_id in sorted({*came, *gone}):
        new, old = came.get(unit_id, (0, 0, 0)), gone.get(unit_id, (0, 0, 0))
        change = Change(unit_id, new[0] - old[0], new[1] - old[1], new[2] - old[2])
        if change.parcels or change.certificates or change.holders:
            found.append(change)
    return found


def _accepted(scope: Scope, unit_id: int) -> int:
    return int((~scope.checked.refused & (scope.checked.commune_id == unit_id)).sum())


def _records(scope: Scope, unit_id: int) -> int:
    """Accepted records of a commune; a row that retires a parcel is one of its own."""
    checked = scope.checked
    retires = checked.retires & ~checked.refused & (checked.commune_id == unit_id)
    return int((scope.plan.commune_id == unit_id).sum() + retires.sum())


def _found_in(scope: Scope, difference: Difference, left: set[int]) -> list[Found]:
    """What was found, but for rows of communes that wait or go back as a whole."""
    kept = ~np.isin(scope.checked.commune_id, list(left))
    return [one.where(kept[one.rows]) for one in difference.findings]


def _rejected(scope: Scope, units: set[int]) -> list[Found]:
    rows = np.flatnonzero(~scope.checked.refused & np.isin(scope.checked.commune_id, list(units)))
    return [Found("COMMUNE_REJECTED", rows)] if len(rows) else []
