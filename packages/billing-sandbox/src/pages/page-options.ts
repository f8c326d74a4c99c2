import type { Access } from '../access.ts';
import type { Controls } from '../controls-types.ts';
import type { PortalActions } from '../portal-actions.ts';
import type { Runtime } from '../runtime.ts';

export type PageOptions = {
  runtime: Runtime;
  controls: Controls;
  portal: PortalActions;
  access: Access;
  /** Does everything that is due. Called before a portal page is shown or used. */
  catchUp: () => void;
  /** Called after a portal button: the state may have changed. */
  onChange: () => void;
};
