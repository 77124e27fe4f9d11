"""A consumer's client of the land data service, for Python; it knows the service by its published API only."""

from api.client.answers import Answer, Change, ChangePage, NullReason, Refused, Status, Withheld
from api.client.asynchronous import AsyncLandClient
from api.client.blocking import LandClient
from api.client.errors import AddressUnsafe, AnswerUnreadable, LandClientError, Problem, TokenRefused, Unreachable
from api.client.heads import LogHeads, Statement
from api.client.keys import load_key
from api.client.questions import Citizen, Procedure, Question, Unit
from api.client.retries import Retries

__all__ = [
    "AddressUnsafe",
    "Answer",
    "AnswerUnreadable",
    "AsyncLandClient",
    "Change",
    "ChangePage",
    "Citizen",
    "LandClient",
    "LandClientError",
    "LogHeads",
    "NullReason",
    "Problem",
    "Procedure",
    "Question",
    "Refused",
    "Retries",
    "Statement",
    "Status",
    "TokenRefused",
    "Unit",
    "Unreachable",
    "Withheld",
    "load_key",
]
