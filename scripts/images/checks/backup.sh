# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# A backup of the running stack, restored into a new database with an empty spool. Sourced by scripts/verify-images.sh.
units() { inside postgres psql -U postgres -d api_factory -Atc 'SELECT coalesce(sum(units), 0), (SELECT coalesce(sum(cost), 0) FROM api_factory.usage_events) FROM api_factory.ledger'; }
before=$(units)
keys_before=$(keys)
if [ "$ENGINE" = docker ]; then export COMPOSE="docker compose -p $project ${files[*]}"; else export project COMPOSE="$root/scripts/images/bin/docker compose"; fi
check 'a backup succeeds while the stack serves' eval 'file=$(scripts/backup.sh --compose "$scratch/backups" 2>"$scratch/backup.log") || { cat "$scratch/backup.log"; false; }'
remove_stack
compose up -d postgres >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
check 'the new database is ready' health postgres
check 'the backup is restored' eval 'scripts/restore.sh --compose "$file" >"$scratch/restore.log" 2>&1 || { cat "$scratch/restore.log"; false; }'
equal 'ledger and events are unchanged' "$before" "$(units)"
equal 'ledger and events match' "${before%|*}" "${before#*|}"
compose up -d postgres api web >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
check 'the restored stack serves' ready
equal 'the restored stack has every key' "$keys_before" "$(keys)"
check 'doctor finds no problem' eval 'inside api api-factory doctor >"$scratch/doctor" 2>&1 || { cat "$scratch/doctor"; false; }'
