import { type Static, Type } from 'typebox';

const Count = Type.Integer({ minimum: 0 });
const count = (description: string) => Type.Integer({ minimum: 0, description });

const KeyCounts = Type.Object({
  enabled: Count,
  suspended: Count,
  revoked: Count,
  expired: Count,
  grace: count('enabled keys whose subscription is in grace'),
});

const PlanShare = Type.Object({
  id: Type.String(),
  name: Type.String(),
  entitlements: count('entitlements that have a key that is not revoked'),
  keys: count('keys that are not revoked'),
});

/** An entitlement that has used at least 80 % of its quota, shown by one of its keys. */
export const NearQuota = Type.Object({
  keyId: Type.String({ description: 'the newest key of the entitlement that is neither revoked nor expired' }),
  name: Type.String({ description: 'of the key' }),
  plan: Type.String(),
  used: Type.Integer({ description: 'units in the current period, by all keys of the entitlement' }),
  limit: Type.Integer(),
  periodEnd: Type.String({ format: 'date-time' }),
});
export type NearQuota = Static<typeof NearQuota>;

/** What needs the operator’s attention. Billing counts are 0 while billing is off. */
const Attention = Type.Object({
  deadLetters: count('Stripe events that exhausted their retries'),
  pendingEvents: count('Stripe events that are not processed yet'),
  drift: count('customers found out of sync with Stripe in the last 7 days'),
  flags: Count,
  disputes: count('disputes that suspend a consumer'),
  grace: count('enabled keys in grace'),
  suspendedByBilling: count('keys suspended by their subscription, not by the operator'),
  nearQuota: count('entitlements that have used at least 80 % of their quota'),
  quarantined: count('usage records that could not be stored'),
});

/** The numbers of the console’s start page. Keys and rows of other modes are not counted. */
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
