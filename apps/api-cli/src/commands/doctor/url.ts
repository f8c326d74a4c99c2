import type { Config } from '../../config.ts';
import { isThisMachine } from '../connection.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { type Health, readHealth } from './health.ts';

const CHECK = 'API_FACTORY_URL';
/** The two compared responses arrive one after the other. */
const SAME_START_SECONDS = 2;

/**
 * Warns when API_FACTORY_URL points to a different product than the local checks: if only that
 * variable is set, they check the default data directory. No finding when it is unset or points to
 * the configured port.
 */
export async function checkUrl(url: string | undefined, config: Config, local: Health | null): Promise<Finding[]> {
  if (!url) return [];
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return [fail(CHECK, `was ${JSON.stringify(url)}`, 'Make it an http or https URL.')];
  const parsed = new URL(url);
  if (isLocalPort(parsed, config)) return [];
  const remote = await readHealth(url.replace(/\/+$/, ''));
  // The URL may contain a user and password; its origin does not.
  const { origin } = parsed;
  if (remote === null) return [warn(CHECK, `no api-factory answers at ${origin}`, 'Start it there, or correct API_FACTORY_URL.')];
  if (isSameProcess(local, remote)) return [ok(CHECK, `api-factory ${remote.version} answers at ${origin}; it is the one on this machine`)];
  return [
    warn(
      CHECK,
      `api-factory ${remote.version} answers at ${origin}, but the local checks below read ${config.dataDir} ` +
        `and port ${config.port} of this machine, which may belong to another product`,
      'To check that product, run doctor on its machine with its API_FACTORY_DATA_DIR, DATABASE_URL and PORT.',
    ),
  ];
}

function isLocalPort(url: URL, { bindHost, port }: Config): boolean {
  const urlPort = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return urlPort === port && (isThisMachine(url.href) || url.hostname === bindHost);
}

/** The same process can answer at two addresses, for example behind a proxy. */
function isSameProcess(one: Health | null, other: Health): boolean {
  if (one === null || one.uptimeSeconds === null || other.uptimeSeconds === null) return false;
  return one.version === other.version && Math.abs(one.uptimeSeconds - other.uptimeSeconds) <= SAME_START_SECONDS;
}
