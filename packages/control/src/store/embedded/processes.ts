import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { platform } from 'node:os';

/**
 * Whether no process has `directory` as its working directory, as a server and its children do, so
 * that its lock file is stale. The process id in it proves nothing: after a restart of the host or
 * container an unrelated program may have it, and the server would refuse to start forever. Only
 * Linux can tell; elsewhere, and in doubt, false.
 */
export async function isAbandoned(directory: string): Promise<boolean> {
  if (platform() !== 'linux') return false;
  const here = await realpath(directory);
  const { uid } = await stat(directory);
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const mayBeThere = await Promise.all(processes.map((id) => mayWorkIn(`/proc/${id}`, here, uid)));
  return !mayBeThere.includes(true);
}

async function mayWorkIn(process: string, directory: string, owner: number): Promise<boolean> {
  try {
    return (await readlink(`${process}/cwd`)) === directory;
  } catch (error) {
    // A process that is gone, or a zombie, has no working directory.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    // Agents that hold secrets hide their directory even from their own user; a hidden server still
    // shows its name and user.
    const status = await readFile(`${process}/status`, 'utf8').catch(() => null);
    if (status === null) return true;
    return /^Name:\s+postgres$/m.test(status) && Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1]) === owner;
  }
}
