import type { Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';

/** A page of a panel. */
interface PanelRoute {
  /** In the router’s notation: `/keys/$id`. */
  path: string;
  /** Loads the page when it is first visited. */
  page: () => Promise<{ Page: ComponentType }>;
}

/** An entry of the command palette. */
interface PanelCommand {
  label: string;
  /** A console path with its query string. */
  to: string;
}

/** Menu groups, in order. */
export const PANEL_GROUPS = ['Watch', 'Sell', 'Try'] as const;

/** A section of the console: its menu item, its pages and its commands in the palette. */
export interface Panel {
  title: string;
  icon: Icon;
  group: (typeof PANEL_GROUPS)[number];
  /** The menu item opens the first one. */
  routes: [PanelRoute, ...PanelRoute[]];
  commands?: PanelCommand[];
}
