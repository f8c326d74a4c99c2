import { faultOf } from '../../lib/faults.ts';

/** What the API found wrong with one field of the body; null: nothing. */
export function fieldError(error: unknown, field: string): string | null {
  if (error === null || error === undefined) return null;
  const found = faultOf(error).fields.find(({ pointer }) => pointer === `#/${field}`);
  return found ? `It ${found.detail}` : null;
}
