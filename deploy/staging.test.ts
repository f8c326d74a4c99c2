import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./staging.sh', import.meta.url));
/**
 * Stands in for Docker: records its arguments and the image, reads all of its input, and fails at
 * the command in FAIL_AT.
 */
const DOCKER = `#!/bin/sh
echo "$* [$(sed -n 's/^API_IMAGE=//p' .env)]" >>"$CALLS"
cat >/dev/null
case " $* " in *" $FAIL_AT "*) exit 1 ;; esac
`;
const ONE = ['ghcr.io/acme/api:1.0.0', 'ghcr.io/acme/web:1.0.0'] as const;
const TWO = ['ghcr.io/acme/api:2.0.0', 'ghcr.io/acme/web:2.0.0'] as const;

const directories: string[] = [];
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true });
});

/** A host with Docker and a .env of mode 0600. */
function aHost() {
  const home = mkdtempSync(join(tmpdir(), 'staging-'));
  directories.push(home);
  const [directory, bin, calls] = [join(home, 'api-factory'), join(home, 'bin'), join(home, 'calls')];
  for (const path of [directory, bin]) mkdirSync(path);
  writeFileSync(join(bin, 'docker'), DOCKER);
  chmodSync(join(bin, 'docker'), 0o755);
  writeFileSync(join(directory, '.env'), 'PUBLIC_URL=https://staging.example.com\nAPI_IMAGE=old\n', { mode: 0o600 });
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home, CALLS: calls };
  return {
    directory,
    read: (path: string) => readFileSync(join(directory, path), 'utf8'),
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
    /** Like the workflow: the archive is on the host, the script comes from standard input. */
    run: (args: readonly string[], failAt = 'nothing') => {
      const outcome = spawnSync('sh', ['-s', '--', ...args], {
        input: readFileSync(SCRIPT),
        env: { ...env, FAIL_AT: failAt },
        encoding: 'utf8',
      });
      return { code: outcome.status, out: outcome.stdout, err: outcome.stderr };
    },
    send: (version: string, folder = 'deploy') => {
      const from = join(home, `version-${version}`);
      mkdirSync(join(from, folder), { recursive: true });
      writeFileSync(join(from, 'compose.yaml'), `# ${version}\n`);
      writeFileSync(join(from, folder, `only-in-${version}`), '');
      const secrets = '#!/bin/sh\nset -eu\nmkdir -p deploy/secrets\n[ -f deploy/secrets/key ] || echo first >deploy/secrets/key\n';
      writeFileSync(join(from, folder, 'make-secrets.sh'), secrets, { mode: 0o755 });
      spawnSync('tar', ['-czf', join(directory, 'incoming.tar.gz'), '-C', from, 'compose.yaml', folder]);
    },
  };
}

test('a deploy pulls and starts the given images and waits until they are healthy', () => {
  const host = aHost();
  host.send('one');
  expect(host.run(['deploy', ...ONE])).toMatchObject({ code: 0, out: 'running ghcr.io/acme/api:1.0.0\n' });
  expect(host.calls()).toEqual([
    'compose pull [ghcr.io/acme/api:1.0.0]',
    'compose up -d --no-build --wait --wait-timeout 180 [ghcr.io/acme/api:1.0.0]',
  ]);
  expect(host.read('.env')).toBe(`PUBLIC_URL=https://staging.example.com\nAPI_IMAGE=${ONE[0]}\nWEB_IMAGE=${ONE[1]}\n`);
  expect(statSync(join(host.directory, '.env')).mode & 0o777).toBe(0o600);
  expect(host.read('compose.yaml')).toBe('# one\n');
  expect(existsSync(join(host.directory, 'incoming.tar.gz'))).toBe(false);
});

test('a rollback restores the confirmed images and files, and keeps the secrets', () => {
  const host = aHost();
  host.send('one');
  host.run(['deploy', ...ONE]);
  expect(host.run(['confirm'])).toMatchObject({ code: 0, out: `confirmed ${ONE[0]}\n` });
  host.send('two');
  expect(host.run(['deploy', ...TWO]).code).toBe(0);
  expect(existsSync(join(host.directory, 'deploy/only-in-one'))).toBe(false);
  writeFileSync(join(host.directory, 'deploy/secrets/key'), 'rotated\n');
  expect(host.run(['rollback'])).toMatchObject({ code: 0, out: `rolled back to ${ONE[0]}\n` });
  expect(host.calls().at(-1)).toBe(`compose up -d --no-build --wait --wait-timeout 180 [${ONE[0]}]`);
  expect(host.read('compose.yaml')).toBe('# one\n');
  expect(existsSync(join(host.directory, 'deploy/only-in-one'))).toBe(true);
  expect(existsSync(join(host.directory, 'deploy/only-in-two'))).toBe(false);
  expect(host.read('deploy/secrets/key')).toBe('rotated\n');
  expect(existsSync(join(host.directory, 'confirmed/deploy/secrets'))).toBe(false);
});

