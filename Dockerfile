# syntax=docker/dockerfile:1
# Two images: `app` (API, worker, bootstrap, mock platform: one image, four commands) and `database`.

# -- build: dependencies and code into one virtual environment --------------------------------------------------
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
WORKDIR /srv/landdata
# The list of dependencies alone first: a change of code then installs nothing anew.
COPY pyproject.toml README.md LICENSE ./
COPY LICENSES ./LICENSES
RUN /opt/venv/bin/pip install .
COPY landdata ./landdata
COPY api ./api
COPY sync ./sync
COPY fixtures ./fixtures
# As `./run` installs it: from its folder, so that migrations, templates and reference data stand beside the code.
# `pip check` fails the build when a pin of one package does not fit another.
RUN /opt/venv/bin/pip install --no-deps --editable . \
    && /opt/venv/bin/pip check \
    && /opt/venv/bin/python -m compileall -q /opt/venv/lib landdata api sync fixtures

# -- app: what runs; no compiler, no pip cache, not root ---------------------------------------------------------
FROM python:3.11-slim-bookworm AS app
RUN groupadd --gid 10001 landdata \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin landdata \
    # A fresh named volume takes owner and mode of the folder it covers; without this it would be root's.
    && install -d -o landdata -g landdata -m 0700 /var/lib/landdata /var/lib/landdata/keys /copies /anchors
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/landdata /srv/landdata
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LANDDATA_DATA_DIR=/var/lib/landdata
WORKDIR /srv/landdata
USER 10001:10001
EXPOSE 8000
# No shell around it: signals reach the process itself, and it ends in order.
CMD ["python", "-m", "api", "--host", "0.0.0.0", "--port", "8000"]

# -- database: PostgreSQL 15, as in Debian 12 where the tests run, with PostGIS -----------------------------------
# 15-3.5 is the line of PostgreSQL 15 that still gets security updates; the Debian one, not Alpine, because another
# C library sorts and transforms with other versions of GEOS and PROJ than those tested.
FROM postgis/postgis:15-3.5 AS database
# The image's own script would add four extensions that nobody asked for; ours come from `landdata db bootstrap`.
RUN rm /docker-entrypoint-initdb.d/10_postgis.sh \
    && install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/wal /backup
COPY --chmod=0755 docs/deploy/database/10-role.sh /docker-entrypoint-initdb.d/10-role.sh
COPY --chmod=0755 docs/deploy/backup.sh docs/deploy/restore.sh /usr/local/bin/
USER 999:999
