import { invalid } from '../http/refuse.ts';
import type { NewPlan } from './schema.ts';

/** ISO 4217 codes that the runtime knows, in lower case. Which of them an account can sell in, Stripe says at the push. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));

/**
 * The schema only knows what a code looks like: a list of codes there would make the OpenAPI document depend on the runtime.
 * @throws ProblemError VALIDATION_FAILED
 */
export function requireCurrency({ price }: Pick<NewPlan, 'price'>): void {
  if (!price || CURRENCIES.has(price.currency)) return;
  throw invalid('#/price/currency', 'must be a currency’s ISO 4217 code in lower case, such as usd or jpy');
}