test('a .env without a final line break keeps its last line', () => {
  const host = aHost();
  writeFileSync(join(host.directory, '.env'), 'API_IMAGE=old\nGRACE_DAYS=7');
  host.send('one');
  expect(host.run(['deploy', ...ONE]).code).toBe(0);
  expect(host.read('.env')).toBe(`GRACE_DAYS=7\nAPI_IMAGE=${ONE[0]}\nWEB_IMAGE=${ONE[1]}\n`);
});

test('a confirm that was interrupted before its last step is valid', () => {
  const host = aHost();
  host.send('one');
  host.run(['deploy', ...ONE]);
  host.run(['confirm']);
  renameSync(join(host.directory, 'confirmed'), join(host.directory, 'confirmed.new'));
  host.send('two');
  host.run(['deploy', ...TWO], 'up');
  expect(host.run(['rollback'])).toMatchObject({ code: 0, out: `rolled back to ${ONE[0]}\n` });
});

test('a rollback never returns to a version that failed', () => {
  const host = aHost();
  host.send('one');
  host.run(['deploy', ...ONE]);
  host.run(['confirm']);
  host.send('two');
  const failed = host.run(['deploy', ...TWO], 'up');
  expect(failed).toMatchObject({ code: 1, err: expect.stringContaining(`${TWO[0]} did not become healthy within 180 s`) });
  expect(host.calls()).toContain(`compose logs --no-color --tail 50 api web [${TWO[0]}]`);
  host.send('three');
  expect(host.run(['deploy', 'ghcr.io/acme/api:3.0.0', 'ghcr.io/acme/web:3.0.0'], 'pull').code).toBe(1);
  expect(host.run(['rollback']).out).toBe(`rolled back to ${ONE[0]}\n`);
});

test('without a confirmed version a rollback stops web and fails', () => {
  const host = aHost();
  host.send('one');
  host.run(['deploy', ...ONE]);
  const outcome = host.run(['rollback']);
  expect(outcome).toMatchObject({ code: 1, err: expect.stringContaining('no version is confirmed yet') });
  expect(host.calls().at(-1)).toBe(`compose stop web [${ONE[0]}]`);
});

test('a rollback that does not become healthy fails with a hint', () => {
  const host = aHost();
  host.send('one');
  host.run(['deploy', ...ONE]);
  host.run(['confirm']);
  expect(host.run(['rollback'], 'up')).toMatchObject({ code: 1, err: expect.stringContaining('restore a backup') });
});

test.each([
  [[], 2, 'usage:'],
  [['deploy', ONE[0]], 2, 'usage:'],
  [['remove'], 2, 'usage:'],
  [['deploy', 'a b', ONE[1]], 2, 'not an image name'],
  [['deploy', "x';id", ONE[1]], 2, 'not an image name'],
  [['deploy', ...ONE], 1, 'there is no incoming.tar.gz'],
])('%j exits with %i and runs nothing', (args, code, text) => {
  const host = aHost();
  expect(host.run(args)).toMatchObject({ code, err: expect.stringContaining(text) });
  expect(host.calls()).toEqual([]);
});

test('an archive without deploy/ changes nothing', () => {
  const host = aHost();
  host.send('odd', 'elsewhere');
  const before = host.read('.env');
  expect(host.run(['deploy', ...ONE])).toMatchObject({
    code: 1,
    err: expect.stringContaining('does not contain compose.yaml and deploy/'),
  });
  expect(host.read('.env')).toBe(before);
  expect(existsSync(join(host.directory, 'compose.yaml'))).toBe(false);
  expect(host.calls()).toEqual([]);
});

test('a deploy without .env fails and names .env.production.example', () => {
  const host = aHost();
  host.send('one');
  rmSync(join(host.directory, '.env'));
  expect(host.run(['deploy', ...ONE])).toMatchObject({ code: 1, err: expect.stringContaining('.env.production.example') });
});
