import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { FailedCommand, outJson, type Terminal } from './terminal.ts';

interface OperatorKey {
  id: string;
  name: string;
  createdAt: string | null;
}

export async function listOperatorKeys(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await client.get<OperatorKey[]>('/operator-keys');
  if (options.json) return outJson(terminal, data);
  terminal.out(table(data, { ID: (key) => key.id, NAME: (key) => key.name, CREATED: (key) => key.createdAt }));
}

/** Standard output is the key alone, so that it can go into a file. */
export async function createOperatorKey(options: ConnectionOptions & { name: string }, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data } = await client.send<OperatorKey & { key: string }>('POST', '/operator-keys', { name: options.name });
  if (options.json) outJson(terminal, data);
  else terminal.out(`${data.key}\n`);
  terminal.say(`${data.id}. The key is shown this once.`);
}

/** Asks a person at a terminal first: revoking is final. */
export async function revokeOperatorKey(id: string, options: ConnectionOptions & { yes?: boolean }, terminal: Terminal): Promise<void> {
  if (terminal.interactive && !options.yes) {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: `Revoke ${id}? Whoever works with it is signed out.`, initialValue: false });
    if (isCancel(answer) || !answer) throw new FailedCommand('Nothing was revoked.');
  }
  const client = await connect(options, terminal);
  const { data } = await client.send<{ id: string; revokedAt: string }>('POST', `/operator-keys/${encodeURIComponent(id)}/revoke`);
  if (options.json) return outJson(terminal, data);
  terminal.out(table([data], { ID: (key) => key.id, REVOKED: (key) => key.revokedAt }));
}
