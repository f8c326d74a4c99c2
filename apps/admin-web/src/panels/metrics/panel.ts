import { IconChartLine } from '@tabler/icons-react';
import type { Panel } from '../../panel.ts';

export const metricsPanel: Panel = {
  title: 'Metrics',
  icon: IconChartLine,
  group: 'Watch',
  routes: [{ path: '/metrics', page: () => import('./page.tsx') }],
  commands: [
    { label: 'Metrics of the last hour', to: '/metrics?range=1h' },
    { label: 'Metrics of the last 30 days', to: '/metrics?range=30d' },
  ],
};
