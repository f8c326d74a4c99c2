import type { Plan, PlanEdit } from '../plans/schema.ts';

/** What an edit says to leave a plan as it was read. What the product counts of it (version, entitlements, …) is no part of an edit, and is refused there. */
export const editOf = ({ name, quota, rate, price, apis }: Plan): PlanEdit => ({ name, quota, rate, price, apis });
