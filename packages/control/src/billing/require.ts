import { ProblemError } from '@api-factory/core';
import type { Context } from '../context.ts';
import type { Billing } from './model.ts';

/** @throws ProblemError BILLING_OFF */
export function requireBilling({ billing }: Context): Billing {
  if (billing === null) throw new ProblemError('BILLING_OFF');
  return billing;
}
