import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDatabase } from '@api-factory/control/testing/database';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { rowsByTable } from './support/restored.ts';
import { aDirectory, anEmptyDatabase } from './support/scratch.ts';
import { runScript, whyNoDump } from './support/scripts.ts';

const whyNot = await whyNoDump(inject('testServer').adminUrl);
if (whyNot !== null) process.stderr.write(`skipped: backup and restore through compose are not tested: ${whyNot}\n`);

/**
 * A fake `docker compose exec`: runs the program locally with the role and database of `url`, and
 * records the call.
 */
function fakeCompose(dir: string, url: string): string {
  const path = join(dir, 'compose');
  const { username, password, hostname, port, pathname } = new URL(url);
  const script = `#!/bin/bash
set -eu
echo "$*" >>"${dir}/calls"
[ "$1 $2 $3" = 'exec -T postgres' ] || exit 64
shift 3
export PGHOST=${hostname} PGPORT=${port} PGPASSWORD='${decodeURIComponent(password)}'
words=()
for word in "$@"; do
  case $word in
    api_factory) [ "\${words[-1]}" = -U ] && words+=(${username}) || words+=(${pathname.slice(1)}) ;;
    *) words+=("$word") ;;
  esac
done
exec "\${words[@]}"
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(whyNot !== null)('--compose', () => {
  it('backs up and restores through the stack’s postgres service, as the database owner, without a password', async () => {
    const dir = aDirectory();
    const [from, to] = [await freshDatabase(), await anEmptyDatabase()];
    onTestFinished(from.drop);
    await from.db.insertInto('consumers').values({ id: 'con_1', name: 'Ada', email: null }).execute();
    const saved = await runScript('backup.sh', ['--compose', dir], { COMPOSE: fakeCompose(dir, from.url) });
    expect(saved).toMatchObject({ code: 0, err: '' });
    const calls = readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');
    expect(
      calls.filter(
        (call) => !/^exec -T postgres (psql|pg_dump) -U api_factory .* api_factory$|^exec -T postgres pg_restore -f -$/.test(call),
      ),
    ).toEqual([]);
    const restore = () => runScript('restore.sh', ['--compose', saved.out], { COMPOSE: fakeCompose(dir, to) });
    expect(await restore()).toMatchObject({ code: 0 });
    expect(await rowsByTable(to)).toEqual(await rowsByTable(from.url));
    expect(await restore()).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
  });
});
