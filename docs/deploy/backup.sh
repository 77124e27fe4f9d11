#!/bin/sh
# Backups: the database with every WAL byte of it, raw deliveries, anchors, and apart from all these the keys.
# How they belong together, what each costs, and how to restore: docs/backup.md. The other way round: restore.sh.
#
#   backup.sh wal   TO           receives WAL as it is written, until it is ended; run it always, by a service
#   backup.sh base  TO           a base backup, verified; daily
#   backup.sh files DATA TO      raw/, reports/ and anchors/ of the data folder; never keys/
#   backup.sh keys  DATA TO      keys/, to another place than the rest
#   backup.sh check TO           every byte of what is there against what was written down
#   backup.sh prune TO KEEP      keeps the newest KEEP bases, and the WAL they need
#
# The database is found by libpq's own variables (PGHOST, PGPORT, PGUSER, PGPASSFILE); the role needs REPLICATION.
set -eu
umask 077

fail() {
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

bases() { find "$1" -maxdepth 1 -type d -name 'base-*' | sort; }

wal() {
    mkdir -p "$1/wal"
    pg_receivewal --directory="$1/wal" --slot="$SLOT" --create-slot --if-not-exists --no-password
    # Under this name the server waits for it (synchronous_standby_names); --synchronous: flushed, then confirmed.
    PGAPPNAME=${PGAPPNAME:-landdata_wal} exec pg_receivewal --directory="$1/wal" --slot="$SLOT" --synchronous --no-password
}

base() {
    mkdir -p "$1"
    rm -rf "$1/.base.new" # what a killed run left
    pg_basebackup --pgdata="$1/.base.new" --checkpoint=fast --wal-method=stream --manifest-checksums=SHA256 --no-password
    pg_verifybackup --quiet "$1/.base.new"
    name=base-$(date -u +%Y%m%dT%H%M%SZ)
    sync -f "$1/.base.new"
    mv "$1/.base.new" "$1/$name"
    echo "$1/$name"
}

files() {
    if [ -e "$2/keys" ]; then
        fail "Ở $2 có khóa: khóa và dữ liệu phải cất ở hai nơi." "There are keys in $2: keys and data are kept in two places."
    fi
    mkdir -p "$2/raw" "$2/anchors"
    touch "$2/SHA256SUMS"
    # A name is its content's hash: what is there is there, unless it was sealed anew under another key. A copy gets its
    # name only when it is whole, and its line first. ([!.]*: a file still being written begins with a dot.)
    (cd "$1" && find raw -type f -name '[!.]*') | while IFS= read -r one; do
        if [ ! -e "$2/$one" ] || [ "$1/$one" -nt "$2/$one" ]; then
            mkdir -p "$2/${one%/*}"
            cp -p "$1/$one" "$2/${one%/*}/.new"
            sync "$2/${one%/*}/.new"
            printf '%s  %s\n' "$(sha256sum <"$2/${one%/*}/.new" | cut -c 1-64)" "$one" >>"$2/SHA256SUMS"
            mv "$2/${one%/*}/.new" "$2/$one"
        fi
    done
    # Reports never change, and a name is its content's hash, too.
    (cd "$1" && if [ -d reports ]; then find reports -type f -name '[!.]*'; fi) | while IFS= read -r one; do
        if [ ! -e "$2/$one" ]; then
            mkdir -p "$2/reports"
            cp -p "$1/$one" "$2/reports/.new"
            sync "$2/reports/.new"
            mv "$2/reports/.new" "$2/$one"
        fi
    done
    # Anchors only ever grow: one that became shorter was tampered with, and the copy is the witness.
    (cd "$1" && if [ -d anchors ]; then find anchors -type f; fi) | while IFS= read -r one; do
        if [ -e "$2/$one" ] && ! head -c "$(wc -c <"$2/$one")" "$1/$one" | cmp -s - "$2/$one"; then
            fail "Tệp neo $1/$one đã bị sửa; giữ nguyên cả hai bản." "The anchors $1/$one were changed; keep both as they are."
        fi
        cp -p "$1/$one" "$2/$one.new"
        mv "$2/$one.new" "$2/$one"
    done
    cd "$2"
    # Those that the service itself wrote here.
    find raw -type f -name '[!.]*' | sort >.there
    sed 's/^[0-9a-f]*  //' SHA256SUMS | sort -u >.listed
    comm -23 .there .listed | while IFS= read -r one; do sha256sum "$one"; done >>SHA256SUMS
    rm .there .listed
    sync -f .
}

keys() {
    for one in raw wal; do
        if [ -e "$2/$one" ]; then
            fail "Ở $2 có dữ liệu: khóa và dữ liệu phải cất ở hai nơi." "There is data in $2: keys and data are kept in two places."
        fi
    done
    mkdir -p "$2/keys"
    # A file that was changed leaves the former one beside it: older backups open with that one only.
    cp -Rpu --backup=numbered "$1/keys/." "$2/keys/"
    sync -f "$2/keys"
}

check() {
    bases "$1" | while IFS= read -r one; do
        pg_verifybackup --quiet "$one"
        echo "$one"
    done
    if [ -e "$1/SHA256SUMS" ]; then
        hashes "$1"
    fi
}

# Each file consists of bytes that were written down for its name, and each name written down is there. Files first: whoever
# changes one writes its line before.
hashes() {
    (cd "$1" && find raw -type f -name '[!.]*' -exec sha256sum {} + | awk '
        { name = substr($0, 67) }
        FILENAME == "-" { found[name] = $0; next }
        { named[name] = 1; held[$0] = 1 }
        END {
            for (name in named) {
                many++
                if (!(name in found && found[name] in held)) { print name ": FAILED" > "/dev/stderr"; bad = 1 }
            }
            print many + 0
            exit bad
        }' - SHA256SUMS)
}

prune() {
    bases "$1" | head -n "-$2" | while IFS= read -r one; do rm -rf "$one"; done
    oldest=$(bases "$1" | head -n 1)
    if [ "$oldest" ] && [ -d "$1/wal" ]; then
        # The first segment that the oldest base needs, from its own label.
        first=$(sed -n 's/^START WAL LOCATION: .* (file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")
        pg_archivecleanup "$1/wal" "$first"
    fi
}

SLOT=${BACKUP_SLOT:-landdata_backup}
command=${1:-}
case $command:$# in
wal:2 | base:2 | check:2 | files:3 | keys:3 | prune:3)
    shift
    "$command" "$@"
    ;;
*)
    sed -n '2,13p' "$0"
    exit 2
    ;;
esac
