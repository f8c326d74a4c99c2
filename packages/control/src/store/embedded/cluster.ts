import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { endianness, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type ServerAccount, serverAccount } from './account.ts';
import { linkLibraries } from './libraries.ts';
import { type ServerPrograms, serverPrograms } from './programs.ts';

/** The server’s only login, a superuser. */
export const SUPERUSER = 'api_factory';

/** In the product’s data directory, next to the server’s. */
export const PASSWORD_FILE = 'postgres-password';
const SETUP = 'postgres-setup-';

/** A server’s directory and everything needed to run it. */
export interface Cluster {
  /** What Postgres calls its data directory: `<dataDir>/postgres`. */
  directory: string;
  logFile: string;
  password: string;
  programs: ServerPrograms;
  account: ServerAccount;
  created: boolean;
}

/**
 * Opens the server’s directory below `dataDir`, creating it if needed. It is created under a
 * temporary name and renamed when complete: after a killed start, the next one starts over.
 * @throws Error with the program’s own message when it can’t be created
 */
export async function openCluster(dataDir: string, options: { sync: boolean }): Promise<Cluster> {
  const parent = resolve(dataDir);
  // pg_ctl passes its paths to a shell between double quotes.
  if (platform() !== 'win32' && /["$`\\\n]/.test(parent)) {
    throw new Error(`the embedded database can’t use the path ${parent}: choose a data directory without quotes, $, \` and \\`);
  }
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const directory = join(parent, 'postgres');
  const programs = serverPrograms();
  linkLibraries(join(dirname(programs.postgres), '..', '..'));
  const account = await serverAccount(parent, directory, programs);
  const passwordFile = join(parent, PASSWORD_FILE);
  const found = await isCluster(directory);
  if (!found) await create({ parent, directory, programs, account, passwordFile, sync: options.sync });
  // In the server’s directory, because only that belongs to the user who writes it.
  const logFile = join(directory, 'server.log');
  return { directory, logFile, password: await readPassword(passwordFile, directory), programs, account, created: !found };
}

/** Refuses a directory with other content here, before its password file would be overwritten. */
async function isCluster(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0 || names.includes('PG_VERSION')) return names.length > 0;
  throw new Error(`${directory} is not empty and not a database; move it away, restore it from a backup, or choose another data directory`);
}

interface Creation {
  parent: string;
  directory: string;
  programs: ServerPrograms;
  account: ServerAccount;
  passwordFile: string;
  sync: boolean;
}

async function create({ parent, directory, programs, account, passwordFile, sync }: Creation): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  await writePrivate(passwordFile, password);
  await removeLeftovers(parent);
  const scratch = await mkdtemp(join(parent, SETUP));
  const initPassword = join(scratch, 'password');
  await writePrivate(initPassword, password);
  if (account.owner) {
    // The file first: once the directory belongs to the other user, names in it can’t be trusted.
    await chown(initPassword, account.owner.uid, account.owner.gid);
    await chown(scratch, account.owner.uid, account.owner.gid);
  }
  const created = join(scratch, 'data');
  const options = ['-D', created, '-U', SUPERUSER, '-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const { code, output } = await account.run(programs.initdb, [
    ...options,
    '--auth=scram-sha-256',
    `--pwfile=${initPassword}`,
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ]);
  if (code !== 0) {
    const nameless = /could not look up effective user ID/.test(output) ? ' (add that user id to /etc/passwd, or set DATABASE_URL)' : '';
    throw new Error(`the embedded database can’t be created in ${directory}: ${output.trim()}${nameless}`);
  }
  await rename(created, directory);
  if (sync) await syncDirectory(parent);
  await rm(scratch, { recursive: true, force: true });
}

/**
 * Removes what killed starts left behind. Their initdb may still be writing: what can’t be removed
 * now is removed by a later start.
 */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((entry) => entry.startsWith(SETUP))) {
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function writePrivate(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes the rename survive a power loss. Systems that can’t open a directory need no sync for that.
 */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => null);
  await directory?.sync().catch(() => {});
  await directory?.close();
}

async function readPassword(path: string, directory: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new Error(
      `the password of the embedded database in ${directory} can’t be read from ${path}: ${(error as Error).message}; restore that file from the same backup as the directory`,
    );
  }
}

/** The identifier that `initdb` gave this directory: the first eight bytes of its control file. */
export async function systemIdentifier(directory: string): Promise<string> {
  const file = await open(join(directory, 'global', 'pg_control'), 'r');
  try {
    const bytes = Buffer.alloc(8);
    await file.read(bytes, 0, 8, 0);
    return (endianness() === 'LE' ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE()).toString();
  } finally {
    await file.close();
  }
}
