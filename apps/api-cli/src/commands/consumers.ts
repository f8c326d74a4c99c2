import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect, type ListOptions } from './connection.ts';
import { defined, listUpTo } from './operator-client.ts';
import { type Columns, table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

type Consumer = sdk.GetConsumerResponse['data'];

export type ListConsumersOptions = ListOptions & Omit<NonNullable<sdk.ListConsumersData['query']>, 'limit' | 'cursor'>;

export async function listConsumers(options: ListConsumersOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const filters = defined({ search: options.search });
  const consumers = await listUpTo(options.limit, (paging) => sdk.listConsumers({ client, query: { ...filters, ...paging } }));
  if (options.json) return outJson(terminal, consumers);
  terminal.out(table(consumers, COLUMNS));
}

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

/** Standard output is the id alone, so that `CONSUMER=$(…)` works. */
export async function createConsumer(options: CreateConsumerOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { name, email } = options;
  const { data } = await sdk.createConsumer({ client, body: { name, ...defined({ email }) } });
  if (options.json) return outJson(terminal, data.data);
  terminal.out(`${data.data.id}\n`);
  terminal.say(`Consumer ${data.data.name} is created.`);
}

const COLUMNS: Columns<Consumer> = {
  ID: (consumer) => consumer.id,
  NAME: (consumer) => consumer.name,
  EMAIL: (consumer) => consumer.email,
  KEYS: (consumer) => consumer.keys,
  CREATED: (consumer) => consumer.createdAt,
};
