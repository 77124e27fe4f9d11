"""Random lives of deliveries, step by step against a plain model: what stands, what was counted, what was answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import Any

import pytest
from landworld import COMMUNES, geojson, row
from lives import ASTRAY, COUNTED, STANDING, Delivery, Line, Lives, Said

from landdata.errors import DeliveryOvertaken, WithdrawalBlocked
from landdata.flows import commune, decide, prints, publish, rebuild, withdraw
from landdata.model.deliveries import Decision, Kind, Severity, State

PLACES = COMMUNES[:3]
NUMBERS = range(1, 27)
HOLDERS = ("Nguyễn Văn A", "Trần Thị B", "Lê Văn C")
FAULTS = ("GEOMETRY_MISSING", "PARCEL_NUMBER_INVALID", "COMMUNE_UNKNOWN", "OPERATION_UNKNOWN")


class Killed(Exception):
    """Stands for the end of the process."""


class Story:
    """A seeded run of steps, each done by the office at its desk and by the model, then compared."""

    def __init__(self, desk: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self.desk, self.patch, self.random = desk, monkeypatch, Random(seed)
        self.model = Lives()
        self.uids: list[Any] = []
        self.sent: list[dict[str, Any]] = []
        self.done: Counter[str] = Counter()
        self.told = ""

    # steps

    def step(self) -> None:
        waiting = [one for one in self.model.deliveries if one.state == "WAITING"]
        steps = {self.full: 24, self.changes: 36, self.repeat: 4, self.again: 8, self.take_back: 18}
        if waiting:
            steps[self.word] = 24
        [chosen] = self.random.choices(list(steps), list(steps.values()))
        self.told = chosen.__name__
        looked_at = chosen()
        self.done[self.told] += 1
        self.compare({looked_at.number, self.random.randrange(len(self.model.deliveries))})

    def full(self) -> Delivery:
        spoken = self.random.sample(PLACES, self.random.choice((1, 1, 2)))
        lines = [line for place in spoken for line in self._as_now(place)]
        named = frozenset(spoken) if self.random.random() < 0.3 else None
        if not lines or self.random.random() < 0.08:
            named = frozenset({*spoken, self.random.choice(PLACES)})
        lines = self._spoilt(lines or [Line(spoken[0], self._new(spoken[0]))])
        return self._send(lines, full=True, named=named)

    def changes(self) -> Delivery:
        lines: list[Line] = []
        while not lines or self.random.random() < 0.4:
            made = self._change(self.random.choice(PLACES))
            taken = {line.parcel for line in lines}
            lines += [line for line in made if line.parcel not in taken or self.random.random() < 0.05]
        named = frozenset({line.commune for line in lines}) if self.random.random() < 0.1 else None
        if named and self.random.random() < 0.3:
            named = frozenset(self.random.sample(PLACES, 2))
        return self._send(self._spoilt(lines), full=False, named=named)

    def again(self) -> Delivery:
        """The same bytes under a new key: a new delivery."""
        said = self.random.choice(self.model.deliveries[-12:] or [None])
        return self._send(list(said.lines), full=said.full, named=said.named) if said else self.full()

    def repeat(self) -> Delivery:
        """The same under the same key: the stored answer, and nothing else."""
        if not self.uids:
            return self.full()
        at = self.random.randrange(len(self.uids))
        receipt = self.desk.send(**self.sent[at])
        assert (receipt.repeated, receipt.delivery_uid) == (True, self.uids[at])
        self.desk.work(receipt.delivery_uid)
        return self.model.deliveries[at]

    def word(self) -> Delivery:
        """A second person's word about one or all communes that wait."""
        one = self.random.choice([one for one in self.model.deliveries if one.state == "WAITING"])
        waiting = sorted(place for place, how in one.places.items() if how.state == "WAITING")
        chosen = waiting if self.random.random() < 0.5 else [self.random.choice(waiting)]
        approve = self.random.random() < 0.65
        said = {
            "delivery_uid": self.uids[one.number], "office_code": None, "login": "minh", "reason": "thử",
            "decision": Decision.APPROVE if approve else Decision.REJECT, "communes": chosen,
        }  # fmt: skip
        overtaken = [place for place in chosen if self.model.overtaken(one, place)]
        if approve and overtaken:
            with pytest.raises(DeliveryOvertaken) as caught:
                decide.decide(self.desk.db, **said)
            assert caught.value.details["communes"] == ", ".join(overtaken)
            return one
        decide.decide(self.desk.db, **said)
        self._work(self.uids[one.number])
        for place in chosen:
            self.model.decide(one, place, approve=approve)
        return one

    def take_back(self) -> Delivery:
        published = [one for one in self.model.deliveries if one.state == "PUBLISHED"]
        if not published:
            return self.full()
        one = self.random.choice(published[-2:] if self.random.random() < 0.6 else published[-8:])
        uid = self.uids[one.number]
        said = {"delivery_uid": uid, "office_code": None, "login": "lan", "reason": "thử"}
        blocker = self.model.blocker(one)
        if blocker is not None:
            with pytest.raises(WithdrawalBlocked) as caught:
                withdraw.ask(self.desk.db, **said)
            assert caught.value.details["later"] == str(self.uids[blocker]), (one.number, blocker)
            self.told += " blocked"
            return one
        withdraw.ask(self.desk.db, **said)
        if self.random.random() < 0.15:
            with self.patch.context() as patch:
                patch.setattr(withdraw.withdrawals, "mark", _killed)
                with pytest.raises(Killed):
                    withdraw.carry_out(self.desk.db, delivery_uid=uid)
        assert withdraw.carry_out(self.desk.db, delivery_uid=uid) is State.WITHDRAWN
        self.model.withdraw(one)
        return one

    # files

    def _as_now(self, place: str) -> list[Line]:
        """A commune as it is, with some records gone, changed, joined or new; seldom all of it is other."""
        mood, lines = self.random.random(), []
        stay = 0.15 if mood < 0.07 else 0.94
        for version in self.model.standing(place):
            if self.random.random() < stay:
                changed = self.random.random() < 0.2
                lines += [Line(place, said) for said in (self._other(version.said) if changed else version.said)]
        for _ in range(self.random.randrange(3) if 0.07 < mood < 0.9 else 14 if mood >= 0.9 else 0):
            said = self._new(place)
            if all(said.number != line.said.number for line in lines):
                lines.append(Line(place, said))
        self.random.shuffle(lines)
        return lines

    def _change(self, place: str) -> list[Line]:  # noqa: C901 - one branch a kind
        stands = self.model.standing(place)
        kinds = {"new": 3, "gone": 3, "never": 1, "many": 1}
        if stands:
            kinds |= {"same": 2, "other": 5, "partly": 3, "retire": 4, "split": 5, "join": 3}
        [kind] = self.random.choices(list(kinds), list(kinds.values()))
        if kind == "new":
            return [Line(place, self._new(place)) for _ in range(self.random.choice((1, 1, 2)))]
        if kind in {"gone", "never"}:
            return [self._gone(place, self.random.choice(NUMBERS) + (900 if kind == "never" else 0))]
        if kind == "many":
            if self.random.random() < 0.5:
                return [self._gone(place, number) for one in stands for number in sorted(one.parcels)]
            return [Line(place, Said(n, f"{place}-{n}", HOLDERS[0], 0)) for n in NUMBERS]
        version = self.random.choice(stands)
        said = sorted(version.said, key=str)
        if kind == "same":
            return [Line(place, one) for one in said]
        if kind == "other":
            return [Line(place, one) for one in self._other(version.said)]
        if kind == "partly":
            return [Line(place, one) for one in self._other(frozenset(said[:1]))]
        if kind == "retire":
            numbers = sorted(version.parcels)
            kept = numbers if self.random.random() < 0.7 else numbers[:1]
            return [self._gone(place, number, said[0]) for number in kept]
        if kind == "join":
            more = [*said, *self.random.choice(stands).said]
            paper = self.random.choice(more).paper
            return [Line(place, one._replace(paper=paper)) for one in {one.number: one for one in more}.values()]
        return self._split(place, said)

    def _split(self, place: str, said: list[Said]) -> list[Line]:
        """Children of a parcel; the parent goes, stays as a rest, or is forgotten."""
        parent = said[0]
        numbers = self.random.sample(NUMBERS, 2)
        children = [
            Line(place, Said(n, f"{place}-{n}", parent.holder, 0, (parent.number,)))
            for n in numbers
            if n != parent.number
        ]
        rest = self.random.random()
        if rest < 0.5:
            return [*children, self._gone(place, parent.number)]
        if rest < 0.8:
            return [*children, *(Line(place, one) for one in self._other(frozenset(said)))]
        return children

    def _gone(self, place: str, number: int, like: Said | None = None) -> Line:
        """A row that retires a parcel; some offices fill all of its columns."""
        filled = like if like and self.random.random() < 0.4 else Said(number, None, HOLDERS[0], 0)
        return Line(place, filled._replace(number=number), "retire")

    def _new(self, place: str) -> Said:
        number = self.random.choice(NUMBERS)
        paper = f"{place}-{number}" if self.random.random() < 0.75 else self.random.choice((None, "S1", f"{place}-S2"))
        return Said(number, paper, self.random.choice(HOLDERS), self.random.randrange(4))

    def _other(self, said: frozenset[Said]) -> list[Said]:
        """A record with something about it changed."""
        rows = sorted(said, key=str)
        how = self.random.random()
        if how < 0.4:
            number, area = rows[0].number, self.random.randrange(9)
            return [one._replace(area=area) if one.number == number else one for one in rows]
        if how < 0.7:
            return [one._replace(holder=self.random.choice(HOLDERS)) for one in rows]
        if how < 0.85:
            return [*rows, rows[0]._replace(holder="Phạm Văn D")]
        return [rows[0]._replace(paper=self.random.choice((None, "S1", f"{rows[0].number}-S3"))), *rows[1:]]

    def _spoilt(self, lines: list[Line]) -> list[Line]:
        if self.random.random() < 0.25:
            at = self.random.randrange(len(lines))
            one = lines[at]
            if self.random.random() < 0.15:
                lines.append(Line(one.commune, one.said._replace(area=77), one.operation))
            else:
                lines[at] = Line(one.commune, one.said, one.operation, self.random.choice(FAULTS))
        if self.random.random() < 0.05:
            lines.append(self.random.choice(lines))  # a row twice, letter by letter
        return lines

    # both worlds

    def _send(self, lines: list[Line], *, full: bool, named: frozenset[str] | None) -> Delivery:
        sent = {
            "data": geojson([_row(one) for one in lines]),
            "key": f"k{len(self.sent)}",
            "kind": Kind.FULL if full else Kind.CHANGES,
            "communes": None if named is None else tuple(sorted(named)),
        }
        receipt = self.desk.send(**sent)
        self.sent.append(sent)
        self.uids.append(receipt.delivery_uid)
        self._work(receipt.delivery_uid)
        return self.model.deliver(tuple(lines), full=full, named=named)

    def _work(self, uid: Any) -> None:
        """The worker's turn; now and then it is killed in the middle and starts again."""
        if self.random.random() < 0.12:
            module, name = self.random.choice(
                (
                    (commune.delivery_communes, "save"),
                    (commune.coverage, "add"),
                    (publish, "_finish"),
                    (publish, "_note_check"),
                )
            )
            with self.patch.context() as patch:
                patch.setattr(module, name, _dying(getattr(module, name), self.random.randrange(2)))
                try:
                    self.desk.work(uid)
                except Killed:
                    self.told += " killed"
        self.desk.work(uid)

    def compare(self, numbers: set[int]) -> None:
        found: dict[tuple[str, int], set[tuple[Any, ...]]] = defaultdict(set)
        for code, record, number, area, parents, serial, holder in self.desk.rows(STANDING):
            found[code, record].add((number, float(area), parents, serial, holder))
        stands = sorted((code, sorted(said, key=str)) for (code, _), said in found.items())
        wanted = sorted(
            (one.commune, sorted((_stored(one.commune, said) for said in one.said), key=str))
            for one in self.model.versions
            if one.stands
        )
        assert stands == wanted
        assert self.desk.rows(ASTRAY) == []
        for code, *counted in self.desk.rows(COUNTED):
            held = self.model.standing(code)
            figures = [
                sum(len(one.parcels) for one in held),
                sum(len(one.papers) for one in held),
                sum(len({(said.paper, said.holder) for said in one.said}) for one in held),
            ]
            assert counted == [*figures, *figures], code
        for number in sorted(numbers):
            self._compare_view(self.model.deliveries[number])

    def _compare_view(self, one: Delivery) -> None:
        view = self.desk.view(self.uids[one.number])
        assert view.state == self.model.shown(one), one
        lines = [
            {
                "new": line.rows_new, "changed": line.rows_changed, "unchanged": line.rows_unchanged,
                "refused": line.rows_refused, "waiting": line.rows_waiting,
            } for line in view.ledger
        ]  # fmt: skip
        assert lines == ([one.ledger()] if one.places else []), one
        places = {
            line.code: (line.state, line.parcels_before, line.parcels_new, line.parcels_retired)
            for line in view.communes
        }
        assert places == {
            code: (place.state, place.before, place.new, place.retired) for code, place in one.places.items()
        }, one
        refusing = {(f.row_no, f.code) for f in view.findings if f.severity is Severity.REFUSES_RECORD}
        assert refusing == one.found, one
        for line in view.communes:
            if line.state == "WAITING":
                assert {reason.code for reason in line.reasons} == one.places[line.code].reasons


