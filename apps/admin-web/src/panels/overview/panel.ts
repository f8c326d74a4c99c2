import { IconLayoutDashboard } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const overviewPanel: Panel = {
  title: 'Overview',
  icon: IconLayoutDashboard,
  group: 'Watch',
  routes: [{ path: '/', page: () => import('./page.tsx') }],
};
