import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A link that the packaged server needs; both paths are from the package's folder. */
interface Link {
  /** The library. */
  source: string;
  /** The link to it. */
  target: string;
}

/**
 * Makes the links between the packaged server's libraries. An npm package can't hold links, so this one has an install script for them, and
 * npm 12 and pnpm run no such script unless they are told to.
 * @param folder of the package: `native/pg-symlinks.json` below it lists the links; without a list there is nothing to make
 * @throws Error when this user may not write there; the message says how to mend it
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
    // Another start made it in between.
    if (code === 'EEXIST') return;
    throw new Error(
      `the embedded database lacks links between its libraries, and they can’t be made: ${message}. ` +
        'Install once with scripts allowed, start once as the user who installed it, or set DATABASE_URL',
    );
  }
}
