import { useBillingMode } from '../../lib/billing.ts';
import { LinkButton } from '../../ui/link.tsx';

/** To the dialog that pushes plans, named after where they go. */
export const PushLink = () => (
  <LinkButton to="/plans?push=1">{useBillingMode() === 'sandbox' ? 'Push plans to the sandbox' : 'Push plans to Stripe'}</LinkButton>
);
