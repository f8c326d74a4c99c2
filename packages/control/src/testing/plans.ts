import type { Plan, PlanEdit } from '../plans/schema.ts';

/**
 * The edit that leaves a plan unchanged. Fields that the product computes (version, entitlements,
 * …) are not part of an edit and would be refused.
 */
export const editOf = ({ name, quota, rate, price, apis }: Plan): PlanEdit => ({ name, quota, rate, price, apis });
