import { IconTags } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const plansPanel: Panel = {
  title: 'Plans',
  icon: IconTags,
  group: 'Sell',
  routes: [
    { path: '/plans', page: () => import('./page.tsx') },
    { path: '/plans/$id', page: () => import('./plan-page.tsx') },
  ],
  commands: [
    { label: 'Create a plan', to: '/plans?create=1' },
    { label: 'Push plans', to: '/plans?push=1' },
  ],
};
