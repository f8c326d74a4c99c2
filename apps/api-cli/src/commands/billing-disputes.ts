import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type ListOptions, printList } from './list.ts';
import { type Columns, table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

type Dispute = sdk.ListDisputesResponse['data'][number];

export const listDisputes = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listDisputes, columns: COLUMNS }, options, terminal);

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
