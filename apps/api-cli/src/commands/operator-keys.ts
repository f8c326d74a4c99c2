import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { type ConfirmOptions, confirmAtTerminal, outJson, type Terminal } from './terminal.ts';

export async function listOperatorKeys(options: ConnectionOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: keys } = (await sdk.listOperatorKeys({ client })).data;
  if (options.json) return outJson(terminal, keys);
  terminal.out(table(keys, { ID: (key) => key.id, NAME: (key) => key.name, CREATED: (key) => key.createdAt }));
}

export interface CreateOperatorKeyOptions extends ConnectionOptions {
  name: string;
}

/** Prints only the key on standard output, so that it can be redirected to a file. */
export async function createOperatorKey(options: CreateOperatorKeyOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { data: issued } = (await sdk.createOperatorKey({ client, body: { name: options.name } })).data;
  if (options.json) outJson(terminal, issued);
  else terminal.out(`${issued.key}\n`);
  terminal.say(`${issued.id} is created. The key is shown only once.`);
}

export interface RevokeOperatorKeyOptions extends ConnectionOptions, ConfirmOptions {}

export async function revokeOperatorKey(id: string, options: RevokeOperatorKeyOptions, terminal: Terminal): Promise<void> {
  const question = `Revoke ${id}? This can’t be undone, and everyone who uses it is signed out.`;
  await confirmAtTerminal(terminal, options, { question, declined: 'Nothing was revoked.' });
  const client = await connect(options, terminal);
  const { data: revoked } = (await sdk.revokeOperatorKey({ client, path: { id } })).data;
  if (options.json) return outJson(terminal, revoked);
  terminal.out(table([revoked], { ID: (key) => key.id, REVOKED: (key) => key.revokedAt }));
}
