import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { geteuid } from 'node:process';
import type { ServerPrograms } from './programs.ts';

/** How the server's programs are run. */
export interface ServerAccount {
  /** Owner of the server’s directory; null when that is the user of this process. */
  owner: { uid: number; gid: number } | null;
  /**
   * Runs a program to its end. The output is for messages; a failing program is a value, not an
   * exception.
   */
  run(program: string, args: string[]): Promise<{ code: number; output: string }>;
}

/**
 * No user that the server accepts can run it from its location. The message says how to fix that.
 */
export class ServerAccountError extends Error {
  override name = 'ServerAccountError';
}

/**
 * Not our own environment: it holds secrets, and `PG*` variables would change what the programs do.
 */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

interface Identity {
  uid: number;
  gid: number;
  name: string;
}

/**
 * Chooses the user that runs the server on `directory`, which may not exist yet below `parent`.
 * Postgres refuses root, so root switches to the directory’s owner, else to `postgres`, else to
 * `nobody`.
 * @throws ServerAccountError when that user can’t reach the directory or the programs
 */
export async function serverAccount(parent: string, directory: string, programs: ServerPrograms): Promise<ServerAccount> {
  const me = geteuid?.();
  const owner = await stat(directory).catch(() => null);
  if (me === undefined) return { owner: null, run: runner([]) };
  if (me !== 0) {
    if (owner && owner.uid !== me) {
      throw new ServerAccountError(
        `${directory} belongs to user ${owner.uid}; start as that user (or as root), or choose another data directory`,
      );
    }
    return { owner: null, run: runner([]) };
  }
  const user = owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid, name: `user ${owner.uid}` } : await unprivilegedUser();
  return { owner: { uid: user.uid, gid: user.gid }, run: await chooseRunner(user, parent, programs) };
}

/**
 * The other user can’t reach a checkout below /root or in a directory of mode 0700. Linux can grant
 * a program just the capability to search directories and read; the server’s own directory belongs
 * to that user anyway.
 */
async function chooseRunner(user: Identity, parent: string, programs: ServerPrograms): Promise<ServerAccount['run']> {
  const plain = runner([], user);
  // A shell, because a spawned program enters its working directory before the user is switched.
  const probe = ['-c', 'cd -- "$1" && exec "$2" --version', 'sh', parent, programs.postgres];
  const direct = await plain('/bin/sh', probe);
  if (direct.code === 0) return plain;
  const searching = runner([
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    // Without it access(2), with which initdb looks for its other programs, would ignore the
    // capability.
    '--securebits=+no_setuid_fixup',
  ]);
  const granted = await searching('/bin/sh', probe);
  if (granted.code === 0) return searching;
  throw new ServerAccountError(
    `the embedded database can’t run as root, and ${user.name} can’t access ${parent} or ${programs.postgres}: ` +
      `${direct.output.trim()}. Let other users search these directories (chmod o+x on each directory of the path), ` +
      'start as an ordinary user, or set DATABASE_URL',
  );
}

async function unprivilegedUser(): Promise<Identity> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const found = lines.find(([name]) => name === wanted);
    const [uid, gid] = [Number(found?.[2]), Number(found?.[3])];
    if (uid > 0 && gid > 0) return { uid, gid, name: `user ${wanted}` };
  }
  throw new ServerAccountError(
    'the embedded database can’t run as root, and there is no user postgres or nobody; start as an ordinary user, or set DATABASE_URL',
  );
}

function runner(prefix: string[], identity?: { uid: number; gid: number }): ServerAccount['run'] {
  return (program, args) => {
    const [file = program, ...rest] = [...prefix, program, ...args];
    const as = identity ? { uid: identity.uid, gid: identity.gid } : {};
    return new Promise((resolve) => {
      execFile(file, rest, { ...as, cwd: '/', env: ENVIRONMENT, windowsHide: true }, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, output: `${stdout}${stderr}` || (error?.message ?? '') });
      });
    });
  };
}
