import type { StripeClient } from './client.ts';

/** Opens Stripe's customer portal. @returns its address, good for some minutes */
export async function openPortal(
  stripe: StripeClient,
  { customerId, returnUrl }: { customerId: string; returnUrl: string },
): Promise<string> {
  const session = await stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl });
  return session.url;
}
