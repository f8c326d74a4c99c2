import type { Panel } from './panel.ts';
import { actionsPanel } from './panels/actions/panel.ts';
import { auditPanel } from './panels/audit/panel.ts';
import { billingPanel } from './panels/billing/panel.ts';
import { consumersPanel } from './panels/consumers/panel.ts';
import { keysPanel } from './panels/keys/panel.ts';
import { mePanel } from './panels/me/panel.ts';
import { metricsPanel } from './panels/metrics/panel.ts';
import { overviewPanel } from './panels/overview/panel.ts';
import { plansPanel } from './panels/plans/panel.ts';
import { usagePanel } from './panels/usage/panel.ts';

/** Every panel of the console, in menu order. To add one, create its folder and list it here. */
export const PANELS: readonly Panel[] = [
  overviewPanel,
  metricsPanel,
  usagePanel,
  auditPanel,
  keysPanel,
  consumersPanel,
  plansPanel,
  billingPanel,
  actionsPanel,
  mePanel,
];
