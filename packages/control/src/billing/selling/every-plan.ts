import type { Context } from '../../context.ts';
import { type Page, pageRequest } from '../../http/page.ts';
import { listPlans, type PlanRow } from '../../plans/store.ts';

/** Every plan in its current version, oldest first. */
export async function everyPlan(db: Context['db']): Promise<PlanRow[]> {
  const plans: PlanRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<PlanRow> = await listPlans(db, pageRequest({ limit: 1_000, ...(cursor === null ? {} : { cursor }) }));
    plans.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return plans;
}
