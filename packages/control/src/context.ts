import type { KeyMode, SnapshotChange } from '@api-factory/core';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { Billing } from './billing/billing.ts';
import type { Database } from './store/database.ts';

/**
 * Live numbers of an entitlement in this gateway: leased and spooled units, and the rate window.
 */
export interface LiveLimits {
  /** null when the gateway has not seen a call of the entitlement since it started. */
  of(entitlementId: string): { quotaRemaining: number; rateRemaining: number | null; rateResetSeconds: number } | null;
}

/** URL of the page where a consumer manages payments; null when billing is off. */
export const manageUrl = (billing: Billing | null): string | null => (billing === null ? null : `${billing.publicUrl()}/checkout/manage`);

/** Passed to every feature. Time, ids and randomness are injected, so tests control them. */
export interface Context {
  readonly db: Database;
  /** Epoch ms. */
  readonly clock: { now(): number };
  /** `newId('key')` → `key_…`: unguessable and unique. */
  readonly newId: (prefix: string) => string;
  /** A CSPRNG. */
  readonly randomBytes: (n: number) => Uint8Array;
  readonly log: FastifyBaseLogger;
  /** The mode of new keys. */
  readonly keyMode: KeyMode;
  /** null: billing is off. */
  readonly billing: Billing | null;
  /** The operator key from the environment, if one is given: compared, never stored. */
  readonly adminKey: string | null;
  readonly limits: LiveLimits;
  /**
   * Applies the rows of a committed change to this process’s gateway. Once it resolves, the next
   * call sees the change. A no-op in a process without a gateway: every gateway polls the database
   * once a second.
   */
  readonly changed: (change: SnapshotChange) => Promise<void>;
  /**
   * Makes this process’s gateway read everything that is committed. Once it resolves, the next call
   * sees all of it. A no-op in a process without a gateway.
   */
  readonly catchUp: () => Promise<void>;
  /**
   * How long a gateway keeps using keys that it can’t confirm: the longest delay before a change
   * takes effect.
   */
  readonly snapshotMaxAgeSeconds: number;
  /**
   * Counts a failed credential against the client’s address. Returns the seconds to wait when there
   * were too many, else null.
   */
  readonly failedCredential: (request: FastifyRequest) => Promise<number | null>;
}
