import { type Static, Type } from 'typebox';
import { CLOSED, Name, nullable, Slug, stringEnum } from '../http/fields.ts';
import { PAGE_FIELDS } from '../http/page.ts';

/** Far below 2^53, so that every sum of units stays exact. */
const MOST_UNITS = 9_000_000_000_000_000;

const Quota = Type.Object(
  {
    limit: nullable(Type.Integer({ minimum: 0, maximum: MOST_UNITS, description: 'units per period; null is unlimited' })),
    period: stringEnum(['month', 'day']),
  },
  CLOSED,
);

const Rate = Type.Object(
  {
    limit: nullable(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'calls per window; null is unlimited' })),
    windowSeconds: Type.Integer({ minimum: 1, maximum: 86_400 }),
  },
  CLOSED,
);

const Price = Type.Object(
  {
    amountCents: Type.Integer({
      minimum: 0,
      maximum: MOST_UNITS,
      description: 'in the smallest unit of the currency: cents of usd, whole yen of jpy',
    }),
    currency: Type.String({ pattern: '^[a-z]{3}$', description: 'an ISO 4217 code in lower case' }),
    interval: stringEnum(['month', 'year']),
  },
  CLOSED,
);

const FIELDS = {
  name: Name,
  quota: Quota,
  rate: Rate,
  price: Type.Optional(nullable(Price)),
  apis: Type.Optional(
    nullable(Type.Array(Slug, { maxItems: 1_000, uniqueItems: true, description: 'slugs of the included apis; null means every api' })),
  ),
};

export const NewPlan = Type.Object({ id: Slug, ...FIELDS }, CLOSED);
export type NewPlan = Static<typeof NewPlan>;

export const EXISTING = stringEnum(['now', 'keep'], {
  default: 'now',
  description:
    '`now`: entitlements of earlier versions move to the new one; `keep`: they stay on theirs, or continue to the version that an earlier edit is moving them to',
});

export const PlanEdit = Type.Object({ id: Type.Optional(Slug), ...FIELDS, existing: Type.Optional(EXISTING) }, CLOSED);
export type PlanEdit = Static<typeof PlanEdit>;

export const Plan = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  name: Type.String(),
  quota: Quota,
  rate: Rate,
  price: nullable(Price),
  apis: nullable(Type.Array(Type.String())),
  entitlements: Type.Integer({ description: 'entitlements of any version of the plan' }),
  moving: Type.Integer({ description: 'entitlements that an edit has yet to move to its version; a few hundred move at a time' }),
  createdAt: Type.String({ format: 'date-time' }),
});
export type Plan = Static<typeof Plan>;

export const EditedPlan = Type.Object({
  ...Plan.properties,
  moved: Type.Integer({ description: 'entitlements moved so far by this edit; `moving` counts the rest' }),
});
export type EditedPlan = Static<typeof EditedPlan>;

export const DeletedPlan = Type.Object({ id: Type.String() });

export const PlanQuery = Type.Object(PAGE_FIELDS, CLOSED);
