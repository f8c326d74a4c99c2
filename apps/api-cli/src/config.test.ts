import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';
import { VARIABLES, type VariableName } from './environment.ts';

const directory = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

const wrongNames = (env: NodeJS.ProcessEnv): string[] => configError(env).wrong.map(({ name }) => name);

function configError(env: NodeJS.ProcessEnv): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

describe('an empty environment', () => {
  test('yields every default and no secret', () => {
    expect(loadConfig({ INIT_CWD: '/here' })).toEqual({
      port: 8787,
      bindHost: '127.0.0.1',
      dataDir: '/here/data',
      adminKey: null,
      databaseUrl: null,
      corsOrigins: [],
      trustedProxyHops: 0,
      metricsToken: null,
      logLevel: 'info',
      meterFsyncMs: 10,
      spoolDisk: { keepGb: null, reserveMb: null },
      usageRetentionDays: 30,
      portalByKey: true,
      publicUrl: null,
      snapshotMaxAgeSeconds: 30,
      failedCredentialsPerMinute: 20,
      helloCallsPerMinute: 60,
      documentCallsPerMinute: 1_200,
      overloadDelayMs: 1_000,
      adminCallsPerMinute: 600,
      billing: { kind: 'sandbox' },
      graceDays: 7,
    });
  });

  test('is equivalent to empty values', () => {
    expect(loadConfig({ PORT: '', CORS_ORIGINS: '', PUBLIC_URL: '', LOG_LEVEL: '', INIT_CWD: '/here' })).toEqual(
      loadConfig({ INIT_CWD: '/here' }),
    );
  });
});

describe('bounds', () => {
  test.each([
    ['PORT', '0', '65535', '65536'],
    ['TRUSTED_PROXY_HOPS', '0', '10', '11'],
    ['METER_FSYNC_MS', '0', '60000', '60001'],
    ['USAGE_RETENTION_DAYS', '1', '3650', '3651'],
    ['SNAPSHOT_MAX_AGE_SECONDS', '1', '86400', '86401'],
  ])('%s accepts %s and %s and rejects %s', (name, first, last, over) => {
    expect(() => loadConfig({ [name]: first })).not.toThrow();
    expect(() => loadConfig({ [name]: last })).not.toThrow();
    expect(wrongNames({ [name]: over })).toEqual([name]);
    expect(wrongNames({ [name]: '-1' })).toEqual([name]);
    expect(wrongNames({ [name]: '1.5' })).toEqual([name]);
    expect(wrongNames({ [name]: 'many' })).toEqual([name]);
  });

  test('USAGE_RETENTION_DAYS rejects 0', () => {
    expect(wrongNames({ USAGE_RETENTION_DAYS: '0' })).toEqual(['USAGE_RETENTION_DAYS']);
  });

  test('an operator key needs at least 32 characters', () => {
    expect(loadConfig({ API_FACTORY_ADMIN_KEY: 'k'.repeat(32) }).adminKey).toBe('k'.repeat(32));
    expect(wrongNames({ API_FACTORY_ADMIN_KEY: 'k'.repeat(31) })).toEqual(['API_FACTORY_ADMIN_KEY']);
  });

  test('a metrics token needs at least 16 characters', () => {
    expect(loadConfig({ METRICS_TOKEN: 't'.repeat(16) }).metricsToken).toBe('t'.repeat(16));
    expect(wrongNames({ METRICS_TOKEN: 't'.repeat(15) })).toEqual(['METRICS_TOKEN']);
  });
});

