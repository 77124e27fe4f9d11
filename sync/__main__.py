"""`python -m sync`: the worker; `python -m sync install` only makes the job engine's tables."""

from __future__ import annotations

import asyncio
import logging.config
import shutil
import sys
from contextlib import closing

from landdata import logs
from landdata.errors import LandDataError
from landdata.flows import jobs
from landdata.flows.check import scratch_of
from landdata.settings import Settings, settings
from landdata.store.engine import Database
from landdata.store.migrate import check_current, grant
from sync.context import open_context
from sync.engine import install, require_installed, work
from sync.schedule import JOBS


def main() -> int:
    """Exit code 0 after a signal, 1 when the worker cannot start."""
    logging.config.dictConfig(logs.CONFIGURATION)
    chosen = settings()
    try:
        if sys.argv[1:] == ["install"]:
            return _install(chosen)
        context = open_context(chosen)
        check_current(context.db)
        asyncio.run(require_installed(chosen.database_url))
    except LandDataError as error:
        print(f"{error.sentence('vi')}\n{error.sentence('en')}\n{error.mend('en')}", file=sys.stderr)
        return 1
    # Readers of a killed worker could not remove their folders.
    shutil.rmtree(scratch_of(chosen), ignore_errors=True)
    asyncio.run(work(context))
    context.close()
    return 0


def _install(chosen: Settings) -> int:
    """The owner's work: who runs the worker makes no tables. Rights on the new ones come with the others."""
    asyncio.run(install(chosen.database_url))
    with closing(Database(chosen.database_url, pool_size=1)) as db:
        grant(db)
        jobs.keep(db, [job.promise for job in JOBS])
    return 0


if __name__ == "__main__":
    sys.exit(main())
