import { listUpTo } from '../client.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type Columns, table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

interface Dispute {
  id: string;
  customerId: string;
  consumerId: string | null;
  status: string;
  hold: boolean;
  releasedAt: string | null;
  createdAt: string;
}

export interface DisputeOptions extends ConnectionOptions {
  limit: number;
}

export async function listDisputes(options: DisputeOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const disputes = await listUpTo<Dispute>(client, '/billing/disputes', { limit: options.limit });
  if (options.json) return outJson(terminal, disputes);
  terminal.out(table(disputes, COLUMNS));
}

export async function releaseDispute(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await client.send<Dispute>('POST', `/billing/disputes/${encodeURIComponent(id)}/release`);
  if (options.json) outJson(terminal, data);
  else terminal.out(table([data], COLUMNS));
  terminal.say(`The dispute ${id} holds nobody any more.`);
}

const COLUMNS: Columns<Dispute> = {
  ID: (row) => row.id,
  CONSUMER: (row) => row.consumerId,
  STATUS: (row) => row.status,
  HOLDS: (row) => (row.hold ? 'yes' : 'no'),
  RELEASED: (row) => row.releasedAt,
  CREATED: (row) => row.createdAt,
};