describe('formats', () => {
  test.each(['127.0.0.1', '0.0.0.0', '::1', 'localhost', 'host-1.example'])('BIND_HOST accepts %s', (host) => {
    expect(loadConfig({ BIND_HOST: host }).bindHost).toBe(host);
  });

  test.each(['a b', 'http://localhost', '127.0.0.1:80', '-x'])('BIND_HOST rejects %s', (host) => {
    expect(wrongNames({ BIND_HOST: host })).toEqual(['BIND_HOST']);
  });

  test('CORS_ORIGINS is split, trimmed and normalized the way browsers serialize origins', () => {
    expect(loadConfig({ CORS_ORIGINS: 'https://A.example , http://b.example:3000/,' }).corsOrigins).toEqual([
      'https://a.example',
      'http://b.example:3000',
    ]);
  });

  test.each(['*', 'https://a.example, *', 'a.example', 'https://a.example/path', 'https://a.example/?', 'null', 'https://u@a.example'])(
    'CORS_ORIGINS rejects %s',
    (origins) => {
      expect(wrongNames({ CORS_ORIGINS: origins })).toEqual(['CORS_ORIGINS']);
    },
  );

  test('PUBLIC_URL is an origin, stored without a trailing slash', () => {
    expect(loadConfig({ PUBLIC_URL: 'https://api.example.com/' }).publicUrl).toBe('https://api.example.com');
    expect(wrongNames({ PUBLIC_URL: 'https://api.example.com/v1' })).toEqual(['PUBLIC_URL']);
    expect(wrongNames({ PUBLIC_URL: 'ftp://api.example.com' })).toEqual(['PUBLIC_URL']);
  });

  test.each(['postgres://u:p@db/name', 'postgresql://db', 'postgresql:///name?host=/run/postgresql'])('DATABASE_URL accepts %s', (url) => {
    expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  test.each(['mysql://db/name', 'db/name', 'postgres:db', ''])('DATABASE_URL rejects "%s"', (url) => {
    expect(wrongNames({ DATABASE_URL: url })).toEqual(['DATABASE_URL']);
  });

  test('an absolute data directory is used unchanged, a relative one is resolved against the caller’s directory', () => {
    expect(loadConfig({ API_FACTORY_DATA_DIR: '/var/lib/af', INIT_CWD: '/here' }).dataDir).toBe('/var/lib/af');
    expect(loadConfig({ API_FACTORY_DATA_DIR: 'x/y', INIT_CWD: '/here' }).dataDir).toBe('/here/x/y');
    expect(loadConfig({ API_FACTORY_DATA_DIR: 'x' }).dataDir).toBe(join(process.cwd(), 'x'));
  });
});

describe('secrets', () => {
  const SECRETS = (Object.keys(VARIABLES) as VariableName[]).filter((name) => VARIABLES[name].secret);

  test('are the operator key, the database, Stripe’s key and signing secrets, and the metrics token', () => {
    expect(SECRETS).toEqual(['API_FACTORY_ADMIN_KEY', 'DATABASE_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'METRICS_TOKEN']);
  });

  test.each([
    ['API_FACTORY_ADMIN_KEY', 'adminKey', 'k'.repeat(40)],
    ['DATABASE_URL', 'databaseUrl', 'postgres://db/name'],
    ['METRICS_TOKEN', 'metricsToken', 't'.repeat(20)],
  ] as const)('%s is read from a file, without its trailing line break', (name, field, value) => {
    expect(loadConfig({ [`${name}_FILE`]: file(name, `${value}\n`) })[field]).toBe(value);
    expect(loadConfig({ [`${name}_FILE`]: file(name, `${value}\r\n`) })[field]).toBe(value);
    expect(loadConfig({ [`${name}_FILE`]: file(name, value) })[field]).toBe(value);
  });

  test('set both directly and as a file are rejected, even when both are equal', () => {
    const key = 'k'.repeat(40);
    expect(wrongNames({ API_FACTORY_ADMIN_KEY: key, API_FACTORY_ADMIN_KEY_FILE: file('twice', key) })).toEqual([
      'API_FACTORY_ADMIN_KEY_FILE',
    ]);
  });

  test('in an unreadable file are rejected, and the error contains its path', () => {
    const { message } = configError({ METRICS_TOKEN_FILE: '/nowhere/token' });
    expect(message).toContain('METRICS_TOKEN_FILE was "/nowhere/token", which can’t be read (ENOENT)');
  });

  test('that are empty prevent startup', () => {
    expect(wrongNames({ API_FACTORY_ADMIN_KEY: '', DATABASE_URL: '', METRICS_TOKEN_FILE: file('empty', '\n') })).toEqual([
      'API_FACTORY_ADMIN_KEY',
      'DATABASE_URL',
      'METRICS_TOKEN',
    ]);
  });

  test('never appear in an error', () => {
    const { message, wrong } = configError({
      API_FACTORY_ADMIN_KEY: 'hunter2-a',
      DATABASE_URL: 'mysql://root:hunter2-b@db',
      METRICS_TOKEN_FILE: file('short', 'hunter2-c\n'),
    });
    expect(message + JSON.stringify(wrong)).not.toContain('hunter2');
    expect(wrong).toHaveLength(3);
  });
});

test('all invalid values are reported at once, each with its value and what is allowed', () => {
  const error = configError({
    PORT: '99999',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://x',
    METRICS_TOKEN_FILE: '/nowhere',
    PUBLIC_URL: 'x',
  });
  expect(error.wrong.map(({ name }) => name).sort()).toEqual(['DATABASE_URL', 'LOG_LEVEL', 'METRICS_TOKEN_FILE', 'PORT', 'PUBLIC_URL']);
  expect(error.message).toContain('PORT was "99999"; it must be a whole number from 0 to 65535.');
  expect(error.message).toContain('LOG_LEVEL was "loud"; it must be trace, debug, info, warn, error, fatal or silent.');
});
