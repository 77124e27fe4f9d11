#!/bin/sh
# Makes the secret files that docker-compose.yml mounts. What is there already is left as it is, so it is safe to repeat.
# Usage, as root on the host: docs/deploy/make-secrets.sh [FOLDER]     (default: /etc/landdata/secrets)
set -eu
umask 077
folder=${1:-/etc/landdata/secrets}
mkdir -p "$folder"
cd "$folder"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# put NAME OWNER: standard input becomes the file NAME, whole or not at all.
put() {
    cat >".$1.new"
    chmod 0400 ".$1.new"
    chown "$2:$2" ".$1.new"
    mv ".$1.new" "$1"
}

[ -e db_superuser_password ] || random | put db_superuser_password 999
[ -e db_service_password ] || random | put db_service_password 999
# libpq reads these by PGPASSFILE and refuses a file that anyone else may read.
line() { printf 'db:5432:*:%s:%s\n' "$1" "$2"; }

# Every role of the database has a password of its own; `landdata db bootstrap` sets them from this file.
[ -e roles.pgpass ] || for role in api issuer uploader dashboard map people worker sealer auditor backup; do
    line "landdata_$role" "$(random)"
done | put roles.pgpass 10001

# only NAME OWNER ROLE...: the lines of those roles that a container connects as, and of no other. Made anew every time.
only() {
    name=$1
    account=$2
    shift 2
    for role in "$@"; do grep ":landdata_$role:" roles.pgpass; done | put "$name" "$account"
}
only api.pgpass 10001 api issuer uploader dashboard map people
only worker.pgpass 10001 worker sealer
# The receiver of WAL runs as PostgreSQL's account; `*` stands for replication, too.
only backup.pgpass 999 backup
# For the inspector's commands; no container has it.
only auditor.pgpass 10001 auditor
# For `bootstrap`, and the operator's commands that are run in its place.
{
    line postgres "$(cat db_superuser_password)"
    line landdata "$(cat db_service_password)"
    grep -e ':landdata_sealer:' -e ':landdata_auditor:' roles.pgpass
} | put admin.pgpass 10001

for name in tls_certificate.pem tls_key.pem; do
    if [ -e "$name" ]; then
        chown 101:101 "$name"
        chmod 0400 "$name"
    else
        echo "Còn thiếu / still missing: $folder/$name (chứng thư TLS do đơn vị cấp / from your certificate authority)"
    fi
done
echo "Xong / done: $folder"
