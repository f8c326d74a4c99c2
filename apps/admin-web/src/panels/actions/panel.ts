import { IconPlayerPlay } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const actionsPanel: Panel = {
  title: 'Actions',
  icon: IconPlayerPlay,
  group: 'Try',
  routes: [{ path: '/actions', page: () => import('./page.tsx') }],
  commands: [{ label: 'Call an action', to: '/actions' }],
};
