import { IconListDetails } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const usagePanel: Panel = {
  title: 'Usage',
  icon: IconListDetails,
  group: 'Watch',
  routes: [{ path: '/usage', page: () => import('./page.tsx') }],
  commands: [
    { label: 'Show failed calls', to: '/usage?status=5xx' },
    { label: 'Show quarantined usage records', to: '/usage?tab=quarantine' },
  ],
};
