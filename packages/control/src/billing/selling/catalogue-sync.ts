import type { Context } from '../../context.ts';
import { lockPlan } from '../../plans/store.ts';
import { changeRecord, SYSTEM } from '../../transaction/change.ts';
import { requireBilling } from '../require.ts';
import { isPriceActive } from '../stripe/catalogue.ts';
import { askStripe } from '../stripe/errors.ts';
import { archiveRow, findPrices, sellAgain } from './price-store.ts';

/**
 * Someone changed a price in Stripe's dashboard: an archived one of ours is not sold any more, and one that is active again is, unless its
 * plan has got another one.
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function notePrice(context: Context, priceId: string): Promise<void> {
  const { mode, stripe } = requireBilling(context);
  const [row] = await findPrices(context.db, mode, [priceId]);
  if (row === undefined) return;
  const active = await askStripe(context, () => isPriceActive(stripe, priceId));
  await changeRecord(context, SYSTEM, async ({ tx, record }) => {
    const details = { plan: row.planId, mode };
    // A push of the plan that is under way writes the price that is sold; this one then finds it.
    await lockPlan(tx, row.planId);
    if (active === true && (await sellAgain(tx, mode, row))) record({ action: 'price.resume', objectId: priceId, details });
    if (active !== true && (await archiveRow(tx, mode, priceId))) record({ action: 'price.archive', objectId: priceId, details });
  });
}
