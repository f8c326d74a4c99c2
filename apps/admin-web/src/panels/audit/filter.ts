import type { ListAuditData } from '@api-factory/sdk-ts';
import { type TimeFilter, timeBounds } from '../../lib/time-filter.ts';

/** The filters of the audit log, as in the URL. */
export interface AuditFilter extends TimeFilter {
  actor: string;
  action: string;
  /** Type and ID of the changed object. */
  type: string;
  object: string;
}

/** Matches every entry. */
export const NO_FILTER = { actor: '', action: '', type: '', object: '', range: 'all', from: '', to: '' } as const satisfies AuditFilter;

type AuditQuery = NonNullable<ListAuditData['query']>;

/** The query parameters of `GET /api/admin/audit`. */
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

export const isFiltered = (filter: AuditFilter): boolean => Object.keys(auditQuery(filter, new Date())).length > 0;

/** Suggestions for the action filter; the API accepts any text. */
export const ACTIONS = [
  'consumer.create',
  'consumer.update',
  'dispute.release',
  'entitlement.access',
  'entitlement.anchor',
  'entitlement.create',
  'entitlement.move',
  'key.create',
  'key.move',
  'key.resume',
  'key.revoke',
  'key.rotate',
  'key.suspend',
  'key.update',
  'operator.create',
  'operator.revoke',
  'plan.create',
  'plan.delete',
  'plan.move',
  'plan.update',
  'price.archive',
  'price.create',
  'price.resume',
  'quarantine.discard',
  'quarantine.retry',
  'session.create',
  'session.end',
  'session.end-all',
];

export const OBJECT_TYPES = [...new Set(ACTIONS.map((action) => action.split('.', 1)[0] ?? ''))];

/** Actors other than operator keys. */
export const ACTORS = ['env', 'system', 'buyer'];
