import { listUpTo } from '../client.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { FailedCommand, outJson, type Terminal } from './terminal.ts';

/** What is shown of a key; the admin API answers more. */
interface Key {
  id: string;
  name: string;
  prefix: string;
  last4: string;
  status: string;
  plan: string;
  consumerId: string | null;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

type IssuedKey = Key & { key: string };

export interface CreateOptions extends ConnectionOptions {
  name: string;
  plan?: string;
  consumer?: string;
  entitlement?: string;
  expiresAt?: string;
}

/** Standard output is the key alone, so that `KEY=$(…)` holds it. */
export async function createKey(options: CreateOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { name, plan, consumer, entitlement, expiresAt } = options;
  const body = {
    name,
    ...(plan === undefined ? {} : { plan }),
    ...(consumer === undefined ? {} : { consumerId: consumer }),
    ...(entitlement === undefined ? {} : { entitlementId: entitlement }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  const { data } = await client.send<IssuedKey>('POST', '/keys', body);
  showIssued(data, options, terminal);
}

export interface ListOptions extends ConnectionOptions {
  status?: string;
  plan?: string;
  consumer?: string;
  search?: string;
  limit: number;
}

export async function listKeys(options: ListOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { status, plan, consumer, search, limit } = options;
  const keys = await listUpTo<Key>(client, '/keys', { status, plan, consumer, search, limit });
  if (options.json) return outJson(terminal, keys);
  terminal.out(
    table(keys, {
      ID: (key) => key.id,
      NAME: (key) => key.name,
      KEY: (key) => `${key.prefix}…${key.last4}`,
      STATUS: (key) => key.status,
      PLAN: (key) => key.plan,
      CONSUMER: (key) => key.consumerId,
      EXPIRES: (key) => key.expiresAt,
      'LAST USED': (key) => key.lastUsedAt,
    }),
  );
}

export async function suspendKey(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  await setStatus({ id, verb: 'suspend' }, options, terminal);
}

export async function resumeKey(id: string, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  await setStatus({ id, verb: 'resume' }, options, terminal);
}

/** Asks a person at a terminal first: revoking is final. */
export async function revokeKey(id: string, options: ConnectionOptions & { yes?: boolean }, terminal: Terminal): Promise<void> {
  if (terminal.interactive && !options.yes) {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: `Revoke ${id}? It is final: the key never works again.`, initialValue: false });
    if (isCancel(answer) || !answer) throw new FailedCommand('Nothing was revoked.');
  }
  await setStatus({ id, verb: 'revoke' }, options, terminal);
}

async function setStatus({ id, verb }: { id: string; verb: string }, options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await client.send<Key>('POST', `/keys/${encodeURIComponent(id)}/${verb}`);
  if (options.json) return outJson(terminal, data);
  terminal.out(table([data], { ID: (key) => key.id, NAME: (key) => key.name, STATUS: (key) => key.status }));
}

/** Standard output is the new key alone. */
export async function rotateKey(id: string, options: ConnectionOptions & { overlap: number }, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const body = { overlapSeconds: options.overlap };
  const { data } = await client.send<IssuedKey>('POST', `/keys/${encodeURIComponent(id)}/rotate`, body);
  showIssued(data, options, terminal);
  terminal.say(options.overlap === 0 ? `${id} is revoked.` : `${id} lives on for ${options.overlap} s.`);
}

function showIssued(issued: IssuedKey, { json }: ConnectionOptions, terminal: Terminal): void {
  if (json) outJson(terminal, issued);
  else terminal.out(`${issued.key}\n`);
  terminal.say(`${issued.id} on plan ${issued.plan}. The key is shown this once.`);
}
