"""What a consumer asks: about whom, in which procedure; made once, so that a repetition has the same request_id."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that narrows the question: its code, level, and the division whose codes are meant (`2023` or `2025`)."""

    code: str
    level: str
    division: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """Who asks, in which residency procedure, for which file; the service checks them against the agreement."""

    agency_code: str
    officer_code: str
    service_code: str
    case_file_no: str


@dataclass(frozen=True, slots=True)
class Citizen:
    """Number (12 or 9 digits), name, and the birth date or only its year. The words never show in a repr."""

    id_number: str = field(repr=False)
    full_name: str = field(repr=False)
    birth: date | int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """One citizen in one procedure. `fields` names the part of the 18 that is needed; None asks for all allowed."""

    citizen: Citizen
    procedure: Procedure
    unit: Unit | None = None
    fields: tuple[str, ...] | None = None
    request_id: UUID = field(default_factory=uuid4)

    def body(self) -> dict[str, Any]:
        """The question as the service reads it."""
        asked, born = self.procedure, self.citizen.birth
        said: dict[str, Any] = {
            "request_id": str(self.request_id),
            "agency_code": asked.agency_code,
            "officer_code": asked.officer_code,
            "service_code": asked.service_code,
            "case_file_no": asked.case_file_no,
            "id_number": self.citizen.id_number,
            "full_name": self.citizen.full_name,
        }
        said |= {"date_of_birth": born.isoformat()} if isinstance(born, date) else {"birth_year": born}
        if self.unit is not None:
            said["unit"] = {"code": self.unit.code, "level": self.unit.level, "division": self.unit.division}
        if self.fields is not None:
            said["fields"] = list(self.fields)
        return said
