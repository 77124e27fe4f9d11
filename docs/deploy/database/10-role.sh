#!/bin/sh
# Runs once, in a new cluster: the service's own role, which owns its database and nothing else.
set -eu
password=$(cat /run/secrets/db_service_password)
# The value travels in a psql variable, quoted by psql itself, never in the text of the statement or in `ps`.
PASSWORD="$password" psql --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv password PASSWORD
SET password_encryption = 'scram-sha-256';
CREATE ROLE landdata LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE landdata OWNER landdata TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE landdata FROM PUBLIC;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
SQL
# `all` in the image's own lines does not mean replication (docs/backup.md).
echo 'host replication landdata_backup samenet scram-sha-256' >>"$PGDATA/pg_hba.conf"
