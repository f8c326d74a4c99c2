import { type Static, Type } from 'typebox';

const Count = Type.Integer({ minimum: 0 });
const count = (description: string) => Type.Integer({ minimum: 0, description });

const KeyCounts = Type.Object({
  enabled: Count,
  suspended: Count,
  revoked: Count,
  expired: Count,
  grace: count('those of the enabled whose subscription is in grace'),
});

const PlanShare = Type.Object({
  id: Type.String(),
  name: Type.String(),
  entitlements: count('entitlements that have a key that is not revoked'),
  keys: count('keys that are not revoked'),
});

/** A key of an entitlement that has used at least four fifths of its quota. */
export const NearQuota = Type.Object({
  keyId: Type.String({ description: 'the newest key of the entitlement that is neither revoked nor expired' }),
  name: Type.String({ description: 'of the key' }),
  plan: Type.String(),
  used: Type.Integer({ description: 'units in the current period, by all keys of the entitlement' }),
  limit: Type.Integer(),
  periodEnd: Type.String({ format: 'date-time' }),
});
export type NearQuota = Static<typeof NearQuota>;

/** What waits for the operator. What billing counts is 0 while it is off. */
const Attention = Type.Object({
  deadLetters: count('events of Stripe’s that were given up'),
  pendingEvents: count('events of Stripe’s that are not worked on yet'),
  drift: count('customers who were found to differ from Stripe in the last 7 days'),
  flags: Count,
  disputes: count('disputes whose hold suspends a consumer'),
  grace: count('keys that are enabled and in grace'),
  suspendedByBilling: count('keys that their subscription suspends, not the operator'),
  nearQuota: count('entitlements that have used at least four fifths of their quota'),
  quarantined: count('usage records that could not be stored'),
});

/** An operator's first look at the whole. Keys and rows of another mode count for nothing. */
export const Overview = Type.Object({
  keys: KeyCounts,
  consumers: Count,
  plans: Type.Array(PlanShare, { description: 'every plan, the one with the most keys first' }),
  quota: Type.Object(
    { used: Count, limit: Count },
    { description: 'units in the current periods of the entitlements that have a limit and a key that is neither revoked nor expired' },
  ),
  today: Type.Object({ calls: Count, units: Count, refusals: Count }, { description: 'since midnight UTC' }),
  nearQuota: Type.Array(NearQuota, { description: 'at most 10, the highest share first' }),
  attention: Attention,
});
export type Overview = Static<typeof Overview>;
