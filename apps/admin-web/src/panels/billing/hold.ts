import type { Subscription } from './queries.ts';

const PAID = new Set(['active', 'trialing']);

/** Whether a dispute keeps a subscription from giving access: Stripe has nothing against it, and nothing else suspends one that is paid. */
export const isHeld = ({ access, status }: Pick<Subscription, 'access' | 'status'>): boolean => access === 'suspended' && PAID.has(status);
