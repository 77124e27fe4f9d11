"""The command line `landdata`: the operator's and the land office's whole surface, put together from the commands."""

from __future__ import annotations

import typer

from landdata.commands import (
    access_log,
    agreements,
    alerts,
    backup,
    cases,
    changes,
    check,
    clients,
    connections,
    coverage,
    crs,
    database,
    decisions,
    deliver,
    deliveries_list,
    deliveries_report,
    indicators,
    inspections,
    jobs,
    keys,
    match,
    matching_quality,
    movements,
    offices,
    people,
    population,
    rebuild,
    recounts,
    reference,
    reports,
    sources,
    token_keys,
    units,
    webhooks,
)
from landdata.commands.screen import telling

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Dịch vụ chia sẻ dữ liệu đất đai / Land data sharing service"
)
app.command("check")(check.check)
app.command("match")(match.match)
app.command("deliver")(deliver.deliver)
app.command("rebuild")(rebuild.command)
deliveries_list.add_to(deliveries_report.group)
decisions.add_to(deliveries_report.group)
inspections.add_to(access_log.group)
matching_quality.add_to(cases.group)
movements.add_to(coverage.group)
recounts.add_to(coverage.group)
for _name, _group in {
    "coverage": coverage.group,
    "db": database.group,
    "reference": reference.group,
    "units": units.group,
    "crs": crs.group,
    "access-log": access_log.group,
    "offices": offices.group,
    "people": people.group,
    "population": population.group,
    "clients": clients.group,
    "keys": keys.group,
    "token-keys": token_keys.group,
    "agreements": agreements.group,
    "matching": cases.group,
    "changes": changes.group,
    "webhooks": webhooks.group,
    "deliveries": deliveries_report.group,
    "sources": sources.group,
    "indicators": indicators.group,
    "connections": connections.group,
    "alerts": alerts.group,
    "jobs": jobs.group,
    "reports": reports.group,
    "backup": backup.group,
}.items():
    app.add_typer(_group, name=_name)


def main() -> None:
    """Run a command; a domain error becomes two sentences, what to do, and exit code 2."""
    with telling():
        app()
