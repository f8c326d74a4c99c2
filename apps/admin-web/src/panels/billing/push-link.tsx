import { LinkButton } from '../../ui/link.tsx';
import { useMode } from './queries.ts';

/** To the dialog that pushes plans, named after where they go. */
export const PushLink = () => (
  <LinkButton to="/plans?push=1">{useMode() === 'sandbox' ? 'Push plans to the sandbox' : 'Push plans to Stripe'}</LinkButton>
);
