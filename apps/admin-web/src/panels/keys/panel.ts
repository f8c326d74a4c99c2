import { IconKey } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const keysPanel: Panel = {
  title: 'Keys',
  icon: IconKey,
  group: 'Sell',
  routes: [
    { path: '/keys', page: () => import('./page.tsx') },
    { path: '/keys/$id', page: () => import('./key-page.tsx') },
  ],
  commands: [
    { label: 'Create a key', to: '/keys?create=1' },
    { label: 'See suspended keys', to: '/keys?status=suspended' },
    { label: 'See keys in grace', to: '/keys?access=grace' },
  ],
};
