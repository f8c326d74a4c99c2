import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * A symbolic link that the bundled server needs; both paths are relative to the package’s folder.
 */
interface Link {
  /** The library. */
  source: string;
  /** The link. */
  target: string;
}

/**
 * Creates the symbolic links between the bundled server’s libraries. npm packages can’t contain
 * links; this one creates them in an install script, which npm 12 and pnpm don’t run by default.
 * @param folder the package’s folder; `native/pg-symlinks.json` below it lists the links, and
 *   without it there are none
 * @throws Error when this user may not write there; the message says how to fix that
 */
export function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as Link[];
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (!existsSync(path)) link(relative(dirname(target), source), path);
  }
}

function link(to: string, path: string): void {
  try {
    symlinkSync(to, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Another start created it in between.
    if (code === 'EEXIST') return;
    throw new Error(
      `the embedded database is missing links between its libraries, and they can’t be created: ${message}. ` +
        'Install with scripts allowed, start once as the user who installed it, or set DATABASE_URL',
    );
  }
}
