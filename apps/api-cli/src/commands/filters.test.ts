import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { adminStub, success } from '../testing/admin-stub.ts';
import { runCli } from '../testing/terminal.ts';
import { program } from './program.ts';
import type { Terminal } from './terminal.ts';

const CONTRACT = new URL('../../../../openapi.yaml', import.meta.url);

/** The command of each operation that has query parameters. */
const COMMANDS: Record<string, string> = {
  listAudit: 'audit list',
  listBillingEvents: 'billing events',
  listConsumers: 'consumers list',
  listDisputes: 'billing disputes',
  listKeys: 'keys list',
  listPlans: 'plans list',
  listQuarantinedUsage: 'usage quarantine list',
  listSubscriptions: 'billing subscriptions',
  listUsageEvents: 'usage events',
  summarizeUsage: 'usage',
};

/** Query parameters whose option has a different name. */
const RENAMED: Record<string, string> = { keyId: '--key', keyIds: '--key' };

/** Values of parameters that do not accept any text. */
const VALUES: Record<string, string> = { limit: '7', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00+01:00' };

/** Parameters and operations without an option or command, and why. */
const EXCEPTIONS: Record<string, string> = {
  cursor: 'every list follows its cursors',
  listBillingDrift: 'no command: `billing reconcile` reports drift, the console lists it',
  listBillingFlags: 'no command: the console lists them',
};

interface Parameter {
  name: string;
  in: string;
  schema: { enum?: string[] };
}

interface Operation {
  operationId: string;
  parameters?: Parameter[];
}

const { paths } = parse(readFileSync(CONTRACT, 'utf8')) as { paths: Record<string, Record<string, Operation>> };
const operations = Object.entries(paths)
  .filter(([path]) => path.startsWith('/api/admin/'))
  .flatMap(([, methods]) => Object.values(methods))
  .map(({ operationId, parameters = [] }) => ({ operationId, filters: parameters.filter((parameter) => parameter.in === 'query') }))
  .filter(({ filters }) => filters.length > 0);

const silent: Terminal = {
  env: {},
  args: [],
  version: '0.0.0',
  nodeVersion: '20.19.0',
  out: () => {},
  say: () => {},
  interactive: false,
  color: false,
  now: () => 0,
};

const commandAt = (path: string): Command | undefined =>
  path.split(' ').reduce<Command | undefined>((parent, name) => parent?.commands.find((one) => one.name() === name), program(silent));

const optionName = (parameter: string): string =>
  RENAMED[parameter] ?? `--${parameter.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;

describe('command filters', () => {
  test('exist for every operation with query parameters, except the listed ones', () => {
    const missing = operations.map(({ operationId }) => operationId).filter((id) => !(id in COMMANDS) && !(id in EXCEPTIONS));
    expect(missing).toEqual([]);
  });

  const known = new Set(operations.flatMap(({ operationId, filters }) => [operationId, ...filters.map(({ name }) => name)]));

  test.each(Object.entries(EXCEPTIONS))('omit %s, which is still in the contract (%s)', (name) => {
    expect(known).toContain(name);
  });

  test('are listed in this test only if they are still in the contract', () => {
    expect([...Object.keys(COMMANDS), ...Object.keys(RENAMED)].filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(operations.filter(({ operationId }) => operationId in COMMANDS))(
    'of $operationId match the parameters and choices of the contract',
    ({ operationId, filters }) => {
      const command = commandAt(COMMANDS[operationId]!);
      const expected = filters
        .filter(({ name }) => !(name in EXCEPTIONS))
        .map(({ name, schema }) => ({ option: optionName(name), choices: schema.enum }));
      const actual = expected.map(({ option }) => ({
        option: command?.options.find(({ long }) => long === option)?.long ?? `${option} is missing`,
        choices: command?.options.find(({ long }) => long === option)?.argChoices,
      }));
      expect(actual).toEqual(expected);
    },
  );

  test.each(operations.filter(({ operationId }) => operationId in COMMANDS))(
    'of $operationId are sent as the parameters that the API reads',
    async ({ operationId, filters }) => {
      const hasKeyIds = filters.some(({ name }) => name === 'keyIds');
      const sent = filters
        // An API that accepts several keys also receives a single one as keyIds.
        .filter(({ name }) => !(name in EXCEPTIONS) && !(name === 'keyId' && hasKeyIds))
        .map(({ name, schema }) => ({ name, value: schema.enum?.[0] ?? VALUES[name] ?? 'a,b & c' }));
      const { env, requests } = await adminStub(() => success(operationId === 'summarizeUsage' ? { rows: [], refusals: [] } : []));
      const args = sent.flatMap(({ name, value }) => [optionName(name), value]);
      expect((await runCli([...COMMANDS[operationId]!.split(' '), ...args], env)).exitCode).toBe(0);
      const [request] = requests;
      expect([...new URL(request!.url!, 'http://product').searchParams].sort()).toEqual(
        sent.map(({ name, value }) => [name, value]).sort(),
      );
    },
  );
});

test('usage events prints a row for each call', async () => {
  const event = { ts: '2026-01-15T12:00:00.000Z', keyId: 'key_1', api: 'hello', method: 'GET', route: '/echo', status: 200, cost: 1 };
  const { env } = await adminStub(() => success([{ ...event, durationMs: 1.234, requestId: 'req_1' }]));
  expect((await runCli(['usage', 'events'], env)).stdout).toMatch(/\n2026\S+ +key_1 +hello +GET +\/echo +200 +1 +1.23 +req_1\n/);
});

test('audit list prints a row for each change', async () => {
  const entry = {
    at: '2026-01-15T12:00:00.000Z',
    actor: 'env',
    action: 'key.revoke',
    objectType: 'key',
    objectId: 'key_1',
    requestId: null,
  };
  const { env } = await adminStub(() => success([entry]));
  expect((await runCli(['audit', 'list'], env)).stdout).toMatch(/\n2026\S+ +env +key.revoke +key +key_1 +-\n/);
});

test.each([
  [null, ''],
  ['next', 'The list is cut off at 1. Use --limit to see more.\n'],
])('a list with the cursor %j after its last page says %j', async (cursor, stderr) => {
  const { env } = await adminStub(() => success([{ id: 'con_1', name: 'Ada' }], cursor));
  for (const json of [[], ['--json']]) expect((await runCli(['consumers', 'list', '--limit', '1', ...json], env)).stderr).toBe(stderr);
});

test.each(['yesterday', '2026-01-01', '2026-02-30T25:00:00Z', '2026-01-01T00:00:00'])(
  'the time %s exits with 2 before anything is sent, and shows the form of a time',
  async (time) => {
    const { env, requests } = await adminStub(() => success([]));
    const { exitCode, stderr } = await runCli(['audit', 'list', '--from', time], env);
    expect([exitCode, requests]).toEqual([2, []]);
    expect(stderr).toContain('It must be an RFC 3339 time such as 2026-01-31T00:00:00Z.');
  },
);
