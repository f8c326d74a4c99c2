import type { Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';
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

/** A page of a panel. */
export interface PanelRoute {
  /** In the router’s notation: `/keys/$id`. */
  path: string;
  /** Loaded when somebody goes there. */
  page: () => Promise<{ Page: ComponentType }>;
}

/** Something that the command palette can do. */
export interface PanelCommand {
  label: string;
  /** Where it is done: a path of the console with its query part. */
  to: string;
}

/** A part of the console: its entry in the menu, its pages, what the palette can do with it. */
export interface Panel {
  title: string;
  icon: Icon;
  group: 'Watch' | 'Sell' | 'Try';
  /** The first one is where the menu leads. */
  routes: [PanelRoute, ...PanelRoute[]];
  commands?: PanelCommand[];
}

/** The console’s table of contents, in the menu’s order. A new panel is a folder and a line here. */
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
