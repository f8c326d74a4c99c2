/** What the product writes down, for choosing; any other text can be typed. */
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
  'plan.create',
  'plan.delete',
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

/** The kinds of objects in them. */
export const OBJECT_TYPES = [...new Set(ACTIONS.map((action) => action.split('.', 1)[0] ?? ''))];

/** Actors that are no operator key. */
export const ACTORS = ['env', 'system', 'buyer'];

const MOST_SHOWN = 3;

/** The first of an entry’s details in one line: “name: web, plan: pro”. */
export function detailsLine(details: Record<string, unknown>): string {
  const entries = Object.entries(details);
  const shown = entries
    .slice(0, MOST_SHOWN)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return entries.length > MOST_SHOWN ? `${shown.join(', ')} …` : shown.join(', ');
}
