import { isLoopback } from '@api-factory/core';
import type { WrongValue } from '../config.ts';
import { type Environment, splitList, toOrigin, VARIABLES } from '../environment.ts';

/** The billing provider. `hint` explains why billing is off although a Stripe key is set. */
export type BillingConfig =
  | { kind: 'off'; hint: string | null }
  | { kind: 'sandbox' }
  | { kind: 'stripe'; mode: 'test' | 'live'; secretKey: string; webhookSecrets: string[]; apiBase: string | null };

/**
 * By default the sandbox starts only when nothing but this machine can reach the product and no
 * variable indicates a production setup.
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
  const hint = secretKey === undefined ? null : 'STRIPE_SECRET_KEY is set, but billing is off: set BILLING=stripe to use it';
  if (env.BILLING === 'off' || hint !== null) return { kind: 'off', hint: env.BILLING === 'off' ? null : hint };
  const isLocal =
    isThisMachine(env.BIND_HOST) && env.TRUSTED_PROXY_HOPS === 0 && env.PUBLIC_URL === undefined && env.DATABASE_URL === undefined;
  return isLocal ? { kind: 'sandbox' } : { kind: 'off', hint: null };
}

/** Conflicts between billing variables. */
export function wrongBilling(env: Environment): WrongValue[] {
  if (env.STRIPE_API_BASE !== undefined && isLive(env.STRIPE_SECRET_KEY)) {
    return [{ name: 'STRIPE_API_BASE', was: 'set together with a live key', mayBe: 'absent: a live key is only sent to Stripe' }];
  }
  if (env.BILLING === 'stripe') return missingForStripe(env);
  return env.BILLING === 'sandbox' ? exposedSandbox(env) : [];
}

function missingForStripe(env: Environment): WrongValue[] {
  const missing = (['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const).filter((name) => env[name] === undefined);
  const wrong: WrongValue[] = missing.map((name) => ({
    name,
    was: 'missing, but BILLING is stripe',
    mayBe: VARIABLES[name].mayBe,
  }));
  const isLiveKey = isLive(env.STRIPE_SECRET_KEY);
  if (env.PUBLIC_URL === undefined && (isLiveKey || !isThisMachine(env.BIND_HOST))) {
    wrong.push({
      name: 'PUBLIC_URL',
      was: `missing, but ${isLiveKey ? 'the key is live' : 'BILLING is stripe'}`,
      mayBe: `${VARIABLES.PUBLIC_URL.mayBe}: buyers return to it`,
    });
  }
  return wrong;
}

/**
 * Sandbox payments are free: anyone who reaches the product could get keys for nothing. A loopback
 * address as PUBLIC_URL declares that only this machine reaches it, regardless of BIND_HOST and
 * proxies, as in a container whose port is published on the host's loopback interface.
 */
function exposedSandbox(env: Environment): WrongValue[] {
  const wrong: WrongValue[] = [];
  const because = 'with BILLING=sandbox, where keys are free';
  const isLocal = env.PUBLIC_URL !== undefined && isThisMachine(new URL(env.PUBLIC_URL).hostname);
  if (isLive(env.STRIPE_SECRET_KEY)) wrong.push({ name: 'STRIPE_SECRET_KEY', was: `a live key, ${because}`, mayBe: 'absent' });
  if (isLocal) return wrong;
  const exception = ', unless PUBLIC_URL is an address of this machine, such as http://127.0.0.1:8080';
  if (!isThisMachine(env.BIND_HOST))
    wrong.push({
      name: 'BIND_HOST',
      was: `${JSON.stringify(env.BIND_HOST)}, ${because}`,
      mayBe: `127.0.0.1, ::1 or localhost${exception}`,
    });
  if (env.TRUSTED_PROXY_HOPS > 0)
    wrong.push({ name: 'TRUSTED_PROXY_HOPS', was: `${env.TRUSTED_PROXY_HOPS}, ${because}`, mayBe: `0${exception}` });
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

/** Whether it is a loopback address or `localhost`. */
const isThisMachine = (host: string): boolean => host === 'localhost' || isLoopback(host);
