import type { RefusalCount, StreamEnd } from '@api-factory/core';
import { CompiledQuery, type Transaction } from 'kysely';
import { lockPeriods } from '../../quota/lease-store.ts';
import type { Tables } from '../../store/tables.ts';
import type { Grouped, LedgerLine, Measured, RollupLine, Settlement, StoredEvent } from './aggregate.ts';
import { numberColumn, textColumn } from './columns.ts';

type Tx = Transaction<Tables>;

// Numbers are sent as float8, see `columns.ts`. Rows of a statement are sorted, so that two
// gateways lock them in the same order.

const INSERT_EVENTS = `
with line as (
  select (to_timestamp(minute / 1000) at time zone 'UTC')::date as day, $1 || epoch || '-' as id, entitlement_id, period_id, key_id, consumer_id,
    api, method, route, status::int, outcome, place - 1 as place
  from unnest($2::float8[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::float8[], $12::text[])
    with ordinality as l (minute, epoch, entitlement_id, period_id, key_id, consumer_id, api, method, route, status, outcome, place)
)
insert into usage_events (day, id, ts, entitlement_id, period_id, key_id, consumer_id, api, method, route, status, cost,
  request_bytes, response_bytes, duration_ms, request_id, outcome)
select l.day, l.id || e.sequence::bigint, to_timestamp(e.ms / 1000), l.entitlement_id, l.period_id, l.key_id, l.consumer_id, l.api, l.method, l.route,
  l.status, e.cost, e.request_bytes, e.response_bytes, e.duration_ms, e.request_id, l.outcome
from unnest($13::float8[], $14::float8[], $15::float8[], $16::float8[], $17::float8[], $18::float8[], $19::float8[], $20::text[])
  as e (place, sequence, ms, cost, request_bytes, response_bytes, duration_ms, request_id) join line l on l.place = e.place`;

/** Texts that many events share are sent once per line. */
export async function insertEvents(
  tx: Tx,
  gatewayId: string,
  { events, lines, lineOf }: Grouped & { events: readonly StoredEvent[] },
): Promise<void> {
  if (events.length === 0) return;
  const columns = [
    numberColumn(lines, (l) => l.minute),
    numberColumn(lines, (l) => l.epoch),
    textColumn(lines, (l) => l.entitlementId),
    textColumn(lines, (l) => l.periodId),
    textColumn(lines, (l) => l.keyId),
    textColumn(lines, (l) => l.consumerId),
    textColumn(lines, (l) => l.api),
    textColumn(lines, (l) => l.method),
    textColumn(lines, (l) => l.route),
    numberColumn(lines, (l) => l.status),
    textColumn(lines, (l) => l.outcome),
    numberColumn(lineOf, (place) => place),
    numberColumn(events, (e) => e.sequence),
    numberColumn(events, (e) => e.ts),
    numberColumn(events, (e) => e.cost),
    numberColumn(events, (e) => e.requestBytes),
    numberColumn(events, (e) => e.responseBytes),
    numberColumn(events, (e) => e.durationMs),
    textColumn(events, (e) => e.requestId),
  ];
  await tx.executeQuery(CompiledQuery.raw(INSERT_EVENTS, [`${gatewayId}-`, ...columns]));
}

const COMPLETE_EVENTS = `
with ended as (
  select $1 || epoch || '-' || sequence::bigint as id, (to_timestamp(ms / 1000) at time zone 'UTC')::date as day, bytes::bigint, duration_ms, outcome
  from unnest($2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::text[]) as e (epoch, sequence, ms, bytes, duration_ms, outcome)
), before as (
  select u.day, u.id, u.ts, u.key_id, u.api, u.route, u.status, u.response_bytes, u.duration_ms, e.bytes as new_bytes,
    e.duration_ms as new_duration_ms, e.outcome as new_outcome
  from ended e join usage_events u on u.id = e.id and u.day in (e.day, e.day - 1) where u.day = any($8::date[])
), changed as (
  update usage_events u set response_bytes = b.new_bytes, duration_ms = b.new_duration_ms, outcome = b.new_outcome
  from before b where u.day = b.day and u.id = b.id
)
select key_id as "keyId", api, route, status, (extract(epoch from ts) * 1000)::float8 as ts, 0 as calls, 0 as units, 0 as "requestBytes",
  new_bytes - response_bytes as "responseBytes", new_duration_ms - duration_ms as "durationMs"
from before`;

const DAY_MS = 86_400_000;

/**
 * Completes events that were committed earlier. @returns additions to the roll-ups; none for an end
 * whose event is in quarantine or was dropped by retention
 */
export async function completeEvents(tx: Tx, gatewayId: string, ends: readonly StreamEnd[]): Promise<Measured[]> {
  if (ends.length === 0) return [];
  const days = new Set(ends.flatMap(({ ts }) => [isoDay(ts), isoDay(ts - DAY_MS)]));
  const { rows } = await tx.executeQuery<Measured>(
    CompiledQuery.raw(COMPLETE_EVENTS, [
      `${gatewayId}-`,
      numberColumn(ends, (e) => e.epoch),
      numberColumn(ends, (e) => e.sequence),
      numberColumn(ends, (e) => e.ts),
      numberColumn(ends, (e) => e.responseBytes),
      numberColumn(ends, (e) => e.durationMs),
      textColumn(ends, (e) => e.outcome),
      [...days],
    ]),
  );
  return rows;
}

const isoDay = (ts: number): string => new Date(ts).toISOString().slice(0, 10);

