import type { ListAuditData } from '@api-factory/sdk-ts';
import { type TimeFilter, timeBounds } from '../../lib/time-filter.ts';

/** Which entries are shown, as the address says it. */
export interface AuditFilter extends TimeFilter {
  actor: string;
  action: string;
  /** Type and id of the changed object. */
  type: string;
  object: string;
}

/** What the page shows when its address says nothing. */
export const NO_FILTER = { actor: '', action: '', type: '', object: '', range: 'all', from: '', to: '' } as const satisfies AuditFilter;

type AuditQuery = NonNullable<ListAuditData['query']>;

/** What the API is asked for. */
export function auditQuery(filter: AuditFilter, now: Date): AuditQuery {
  const { actor, action, type, object } = filter;
  return {
    ...(actor ? { actor } : {}),
    ...(action ? { action } : {}),
    ...(type ? { objectType: type } : {}),
    ...(object ? { objectId: object } : {}),
    ...timeBounds(filter, now),
  };
}

/** Whether it leaves something out. */
export const isNarrowed = (filter: AuditFilter): boolean => Object.keys(auditQuery(filter, new Date())).length > 0;
