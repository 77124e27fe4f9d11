"""Where the program `landdata` begins: a match at a desk does not wait for the libraries of the database to load."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command of this call."""
    if sys.argv[1:2] == ["match"]:
        import typer

        from landdata.commands.match import match
        from landdata.commands.screen import telling

        app = typer.Typer(add_completion=False)
        # A second command keeps Typer from taking the first word for an argument.
        app.callback()(lambda: None)
        app.command("match")(match)
        with telling():
            app()
    else:
        from landdata import cli

        cli.main()
