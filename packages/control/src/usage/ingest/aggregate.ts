import type { StreamEnd, UsageEvent } from '@api-factory/core';

/**
 * An event to be stored: a stream that ended in the same batch already has its outcome.
 */
export type StoredEvent = UsageEvent & { outcome?: StreamEnd['outcome'] };

/** The fields that events are grouped by. Most events of a batch share a line with others. */
export interface Line
  extends Pick<UsageEvent, 'epoch' | 'entitlementId' | 'periodId' | 'keyId' | 'consumerId' | 'api' | 'method' | 'route' | 'status'> {
  /** Start of the minute, epoch ms. */
  minute: number;
  outcome: StreamEnd['outcome'];
}

/** Usage of one key in one period. */
export interface LedgerLine {
  periodId: string;
  keyId: string;
  calls: number;
  units: number;
  lastUsedAt: number;
}

/** A row of a roll-up; `bucket` is its start, epoch ms. */
export interface RollupLine {
  bucket: number;
  keyId: string;
  api: string;
  route: string;
  status: number;
  calls: number;
  units: number;
  requestBytes: number;
  responseBytes: number;
  durationMs: number;
}

/** Spent units of one period. */
export interface Settlement {
  periodId: string;
  units: number;
}

/** What an event adds to the roll-ups. The end of a stream adds bytes and time, but no call. */
export type Measured = Omit<RollupLine, 'bucket'> & { ts: number };

/** What a batch adds to ledger, roll-ups and quotas, in no particular order. */
export interface Aggregates {
  ledger: LedgerLine[];
  minutes: RollupLine[];
  hours: RollupLine[];
  days: RollupLine[];
  settlements: Settlement[];
}

/** A line with the sums of its events. */
type SummedLine = Line & Omit<RollupLine, 'bucket'> & { lastUsedAt: number };

/** A batch's events by line: `lineOf[i]` is the index of event i's line in `lines`. */
export interface Grouped {
  lines: SummedLine[];
  lineOf: number[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** One lookup per event; everything else is derived from the lines. */
export function groupEvents(events: readonly StoredEvent[]): Grouped {
  const indexes = new Map<string, number>();
  const lines: SummedLine[] = [];
  const lineOf = events.map((event) => {
    const minute = event.ts - (event.ts % MINUTE_MS);
    const name = lineName(event, minute);
    const index = indexes.get(name);
    if (index === undefined) {
      indexes.set(name, lines.length);
      return lines.push(firstOfLine(event, minute)) - 1;
    }
    addToLine(lines[index] as SummedLine, event);
    return index;
  });
  return { lines, lineOf };
}

/** Separates the parts of a map key: U+0000 occurs in no stored text. */
const lineName = (e: StoredEvent, minute: number): string =>
  `${e.keyId}\0${e.periodId}\0${minute}\0${e.status}\0${e.route}\0${e.method}\0${e.api}\0${e.entitlementId}\0${e.consumerId}\0${e.epoch}\0${outcomeOf(e)}`;

/**
 * A stream counts as aborted until its end is known, so that one cut by a crash needs no repair.
 */
const outcomeOf = ({ outcome, streamed }: StoredEvent): StreamEnd['outcome'] => outcome ?? (streamed ? 'aborted' : 'complete');

function firstOfLine(event: StoredEvent, minute: number): SummedLine {
  const { epoch, entitlementId, periodId, keyId, consumerId, api, method, route, status } = event;
  const outcome = outcomeOf(event);
  const { cost: units, requestBytes, responseBytes, durationMs, ts: lastUsedAt } = event;
  const sums = { calls: 1, units, requestBytes, responseBytes, durationMs, lastUsedAt };
  return { minute, epoch, entitlementId, periodId, keyId, consumerId, api, method, route, status, outcome, ...sums };
}

function addToLine(line: SummedLine, event: StoredEvent): void {
  line.calls += 1;
  line.units += event.cost;
  line.requestBytes += event.requestBytes;
  line.responseBytes += event.responseBytes;
  line.durationMs += event.durationMs;
  if (event.ts > line.lastUsedAt) line.lastUsedAt = event.ts;
}

/** Aggregates a batch. `completions` are ends of streams whose events were committed earlier. */
export function aggregate(lines: readonly SummedLine[], completions: readonly Measured[]): Aggregates {
  const rows = new Map<string, RollupLine>();
  for (const line of lines) addToRow(rows, line, line.minute);
  for (const measured of completions) addToRow(rows, measured, measured.ts - (measured.ts % MINUTE_MS));
  const minutes = [...rows.values()];
  const hours = coarser(minutes, HOUR_MS);
  const days = coarser(hours, DAY_MS);
  const ledger = ledgerOf(lines);
  return { ledger, minutes, hours, days, settlements: settlementsOf(ledger) };
}

function coarser(finer: readonly RollupLine[], bucketMs: number): RollupLine[] {
  const rows = new Map<string, RollupLine>();
  for (const row of finer) addToRow(rows, row, row.bucket - (row.bucket % bucketMs));
  return [...rows.values()];
}

function addToRow(rows: Map<string, RollupLine>, added: Omit<RollupLine, 'bucket'>, bucket: number): void {
  const { keyId, api, route, status, calls, units, requestBytes, responseBytes, durationMs } = added;
  const name = `${keyId}\0${bucket}\0${status}\0${route}\0${api}`;
  const row = rows.get(name);
  if (!row) {
    rows.set(name, { bucket, keyId, api, route, status, calls, units, requestBytes, responseBytes, durationMs });
    return;
  }
  row.calls += calls;
  row.units += units;
  row.requestBytes += requestBytes;
  row.responseBytes += responseBytes;
  row.durationMs += durationMs;
}

function ledgerOf(lines: readonly SummedLine[]): LedgerLine[] {
  const rows = new Map<string, LedgerLine>();
  for (const { periodId, keyId, calls, units, lastUsedAt } of lines) {
    const name = `${keyId}\0${periodId}`;
    const row = rows.get(name);
    if (!row) {
      rows.set(name, { periodId, keyId, calls, units, lastUsedAt });
      continue;
    }
    row.calls += calls;
    row.units += units;
    if (lastUsedAt > row.lastUsedAt) row.lastUsedAt = lastUsedAt;
  }
  return [...rows.values()];
}

function settlementsOf(ledger: readonly LedgerLine[]): Settlement[] {
  const units = new Map<string, number>();
  for (const row of ledger) if (row.units > 0) units.set(row.periodId, (units.get(row.periodId) ?? 0) + row.units);
  return [...units].map(([periodId, spent]) => ({ periodId, units: spent }));
}
