import type { Overview } from './queries.ts';

type Plan = Overview['plans'][number];

/** So many plans are drawn; the rest is a number. */
const MOST_BARS = 8;

/** How many keys each plan has. */
export interface PlanMix {
  bars: (Plan & { share: number })[];
  /** Keys of plans that are not drawn. */
  otherKeys: number;
  otherPlans: number;
  /** Plans that nobody has a key of. */
  unused: number;
}

/** The largest plans with their share of all keys that are not revoked. */
export function planMixOf(plans: readonly Plan[]): PlanMix {
  const used = plans.filter(({ keys }) => keys > 0).sort((one, other) => other.keys - one.keys);
  const all = used.reduce((sum, { keys }) => sum + keys, 0);
  const others = used.slice(MOST_BARS);
  return {
    bars: used.slice(0, MOST_BARS).map((plan) => ({ ...plan, share: plan.keys / all })),
    otherKeys: others.reduce((sum, { keys }) => sum + keys, 0),
    otherPlans: others.length,
    unused: plans.length - used.length,
  };
}
