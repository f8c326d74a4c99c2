# shellcheck shell=bash disable=SC1112,SC2016,SC2034,SC2154,SC2317
# A back-up of the running stack, restored into a new database with an empty spool. Sourced by scripts/verify-images.sh.
units() { inside postgres psql -U postgres -d api_factory -Atc 'SELECT coalesce(sum(units), 0), (SELECT coalesce(sum(cost), 0) FROM api_factory.usage_events) FROM api_factory.ledger'; }
before=$(units)
keys_before=$(keys)
if [ "$ENGINE" = docker ]; then export COMPOSE="docker compose -p $project ${files[*]}"; else export project COMPOSE="$root/scripts/images/bin/docker compose"; fi
check 'a back-up while the stack serves' eval 'file=$(scripts/backup.sh --compose "$scratch/backups" 2>"$scratch/backup.log") || { cat "$scratch/backup.log"; false; }'
remove_stack
compose up -d postgres >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
check 'the new database is ready' health postgres
check 'the back-up is restored' eval 'scripts/restore.sh --compose "$file" >"$scratch/restore.log" 2>&1 || { cat "$scratch/restore.log"; false; }'
equal 'ledger and events are as they were' "$before" "$(units)"
equal 'and agree with each other' "${before%|*}" "${before#*|}"
compose up -d postgres api web >"$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
check 'the restored stack serves' ready
equal 'with every key' "$keys_before" "$(keys)"
check 'doctor finds nothing' eval 'inside api api-factory doctor >"$scratch/doctor" 2>&1 || { cat "$scratch/doctor"; false; }'
