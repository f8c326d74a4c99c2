import type { Runtime } from '../runtime.ts';
import type { Basket } from '../state.ts';
import { entries, integer, type Params, required, text } from './params.ts';
import { priceOf } from './prices.ts';
import { invalid, StripeError } from './stripe-error.ts';

/**
 * The recurring prices of a request. Throws when one is unknown, archived or not recurring, or
 * when their intervals differ.
 */
export function basketLines(runtime: Runtime, { params, name }: { params: Params; name: string }): Basket['lines'] {
  const lines = (entries(params, name) ?? []).map((entry, index) => {
    const param = `${name}[${index}][price]`;
    const price = priceOf(runtime.state, required(entry, 'price'), param);
    if (!price.active) throw invalid('The price specified is inactive. This field only accepts active prices.', param);
    if (!price.recurring) {
      throw invalid('The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.', param);
    }
    return { price: price.id, quantity: integer(entry, 'quantity') ?? 1 };
  });
  if (lines.length === 0)
    throw new StripeError({ status: 400, code: 'parameter_missing', message: `Missing required param: ${name}.`, param: name });
  const cycles = new Set(lines.map(({ price }) => JSON.stringify(cycleOf(runtime, price))));
  if (cycles.size > 1) throw invalid('The sandbox requires one interval for all items of a subscription.', name);
  return lines;
}

/** What happens when a trial ends without a card; Stripe's default is to bill. */
export function missingPaymentMethod(params: Params, path: string): Basket['missingPaymentMethod'] {
  const value = text(params, path) ?? 'create_invoice';
  if (value !== 'cancel' && value !== 'pause' && value !== 'create_invoice') throw invalid(`Invalid ${path}: ${value}`, path);
  return value;
}

function cycleOf(runtime: Runtime, price: string) {
  const recurring = runtime.state.prices[price]?.recurring;
  return [recurring?.interval, recurring?.interval_count];
}
