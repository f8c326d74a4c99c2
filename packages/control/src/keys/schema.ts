import { ACCESSES, KEY_STATUSES } from '@api-factory/core';
import { type Static, type TSchema, Type } from 'typebox';
import { CLOSED, Id, Name, nullable, Slug, stringEnum, Timestamp } from '../http/fields.ts';
import { PAGE_FIELDS } from '../http/page.ts';

/** 30 days. */
const LONGEST_OVERLAP_SECONDS = 2_592_000;

export const NewKey = Type.Object(
  {
    name: Name,
    plan: Type.Optional(Slug),
    consumerId: Type.Optional(nullable(Id)),
    entitlementId: Type.Optional(nullable(Id)),
    expiresAt: Type.Optional(nullable(Timestamp)),
  },
  CLOSED,
);
export type NewKey = Static<typeof NewKey>;

export const KeyPatch = Type.Object(
  { name: Type.Optional(Name), expiresAt: Type.Optional(nullable(Timestamp)), plan: Type.Optional(Slug) },
  { ...CLOSED, minProperties: 1 },
);
export type KeyPatch = Static<typeof KeyPatch>;

export const Rotation = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: LONGEST_OVERLAP_SECONDS, default: 0, description: 'how long the old key keeps working' }),
    ),
  },
  CLOSED,
);
export type Rotation = Static<typeof Rotation>;

const TimeOrNull = nullable(Type.String({ format: 'date-time' }));
const TextOrNull = nullable(Type.String());
const enumOrNull = <const T extends string>(values: readonly T[], description: string) =>
  Type.Unsafe<T | null>({ type: ['string', 'null'], enum: [...values, null], description });

const FIELDS = {
  id: Type.String(),
  name: Type.String(),
  prefix: Type.String({ description: 'the first 12 characters' }),
  last4: Type.String(),
  mode: stringEnum(['live', 'test']),
  status: stringEnum(KEY_STATUSES),
  suspendedBy: enumOrNull(
    ['operator', 'billing'],
    'who suspended the key: `operator` (even if billing did too) or `billing`; null when it is not suspended',
  ),
  access: enumOrNull(ACCESSES, 'what the subscription grants now; null for a key created by the operator'),
  plan: Type.String(),
  planVersion: Type.Integer(),
  consumerId: TextOrNull,
  entitlementId: Type.String(),
  subscriptionId: { ...TextOrNull, description: 'the subscription of the entitlement; null when the operator created it' },
  expiresAt: TimeOrNull,
  rotatedFrom: TextOrNull,
  createdAt: Type.String({ format: 'date-time' }),
  lastUsedAt: TimeOrNull,
};

export const Key = Type.Object(FIELDS);
export type Key = Static<typeof Key>;

export const IssuedKey = Type.Object({ ...FIELDS, key: Type.String({ description: 'the whole key, shown only once' }) });
export type IssuedKey = Static<typeof IssuedKey>;

export const KeyQuery = Type.Object(
  {
    ...PAGE_FIELDS,
    status: Type.Optional(stringEnum(KEY_STATUSES)),
    access: Type.Optional(stringEnum(ACCESSES)),
    plan: Type.Optional(Id),
    consumer: Type.Optional(Id),
    search: Type.Optional({ ...Name, description: 'part of the name, start of the key, or its last 4 characters' }),
  },
  CLOSED,
);
export type KeyQuery = Static<typeof KeyQuery>;

const OwnBilling = Type.Object(
  {
    status: stringEnum(['active', 'grace', 'suspended'], { description: 'what the subscription grants now' }),
    plan: Type.String(),
    currentPeriodEnd: TimeOrNull,
    cancelAt: TimeOrNull,
    graceUntil: { ...TimeOrNull, description: 'when the key is suspended because of a failed payment; null when no payment failed' },
    portalUrl: Type.Optional(Type.String({ description: 'where the consumer manages payments and changes the plan' })),
  },
  { description: 'the subscription of the key; null for a key created by the operator, and after the subscription has ended' },
);

const ownFields = <T extends TSchema>(status: T) => ({
  id: Type.String(),
  name: Type.String(),
  status,
  plan: Type.String(),
  usage: Type.Object({
    used: Type.Integer({ description: 'units in the current period, by all keys of the entitlement' }),
    limit: nullable(Type.Integer()),
    remaining: nullable(Type.Integer()),
    periodStart: Type.String({ format: 'date-time' }),
    periodEnd: Type.String({ format: 'date-time' }),
  }),
  rate: Type.Object({
    limit: nullable(Type.Integer()),
    remaining: nullable(Type.Integer()),
    resetSeconds: nullable(Type.Integer({ description: 'until the current window ends; null without a limit' })),
  }),
  billing: nullable(OwnBilling),
});

/** A key as its owner sees it. Revoked and expired keys can’t read it, so `status` has neither. */
export const OwnKey = Type.Object(ownFields(stringEnum(['enabled', 'suspended'])));
export type OwnKey = Static<typeof OwnKey>;

/** The same view for the operator, for a key of any status. */
export const KeyLimits = Type.Object(ownFields(stringEnum(KEY_STATUSES)));
export type KeyLimits = Static<typeof KeyLimits>;
