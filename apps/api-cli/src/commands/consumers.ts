import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type ListOptions, printList } from './list.ts';
import { defined } from './operator-client.ts';
import { type Columns, table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

type Consumer = sdk.GetConsumerResponse['data'];

export const listConsumers = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listConsumers, columns: COLUMNS }, options, terminal);

export async function showConsumer(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await sdk.getConsumer({ client, path: { id } });
  if (options.json) return outJson(terminal, data.data);
  terminal.out(table([data.data], COLUMNS));
}

export interface CreateConsumerOptions extends ConnectionOptions {
  name: string;
  email?: string;
}

/** Prints only the id on standard output, so that `CONSUMER=$(…)` works. */
export async function createConsumer(options: CreateConsumerOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { name, email } = options;
  const { data } = await sdk.createConsumer({ client, body: { name, ...defined({ email }) } });
  if (options.json) return outJson(terminal, data.data);
  terminal.out(`${data.data.id}\n`);
  terminal.say(`Created consumer ${data.data.name}.`);
}

const COLUMNS: Columns<Consumer> = {
  ID: (consumer) => consumer.id,
  NAME: (consumer) => consumer.name,
  EMAIL: (consumer) => consumer.email,
  KEYS: (consumer) => consumer.keys,
  CREATED: (consumer) => consumer.createdAt,
};
