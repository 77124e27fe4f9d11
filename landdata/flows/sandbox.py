"""The mock population platform of a simulation is told to misbehave; in operation there is no such thing."""

from __future__ import annotations

from landdata.connectors import sandbox
from landdata.errors import SandboxAbsent
from landdata.model.sandbox import Mood, Order
from landdata.settings import Settings


def present(settings: Settings) -> Order:
    """The mood it is in. Raises SandboxAbsent, PopulationUnavailable."""
    return _order(sandbox.mood(_url(settings)))


def put(settings: Settings, order: Order) -> Order:
    """Another mood, from the next request on. Raises SandboxAbsent, PopulationUnavailable."""
    change = {"mood": order.mood.value, "share": order.share, "seed": order.seed}
    return _order(sandbox.mood(_url(settings), change))


def _url(settings: Settings) -> str:
    if not settings.simulated or not settings.population_url:
        raise SandboxAbsent
    return settings.population_url


def _order(said: dict[str, object]) -> Order:
    return Order(Mood(str(said["mood"])), float(str(said["share"])), int(str(said["seed"])))
