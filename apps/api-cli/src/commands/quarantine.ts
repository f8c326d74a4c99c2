import { type AdminClient, AdminError, listUpTo } from '../client.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { FailedCommand, outJson, type Terminal, UsageError } from './terminal.ts';

interface Quarantined {
  id: string;
  at: string;
  gatewayId: string;
  reason: string;
}

interface Outcome {
  id: string;
  outcome: 'stored' | 'refused' | 'discarded';
  reason: string | null;
}

export interface QuarantineListOptions extends ConnectionOptions {
  limit: number;
}

export interface RetryOptions extends ConnectionOptions {
  all?: boolean;
}

export interface DiscardOptions extends ConnectionOptions {
  yes?: boolean;
}

export async function listQuarantined(options: QuarantineListOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const records = await listUpTo<Quarantined>(client, '/usage/quarantine', { limit: options.limit });
  if (options.json) return outJson(terminal, records);
  terminal.out(
    table(records, {
      ID: ({ id }) => id,
      QUARANTINED: ({ at }) => at,
      GATEWAY: ({ gatewayId }) => gatewayId,
      REASON: ({ reason }) => reason,
    }),
  );
}

/** Drives one record again, or all of them. @throws FailedCommand when one is refused again */
export async function retryQuarantined(id: string | undefined, options: RetryOptions, terminal: Terminal): Promise<void> {
  if ((id === undefined) !== (options.all === true)) throw new UsageError('name one record, or all of them with --all');
  const client = await connect(options, terminal);
  const outcomes = id === undefined ? await retryAll(client) : [await retry(client, id)];
  if (options.json) outJson(terminal, id === undefined ? outcomes : outcomes[0]);
  else terminal.out(table(outcomes, { ID: (row) => row.id, OUTCOME: ({ outcome }) => outcome, REASON: ({ reason }) => reason }));
  const refused = outcomes.filter(({ outcome }) => outcome === 'refused').length;
  if (refused > 0) throw new FailedCommand(`${refused} of ${outcomes.length} records were refused again.`);
}

/** The oldest first, as they came. One that somebody else has driven or discarded meanwhile is left out. */
async function retryAll(client: AdminClient): Promise<Outcome[]> {
  const records = await listUpTo<Quarantined>(client, '/usage/quarantine', { limit: Number.MAX_SAFE_INTEGER });
  const outcomes: Outcome[] = [];
  for (const { id } of records.reverse()) {
    try {
      outcomes.push(await retry(client, id));
    } catch (error) {
      if (!(error instanceof AdminError && error.code === 'NOT_FOUND')) throw error;
    }
  }
  return outcomes;
}

const retry = async (client: AdminClient, id: string): Promise<Outcome> =>
  (await client.send<Outcome>('POST', `/usage/quarantine/${encodeURIComponent(id)}/retry`)).data;

/** Asks a person at a terminal first: discarding is final. */
export async function discardQuarantined(id: string, options: DiscardOptions, terminal: Terminal): Promise<void> {
  if (terminal.interactive && !options.yes) {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: `Discard the record ${id}? Nobody is charged for it.`, initialValue: false });
    if (isCancel(answer) || !answer) throw new FailedCommand('Nothing was discarded.');
  }
  const client = await connect(options, terminal);
  const { data } = await client.send<Outcome>('POST', `/usage/quarantine/${encodeURIComponent(id)}/discard`);
  if (options.json) return outJson(terminal, data);
  terminal.out(table([data], { ID: (row) => row.id, OUTCOME: ({ outcome }) => outcome }));
}
