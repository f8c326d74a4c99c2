import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type ListOptions, printList } from './list.ts';
import { defined } from './operator-client.ts';
import { type Columns, table } from './table.ts';
import { type ConfirmOptions, confirmAtTerminal, outJson, type Terminal } from './terminal.ts';

type Key = sdk.ListKeysResponse['data'][number];
type IssuedKey = sdk.CreateKeyResponse['data'];

export interface CreateKeyOptions extends ConnectionOptions {
  name: string;
  plan?: string;
  consumer?: string;
  entitlement?: string;
  expiresAt?: string;
}

/** Prints only the key on standard output, so that `KEY=$(…)` works. */
export async function createKey(options: CreateKeyOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { name, plan, consumer: consumerId, entitlement: entitlementId, expiresAt } = options;
  const { data } = await sdk.createKey({ client, body: { name, ...defined({ plan, consumerId, entitlementId, expiresAt }) } });
  showIssued(data.data, options, terminal);
}

export const listKeys = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listKeys, columns: COLUMNS }, options, terminal);

const CHANGES = { suspend: sdk.suspendKey, resume: sdk.resumeKey, revoke: sdk.revokeKey };

export interface ChangeKeyOptions extends ConnectionOptions, ConfirmOptions {}

/** Asks for confirmation before revoking, which can't be undone. */
export async function changeKey(
  { id, change }: { id: string; change: keyof typeof CHANGES },
  options: ChangeKeyOptions,
  terminal: Terminal,
): Promise<void> {
  if (change === 'revoke') {
    const question = `Revoke ${id}? This can’t be undone: the key never works again.`;
    await confirmAtTerminal(terminal, options, { question, declined: 'Nothing was revoked.' });
  }
  const client = await connect(options, terminal);
  const { data } = await CHANGES[change]({ client, path: { id } });
  if (options.json) return outJson(terminal, data.data);
  terminal.out(table([data.data], { ID: (key) => key.id, NAME: (key) => key.name, STATUS: (key) => key.status }));
}

/** Prints only the new key on standard output. */
export async function rotateKey(id: string, options: ConnectionOptions & { overlap: number }, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await sdk.rotateKey({ client, path: { id }, body: { overlapSeconds: options.overlap } });
  showIssued(data.data, options, terminal);
  terminal.say(options.overlap === 0 ? `${id} is revoked.` : `${id} keeps working for ${options.overlap} s.`);
}

function showIssued(issued: IssuedKey, { json }: ConnectionOptions, terminal: Terminal): void {
  if (json) outJson(terminal, issued);
  else terminal.out(`${issued.key}\n`);
  terminal.say(`${issued.id} on plan ${issued.plan}. The key is shown only once.`);
}

const COLUMNS: Columns<Key> = {
  ID: (key) => key.id,
  NAME: (key) => key.name,
  KEY: (key) => `${key.prefix}…${key.last4}`,
  STATUS: (key) => key.status,
  PLAN: (key) => key.plan,
  CONSUMER: (key) => key.consumerId,
  EXPIRES: (key) => key.expiresAt,
  'LAST USED': (key) => key.lastUsedAt,
};
