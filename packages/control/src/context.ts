import type { KeyMode, SnapshotChange } from '@api-factory/core';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { Billing } from './billing/billing.ts';
import type { Database } from './store/database.ts';

/** What the gateway knows of an entitlement beyond the database: units it holds or has spooled, and the rate window. */
export interface LiveLimits {
  /** null when no call of the entitlement has been seen since the start. */
  of(entitlementId: string): { quotaRemaining: number; rateRemaining: number | null; rateResetSeconds: number } | null;
}

/** The page where a consumer settles payments; null when billing is off. */
export const manageUrl = (billing: Billing | null): string | null => (billing === null ? null : `${billing.publicUrl()}/checkout/manage`);

/** What every feature of the control plane gets. Time, ids and randomness are handed in, so that tests decide them. */
export interface Context {
  readonly db: Database;
  /** Epoch ms. */
  readonly clock: { now(): number };
  /** `newId('key')` → `key_…`: unguessable and unique. */
  readonly newId: (prefix: string) => string;
  /** A CSPRNG. */
  readonly randomBytes: (n: number) => Uint8Array;
  readonly log: FastifyBaseLogger;
  /** The mode that new keys are made for. */
  readonly keyMode: KeyMode;
  /** null: billing is off. */
  readonly billing: Billing | null;
  /** The operator key from the environment, if one is given: compared, never stored. */
  readonly adminKey: string | null;
  readonly limits: LiveLimits;
  /**
   * Hands the rows of a committed change to the gateway of this process: when it resolves, the next call is judged by the change. It does nothing in
   * a process without a gateway: every gateway reads the database once a second.
   */
  readonly changed: (change: SnapshotChange) => Promise<void>;
  /**
   * Lets the gateway of this process read everything that is committed: when it resolves, the next call is judged by all of it. It does nothing in a
   * process without a gateway.
   */
  readonly catchUp: () => Promise<void>;
  /** How long a gateway goes on with keys that it can’t confirm: the longest that a change can take to reach it. */
  readonly snapshotMaxAgeSeconds: number;
  /** Counts a failed credential of the request's address. Seconds to wait when there were too many, else null. */
  readonly failedCredential: (request: FastifyRequest) => Promise<number | null>;
}
