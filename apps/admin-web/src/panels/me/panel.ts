import { IconUserSearch } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const mePanel: Panel = {
  title: 'Key check',
  icon: IconUserSearch,
  group: 'Try',
  routes: [{ path: '/me', page: () => import('./page.tsx') }],
  commands: [{ label: 'Check a key', to: '/me' }],
};
