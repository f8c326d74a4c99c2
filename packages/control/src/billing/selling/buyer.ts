import type { KeyStatus } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { type EntitlementRow, findEntitlement } from '../../entitlements/store.ts';
import { authenticateKey } from '../../keys/authenticate.ts';

/** The API key that a request carries. */
export interface BuyerKey {
  id: string;
  /** What the operator says of it. */
  operatorStatus: KeyStatus;
  entitlement: EntitlementRow;
}

/**
 * The key that the request carries, suspended ones too; null when it carries none.
 * @throws ProblemError as `authenticateKey` does
 */
export async function buyerKeyOf(context: Context, request: FastifyRequest): Promise<BuyerKey | null> {
  const key = await authenticateKey(context, request);
  if (key === null) return null;
  const entitlement = await findEntitlement(context.db, key.entitlementId);
  if (entitlement === null) throw new Error(`the entitlement ${key.entitlementId} of a key is not there`);
  return { id: key.id, operatorStatus: key.operatorStatus, entitlement };
}