def _killed(*_arguments: Any, **_named: Any) -> None:
    raise Killed


def _dying(real: Any, after: int) -> Any:
    """The function, killed when it has been called so many times."""
    calls: list[None] = []

    def one(*arguments: Any, **named: Any) -> Any:
        if len(calls) == after:
            raise Killed
        calls.append(None)
        return real(*arguments, **named)

    return one


def _stored(place: str, said: Said) -> tuple[Any, ...]:
    parents = ";".join(f"{place}.1.{one}" for one in said.parents) or None
    return said.number, 100 + said.area / 100, parents, said.paper and f"DB {said.paper}", said.holder


def _row(line: Line) -> dict[str, Any]:
    said = line.said
    made = row(
        line.commune,
        said.number % 100,
        parcel_number=said.number,
        operation=line.operates,
        area_m2=100 + said.area / 100,
        holder_name=said.holder,
        id_number="024070000001",  # a holder is told from another by name
        certificate_serial=said.paper and f"DB {said.paper}",
        registry_number=said.paper and f"CH{said.paper}",
        parent_parcels=";".join(f"{line.commune}.1.{one}" for one in said.parents) or None,
    )
    spoilt: dict[str, dict[str, Any]] = {
        "GEOMETRY_MISSING": {"ring": None},
        "PARCEL_NUMBER_INVALID": {"parcel_number": "2a"},
        "COMMUNE_UNKNOWN": {"commune_code": "99999"},
    }
    return made | spoilt.get(line.fault or "", {})


def play(desk: Any, monkeypatch: pytest.MonkeyPatch, *, seed: int, steps: int) -> Story:
    """Steps of one seed; what fails says seed and step, so that it can be played again."""
    monkeypatch.setattr("landdata.flows.check.ROWS_AT_ONCE", 3)
    story = Story(desk, monkeypatch, seed)
    for number in range(steps):
        try:
            story.step()
        except BaseException as error:
            error.add_note(f"seed {seed}, step {number}: {story.told}")
            raise
    return story


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.full)])
def test_the_store_is_as_the_model_says_after_every_step(desk, in_process, monkeypatch, seed):
    play(desk, monkeypatch, seed=seed, steps=100)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 120))
def test_the_store_is_as_the_model_says_at_full_length(desk, in_process, monkeypatch, seed):
    play(desk, monkeypatch, seed=seed, steps=500)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(200, 206))
def test_lives_are_rebuilt_from_their_files(desk, empty, in_process, monkeypatch, seed):
    play(desk, monkeypatch, seed=seed, steps=200)
    done = rebuild.rebuild(desk.db, empty, settings=desk.settings, keys=desk.keys)
    assert done.whole, done
    assert prints.compare(desk.db, empty, keys=desk.keys) == ()
