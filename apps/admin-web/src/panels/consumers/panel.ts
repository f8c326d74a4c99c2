import { IconUsers } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const consumersPanel: Panel = {
  title: 'Consumers',
  icon: IconUsers,
  group: 'Sell',
  routes: [
    { path: '/consumers', page: () => import('./page.tsx') },
    { path: '/consumers/$id', page: () => import('./consumer-page.tsx') },
  ],
  commands: [{ label: 'Create consumer', to: '/consumers?create=1' }],
};
