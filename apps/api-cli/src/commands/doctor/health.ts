import type { Config } from '../../config.ts';

const TIMEOUT_MS = 2_000;

/** The part of a product's `healthz` that is used. */
export interface Health {
  version: string;
  status: string;
  uptimeSeconds: number | null;
  /** Why its clock check fails; null when it passes. */
  clockFault: string | null;
}

/** Health of the product on the configured port; null when nothing, or something else, answers. */
export async function localProduct({ bindHost, port }: Config): Promise<Health | null> {
  return port === 0 ? null : readHealth(`http://${connectHost(bindHost)}:${port}`);
}

/** @param url without a trailing slash. @returns null when no api-factory answers there */
export async function readHealth(url: string): Promise<Health | null> {
  try {
    const response = await fetch(`${url}/_api/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.json()) as Partial<HealthBody>;
    if (typeof body.version !== 'string' || typeof body.status !== 'string') return null;
    const clock = body.checks?.clock;
    return {
      version: body.version,
      status: body.status,
      uptimeSeconds: body.uptimeSeconds ?? null,
      clockFault: clock?.ok === false ? (clock.detail ?? 'differs') : null,
    };
  } catch {
    return null;
  }
}

/** The fields of the body that are read. */
interface HealthBody {
  version: string;
  status: string;
  uptimeSeconds: number;
  checks: Record<string, { ok: boolean; detail?: string } | undefined>;
}

/** Host part of a URL that reaches a server listening on `bindHost`. */
function connectHost(bindHost: string): string {
  if (bindHost === '0.0.0.0') return '127.0.0.1';
  if (bindHost === '::') return '[::1]';
  return bindHost.includes(':') ? `[${bindHost}]` : bindHost;
}