const ADD_TO_LEDGER = `
insert into ledger (period_id, key_id, calls, units, last_used_at)
select period_id, key_id, calls, units, to_timestamp(ms / 1000)
from unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::float8[]) as l (period_id, key_id, calls, units, ms)
order by period_id, key_id
on conflict (period_id, key_id) do update set calls = ledger.calls + excluded.calls, units = ledger.units + excluded.units,
  last_used_at = greatest(ledger.last_used_at, excluded.last_used_at)`;

export async function addToLedger(tx: Tx, lines: readonly LedgerLine[]): Promise<void> {
  if (lines.length === 0) return;
  const columns = [
    textColumn(lines, (l) => l.periodId),
    textColumn(lines, (l) => l.keyId),
    numberColumn(lines, (l) => l.calls),
    numberColumn(lines, (l) => l.units),
    numberColumn(lines, (l) => l.lastUsedAt),
  ];
  await tx.executeQuery(CompiledQuery.raw(ADD_TO_LEDGER, columns));
}

export type RollupTableName = 'usage_minutes' | 'usage_hours' | 'usage_days';

const addToRollupSql = (table: RollupTableName): string => `
insert into ${table} as r (bucket, key_id, api, route, status, calls, units, request_bytes, response_bytes, duration_ms)
select to_timestamp(ms / 1000), key_id, api, route, status, calls, units, request_bytes, response_bytes, duration_ms
from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::float8[], $10::float8[])
  as l (ms, key_id, api, route, status, calls, units, request_bytes, response_bytes, duration_ms)
order by ms, key_id, api, route, status
on conflict (bucket, key_id, api, route, status) do update set calls = r.calls + excluded.calls, units = r.units + excluded.units,
  request_bytes = r.request_bytes + excluded.request_bytes, response_bytes = r.response_bytes + excluded.response_bytes,
  duration_ms = r.duration_ms + excluded.duration_ms`;

export async function addToRollup(tx: Tx, table: RollupTableName, lines: readonly RollupLine[]): Promise<void> {
  if (lines.length === 0) return;
  const columns = [
    numberColumn(lines, (l) => l.bucket),
    textColumn(lines, (l) => l.keyId),
    textColumn(lines, (l) => l.api),
    textColumn(lines, (l) => l.route),
    numberColumn(lines, (l) => l.status),
    numberColumn(lines, (l) => l.calls),
    numberColumn(lines, (l) => l.units),
    numberColumn(lines, (l) => l.requestBytes),
    numberColumn(lines, (l) => l.responseBytes),
    numberColumn(lines, (l) => l.durationMs),
  ];
  await tx.executeQuery(CompiledQuery.raw(addToRollupSql(table), columns));
}

const ADD_REFUSALS = `
insert into usage_refusals as r (minute, entitlement_id, key_id, code, count)
select to_timestamp(ms / 1000), entitlement_id, key_id, code, sum(count)
from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::float8[]) as l (ms, entitlement_id, key_id, code, count)
group by 1, 2, 3, 4 order by 1, 2, 3, 4
on conflict (minute, entitlement_id, key_id, code) do update set count = r.count + excluded.count`;

export async function addRefusals(tx: Tx, refusals: readonly RefusalCount[]): Promise<void> {
  if (refusals.length === 0) return;
  const columns = [
    numberColumn(refusals, (r) => r.minute),
    textColumn(refusals, (r) => r.entitlementId),
    textColumn(refusals, (r) => r.keyId),
    textColumn(refusals, (r) => r.code),
    numberColumn(refusals, (r) => r.count),
  ];
  await tx.executeQuery(CompiledQuery.raw(ADD_REFUSALS, columns));
}

const SETTLE = `
with spent as (
  select s.period_id, s.units::bigint, least(s.units::bigint, coalesce(l.units, 0)) as leased
  from unnest($2::text[], $3::float8[]) as s (period_id, units) left join leases l on l.gateway_id = $1 and l.period_id = s.period_id
), quota as (
  update quotas q set settled = q.settled + s.units, leased = q.leased - least(s.leased, q.leased) from spent s where q.period_id = s.period_id
)
update leases l set units = l.units - s.leased from spent s where s.leased > 0 and l.gateway_id = $1 and l.period_id = s.period_id`;

/**
 * Turns leased units into settled ones. Units without a lease (the quota was unlimited) settle too.
 * Lock order as in `lease-store`.
 * @param holder the gateway that holds the leases; null: leases are unchanged
 * @returns units that could not be settled because the database lacks their period
 */
export async function settle(tx: Tx, holder: string | null, settlements: readonly Settlement[]): Promise<Settlement[]> {
  if (settlements.length === 0) return [];
  const existing = await lockPeriods(
    tx,
    settlements.map(({ periodId }) => periodId),
  );
  const columns = [textColumn(settlements, (s) => s.periodId), numberColumn(settlements, (s) => s.units)];
  await tx.executeQuery(CompiledQuery.raw(SETTLE, [holder, ...columns]));
  return existing.size === settlements.length ? [] : settlements.filter(({ periodId }) => !existing.has(periodId));
}

/** Moves a record that can't be stored to quarantine, with the reason. */
export async function insertQuarantine(
  tx: Tx,
  gatewayId: string,
  { record, reason, sqlstate }: { record: object; reason: string; sqlstate: string | null },
): Promise<void> {
  // jsonb refuses U+0000 and lone surrogates.
  const json = JSON.stringify(record)
    .replaceAll('\\u0000', '\\ufffd')
    .replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, '\\ufffd');
  await tx.insertInto('usage_quarantine').values({ gateway_id: gatewayId, reason, sqlstate, record: json }).execute();
}
