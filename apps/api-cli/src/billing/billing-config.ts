import { isLoopback } from '@api-factory/core';
import type { WrongValue } from '../config.ts';
import { type Environment, splitList, toOrigin, VARIABLES } from '../environment.ts';

/** Who takes the money. `hint` says why billing is off although something of it is set. */
export type BillingConfig =
  | { kind: 'off'; hint: string | null }
  | { kind: 'sandbox' }
  | { kind: 'stripe'; mode: 'test' | 'live'; secretKey: string; webhookSecrets: string[]; apiBase: string | null };

/**
 * The sandbox starts by itself only where nobody but this machine can reach the product and nothing
 * points to a real set-up.
 */
export function billingOf(env: Environment): BillingConfig {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecrets, STRIPE_API_BASE: apiBase } = env;
  if (env.BILLING === 'stripe') {
    return {
      kind: 'stripe',
      mode: isLive(secretKey) ? 'live' : 'test',
      secretKey: secretKey ?? '',
      webhookSecrets: splitList(webhookSecrets ?? ''),
      apiBase: apiBase === undefined ? null : toOrigin(apiBase),
    };
  }
  if (env.BILLING === 'sandbox') return { kind: 'sandbox' };
  const given = secretKey === undefined ? null : 'STRIPE_SECRET_KEY is set, and billing is off: set BILLING=stripe to use it';
  if (env.BILLING === 'off' || given !== null) return { kind: 'off', hint: env.BILLING === 'off' ? null : given };
  const alone =
    isThisMachine(env.BIND_HOST) && env.TRUSTED_PROXY_HOPS === 0 && env.PUBLIC_URL === undefined && env.DATABASE_URL === undefined;
  return alone ? { kind: 'sandbox' } : { kind: 'off', hint: null };
}

/** What of billing's variables does not fit together. */
export function wrongBilling(env: Environment): WrongValue[] {
  if (env.STRIPE_API_BASE !== undefined && isLive(env.STRIPE_SECRET_KEY)) {
    return [{ name: 'STRIPE_API_BASE', was: 'given together with a live key', mayBe: 'absent: a live key is only sent to Stripe' }];
  }
  if (env.BILLING === 'stripe') return missingForStripe(env);
  return env.BILLING === 'sandbox' ? openedSandbox(env) : [];
}

function missingForStripe(env: Environment): WrongValue[] {
  const missing = (['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const).filter((name) => env[name] === undefined);
  const wrong: WrongValue[] = missing.map((name) => ({
    name,
    was: 'missing, and BILLING is stripe',
    mayBe: VARIABLES[name].mayBe,
  }));
  const isLiveKey = isLive(env.STRIPE_SECRET_KEY);
  if (env.PUBLIC_URL === undefined && (isLiveKey || !isThisMachine(env.BIND_HOST))) {
    wrong.push({
      name: 'PUBLIC_URL',
      was: `missing, and ${isLiveKey ? 'the key is live' : 'BILLING is stripe'}`,
      mayBe: `${VARIABLES.PUBLIC_URL.mayBe}: buyers return to it`,
    });
  }
  return wrong;
}

/**
 * In the sandbox nobody pays: whoever reaches the product could have keys for nothing. An address
 * of this machine as PUBLIC_URL says that others do not reach it, whatever it listens on and
 * whatever stands in front, as in a container whose port is published on the host's loopback.
 */
function openedSandbox(env: Environment): WrongValue[] {
  const wrong: WrongValue[] = [];
  const because = 'with BILLING=sandbox, where keys cost nothing';
  const stays = env.PUBLIC_URL !== undefined && isThisMachine(new URL(env.PUBLIC_URL).hostname);
  if (isLive(env.STRIPE_SECRET_KEY)) wrong.push({ name: 'STRIPE_SECRET_KEY', was: `a live key, ${because}`, mayBe: 'absent' });
  if (stays) return wrong;
  const orStays = ', unless PUBLIC_URL is an address of this machine, such as http://127.0.0.1:8080';
  if (!isThisMachine(env.BIND_HOST))
    wrong.push({ name: 'BIND_HOST', was: `${JSON.stringify(env.BIND_HOST)}, ${because}`, mayBe: `127.0.0.1, ::1 or localhost${orStays}` });
  if (env.TRUSTED_PROXY_HOPS > 0)
    wrong.push({ name: 'TRUSTED_PROXY_HOPS', was: `${env.TRUSTED_PROXY_HOPS}, ${because}`, mayBe: `0${orStays}` });
  if (env.PUBLIC_URL !== undefined) {
    wrong.push({
      name: 'PUBLIC_URL',
      was: `${JSON.stringify(env.PUBLIC_URL)}, ${because}`,
      mayBe: 'absent, or an address of this machine',
    });
  }
  return wrong;
}

const isLive = (key: string | undefined): boolean => key !== undefined && /^[sr]k_live_/.test(key);

/** A loopback address, or the name that stands for them. */
const isThisMachine = (host: string): boolean => host === 'localhost' || isLoopback(host);
