import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect, type ListOptions } from './connection.ts';
import { listUpTo } from './operator-client.ts';
import { type Columns, table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

type Dispute = sdk.ListDisputesResponse['data'][number];

export async function listDisputes(options: ListOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const disputes = await listUpTo(options.limit, (paging) => sdk.listDisputes({ client, query: paging }));
  if (options.json) return outJson(terminal, disputes);
  terminal.out(table(disputes, COLUMNS));
}

export async function releaseDispute(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: dispute } = (await sdk.releaseDispute({ client, path: { id } })).data;
  if (options.json) outJson(terminal, dispute);
  else terminal.out(table([dispute], COLUMNS));
  terminal.say(`Dispute ${id} no longer suspends the consumer’s keys.`);
}

const COLUMNS: Columns<Dispute> = {
  ID: (row) => row.id,
  CONSUMER: (row) => row.consumerId,
  STATUS: (row) => row.status,
  HOLD: (row) => (row.hold ? 'yes' : 'no'),
  RELEASED: (row) => row.releasedAt,
  CREATED: (row) => row.createdAt,
};
