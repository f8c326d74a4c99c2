import type { Plan } from './schema.ts';
import type { PlanRow } from './store.ts';

export const present = ({ id, version, terms, entitlements, moving, createdAt }: PlanRow): Plan => ({
  id,
  version,
  ...terms,
  entitlements,
  moving,
  createdAt: createdAt.toISOString(),
});
