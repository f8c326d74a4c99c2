import { IconHistory } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const auditPanel: Panel = {
  title: 'Audit',
  icon: IconHistory,
  group: 'Watch',
  routes: [{ path: '/audit', page: () => import('./page.tsx') }],
};
