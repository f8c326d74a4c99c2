import { IconCreditCard } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const billingPanel: Panel = {
  title: 'Billing',
  icon: IconCreditCard,
  group: 'Sell',
  routes: [{ path: '/billing', page: () => import('./page.tsx') }],
  commands: [
    { label: 'Test the webhook', to: '/billing?test=1' },
    { label: 'See subscriptions', to: '/billing?tab=subscriptions' },
    { label: 'See dead billing events', to: '/billing?tab=inbox&state=dead' },
    { label: 'Open the billing sandbox', to: '/billing?tab=sandbox' },
  ],
};
