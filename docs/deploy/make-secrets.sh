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
[ -e service.pgpass ] || printf 'db:5432:*:landdata:%s\n' "$(cat db_service_password)" | put service.pgpass 10001
[ -e admin.pgpass ] || printf 'db:5432:*:postgres:%s\ndb:5432:*:landdata:%s\n' \
    "$(cat db_superuser_password)" "$(cat db_service_password)" | put admin.pgpass 10001
# `replication` is no database but what a receiver of WAL asks for.
[ -e backup.pgpass ] || printf 'db:5432:replication:landdata_backup:%s\n' "$(random)" | put backup.pgpass 999

for name in tls_certificate.pem tls_key.pem; do
    if [ -e "$name" ]; then
        chown 101:101 "$name"
        chmod 0400 "$name"
    else
        echo "Còn thiếu / still missing: $folder/$name (chứng thư TLS do đơn vị cấp / from your certificate authority)"
    fi
done
echo "Xong / done: $folder"
