import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type ListOptions, listUpTo, printList } from './list.ts';
import { type Columns, table } from './table.ts';
import { type ConfirmOptions, confirmAtTerminal, counted, FailedCommand, outJson, type Terminal, UsageError } from './terminal.ts';

type Outcome = sdk.RetryQuarantinedUsageResponse['data'];

export const listQuarantined = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listQuarantinedUsage, columns: COLUMNS }, options, terminal);

const COLUMNS: Columns<sdk.ListQuarantinedUsageResponse['data'][number]> = {
  ID: ({ id }) => id,
  QUARANTINED: ({ at }) => at,
  GATEWAY: ({ gatewayId }) => gatewayId,
  REASON: ({ reason }) => reason,
};

export interface RetryOptions extends ConnectionOptions {
  all?: boolean;
}

/** Retries one or all records. @throws FailedCommand when one is refused again */
export async function retryQuarantined(id: string | undefined, options: RetryOptions, terminal: Terminal): Promise<void> {
  if ((id === undefined) !== (options.all === true)) throw new UsageError('name one record, or use --all');
  const client = await connect(options, terminal);
  const outcomes = id === undefined ? await retryAll(client) : [await retry(client, id)];
  if (options.json) outJson(terminal, id === undefined ? outcomes : outcomes[0]);
  else terminal.out(table(outcomes, { ID: (row) => row.id, OUTCOME: ({ outcome }) => outcome, REASON: ({ reason }) => reason }));
  const refused = outcomes.filter(({ outcome }) => outcome === 'refused').length;
  if (refused > 0) throw new FailedCommand(`Refused again: ${refused} of ${counted(outcomes.length, 'record')}.`);
}

/** Oldest first. Skips a record that someone else has retried or discarded in the meantime. */
async function retryAll(client: sdk.Client): Promise<Outcome[]> {
  const records = await listUpTo(Number.MAX_SAFE_INTEGER, (paging) => sdk.listQuarantinedUsage({ client, query: paging }));
  const outcomes: Outcome[] = [];
  for (const { id } of records.reverse()) {
    try {
      outcomes.push(await retry(client, id));
    } catch (error) {
      if (!sdk.isApiError(error, 'NOT_FOUND')) throw error;
    }
  }
  return outcomes;
}

const retry = async (client: sdk.Client, id: string): Promise<Outcome> =>
  (await sdk.retryQuarantinedUsage({ client, path: { id } })).data.data;

export interface DiscardOptions extends ConnectionOptions, ConfirmOptions {}

export async function discardQuarantined(id: string, options: DiscardOptions, terminal: Terminal): Promise<void> {
  const question = `Discard the record ${id}? Its usage is never charged.`;
  await confirmAtTerminal(terminal, options, { question, declined: 'Nothing was discarded.' });
  const client = await connect(options, terminal);
  const { data } = await sdk.discardQuarantinedUsage({ client, path: { id } });
  if (options.json) return outJson(terminal, data.data);
  terminal.out(table([data.data], { ID: (row) => row.id, OUTCOME: ({ outcome }) => outcome }));
}
