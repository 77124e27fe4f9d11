#!/bin/sh
# Restores what backup.sh has kept. What to do before and after: docs/backup.md.
#
#   restore.sh database FROM PGDATA [WALDIR]   newest base into an empty folder, ready to replay all WAL when it is started
#   restore.sh files    FROM DATA              raw/, reports/ and anchors/ into the data folder
#
# As the account that will own the files (postgres; the service's). It never writes over anything.
set -eu
umask 077

fail() {
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

empty() {
    if [ -d "$1" ] && [ "$(ls -A "$1")" ]; then
        fail "Thư mục $1 không trống; không ghi đè gì." "The folder $1 is not empty; nothing is written over."
    fi
}

database() {
    from=$(cd "$1" && pwd)
    case $from in
    *[!A-Za-z0-9/._-]*) fail "Đường dẫn $from có ký tự lạ." "The path $from has odd characters." ;;
    esac
    base=$(find "$from" -maxdepth 1 -type d -name 'base-*' | sort | tail -n 1)
    [ "$base" ] || fail "Không có bản sao nào ở $from." "There is no base backup in $from."
    [ -d "$from/wal" ] || fail "Không có WAL ở $from." "There is no WAL in $from."
    empty "$2"
    pg_verifybackup --quiet "$base"
    mkdir -p "$2"
    chmod 700 "$2"
    cp -Rp "$base/." "$2/"
    if [ "${3:-}" ]; then
        empty "$3"
        mkdir -p "$3"
        chmod 700 "$3"
        cp -Rp "$2/pg_wal/." "$3/"
        rm -rf "$2/pg_wal"
        ln -s "$3" "$2/pg_wal"
    fi
    # The last segment was still being received when the server fell: it has its name with `.partial`.
    cat >>"$2/postgresql.auto.conf" <<CONF
restore_command = 'cp "$from/wal/%f" "%p" 2>/dev/null || cp "$from/wal/%f.partial" "%p" 2>/dev/null'
recovery_target_timeline = 'latest'
synchronous_standby_names = '' # nobody receives WAL yet: a commit would wait for ever
CONF
    touch "$2/recovery.signal"
    echo "$base"
}

files() {
    empty "$2/raw"
    empty "$2/anchors"
    sh "$(dirname "$0")/backup.sh" check "$1"
    mkdir -p "$2/raw" "$2/anchors"
    cp -Rp "$1/raw/." "$2/raw/"
    cp -Rp "$1/anchors/." "$2/anchors/"
    if [ -d "$1/reports" ]; then
        mkdir -p "$2/reports"
        cp -Rp "$1/reports/." "$2/reports/"
    fi
    sync -f "$2"
}

command=${1:-}
case $command:$# in
database:3 | database:4 | files:3)
    shift
    "$command" "$@"
    ;;
*)
    sed -n '2,7p' "$0"
    exit 2
    ;;
esac
