import { EventEmitter, on } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask } from '../../testing/database.ts';
import { aDirectory, busyConnection, postmaster, startServer } from '../../testing/embedded-server.ts';

describe('supervision', () => {
  async function supervised(dataDir: string) {
    const server = await startServer(dataDir);
    const states = new EventEmitter();
    const seen = on(states, 'state');
    server.supervise((state) => states.emit('state', state));
    const next = async (): Promise<unknown> => ((await seen.next()).value as unknown[])[0];
    return { server, next };
  }

  test('restarts a killed server at the same url, with all committed data', async () => {
    const dataDir = await aDirectory();
    const { server, next } = await supervised(dataDir);
    await ask(server.url, 'create table kept as select 42 as answer');
    process.kill(await postmaster(dataDir), 'SIGKILL');
    expect([await next(), await next()]).toEqual(['down', 'up']);
    expect(await ask(server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('restarts it a second time, even while a process of the killed server is still running', async () => {
    const dataDir = await aDirectory();
    const { server, next } = await supervised(dataDir);
    process.kill(await postmaster(dataDir), 'SIGKILL');
    expect([await next(), await next()]).toEqual(['down', 'up']);
    await busyConnection(server.url);
    process.kill(await postmaster(dataDir), 'SIGKILL');
    expect([await next(), await next()]).toEqual(['down', 'up']);
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('ends with stop, which leaves no server running', async () => {
    const dataDir = await aDirectory();
    const { server } = await supervised(dataDir);
    await server.stop();
    await expect(ask(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(stat(join(dataDir, 'postgres', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
    await server.stop();
  });
});
