import type { Access } from '../access.ts';
import type { Controls } from '../controls-types.ts';
import type { PortalActions } from '../portal-actions.ts';
import type { Runtime } from '../runtime.ts';

export type PageOptions = {
  runtime: Runtime;
  controls: Controls;
  portal: PortalActions;
  access: Access;
  /** Runs everything that is due. Called before a page is rendered and before a portal action. */
  catchUp: () => void;
  /** Called after a portal action: the state may have changed. */
  onChange: () => void;
};
