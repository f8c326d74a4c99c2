import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { type EntitlementRow, findEntitlement } from '../../entitlements/store.ts';
import { authenticateKey } from '../../keys/authenticate.ts';
import { failedCredential } from '../../operators/credential.ts';

/**
 * The entitlement of the API key that the request carries; null when it carries none. A suspended key counts: it is how its owner gets to pay.
 * @throws ProblemError as `authenticateKey` does
 */
export async function entitlementOf(context: Context, request: FastifyRequest): Promise<EntitlementRow | null> {
  const key = await authenticateKey(context, request);
  if (key === null) return null;
  const entitlement = await findEntitlement(context.db, key.entitlementId);
  if (entitlement === null) throw new Error(`the entitlement ${key.entitlementId} of a key is not there`);
  return entitlement;
}

/** The same, where a key must be there. @throws ProblemError also UNAUTHORIZED */
export async function requireEntitlement(context: Context, request: FastifyRequest): Promise<EntitlementRow> {
  const entitlement = await entitlementOf(context, request);
  if (entitlement === null) throw await failedCredential(context, request, false);
  return entitlement;
}
