#!/usr/bin/env bash
# A consistent backup of an Iria installation: database, uploads, and the secret that an embedded one made.
#
#   set -a; . /etc/iria/iria.env; set +a; deploy/backup.sh /var/backups/iria
#
# Makes FOLDER/iria-<UTC time>/ with checksums, and then removes all but the newest KEEP (14). Safe while Iria runs: the
# database copies itself from one snapshot. A backup that failed half-way is never left under a finished one's name, and
# the status is then not 0. How to restore, and why sending must be stopped first: docs/operations.md.
set -euo pipefail
umask 077

folder=${1:?usage: backup.sh FOLDER}
keep=${KEEP:-14}
root=$(cd "$(dirname "$0")/.." && pwd)
data=${IRIA_DATA:-var}
[[ $data = /* ]] || data=$root/$data
python=$root/.venv/bin/python
[[ -x $python ]] || python=python3

mkdir -p "$folder"
name=iria-$(date -u +%Y%m%dT%H%M%SZ)
part=$folder/.$name.part
rm -rf "$part"
mkdir "$part"
trap 'rm -rf "$part"' EXIT

case ${DATABASE_URL:-} in
postgres://* | postgresql://*)
    # The password goes into a file of ours: every user of the machine may read the arguments of a process.
    PYTHONPATH=$root "$python" - "$part/database.dump" <<'DUMP'
import os, subprocess, sys, tempfile
from lib.service_urls import BadServiceUrl, read_service_url
try:
    url = read_service_url(os.environ.pop("DATABASE_URL"))
except BadServiceUrl as problem:
    sys.exit(f"backup: DATABASE_URL {problem}")
options = dict(url.options)
names = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS"}
place = {
    "PGHOST": options.pop("host", "") or url.host, "PGPORT": str(url.port or ""), "PGUSER": url.username,
    "PGDATABASE": url.path.removeprefix("/"), **{names[key]: value for key, value in options.items() if key in names},
}
environment = os.environ | {name: value for name, value in place.items() if value}
with tempfile.NamedTemporaryFile("w", prefix="iria-pgpass-") as passwords:  # 0600, and gone with the dump
    if url.password:
        secret = url.password.replace("\\", "\\\\").replace(":", "\\:")
        passwords.write(f"*:*:*:*:{secret}\n")
        passwords.flush()
        environment["PGPASSFILE"] = passwords.name
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-password", f"--file={sys.argv[1]}"]
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)
DUMP
    ;;
"" | sqlite:///*)
    path=${DATABASE_URL:-}
    path=${path#sqlite:///}
    [[ -n $path ]] || path=$data/iria.sqlite3
    [[ $path = /* ]] || path=$root/$path
    # The database's own copy: cp could catch it between its file and its write-ahead log.
    "$python" - "$path" "$part/iria.sqlite3" <<'COPY'
import sqlite3, sys
with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as source, sqlite3.connect(sys.argv[2]) as target:
    source.backup(target)
    (verdict,) = target.execute("PRAGMA integrity_check").fetchone()
if verdict != "ok":
    sys.exit(f"backup: the copy of the database is damaged: {verdict}")
COPY
    ;;
*)
    echo "backup: DATABASE_URL is neither PostgreSQL nor SQLite." >&2
    exit 2
    ;;
esac

if [[ -d $data/media ]]; then
    tar --create --gzip --file="$part/media.tar.gz" --directory="$data" media
fi
if [[ -f $data/secret_key ]]; then
    cp -- "$data/secret_key" "$part/secret_key"
fi
(cd "$part" && sha256sum -- * >SHA256SUMS)
sync -f "$part"
mv "$part" "$folder/$name"
echo "backup: $folder/$name ($(du -sh "$folder/$name" | cut -f1))"

# Names sort by time. Only folders that this script made are looked at.
mapfile -t old < <(find "$folder" -mindepth 1 -maxdepth 1 -type d -name 'iria-*Z' | sort -r | tail -n +"$((keep + 1))")
for one in "${old[@]}"; do
    rm -rf -- "$one"
    echo "backup: removed $one"
done
