const ACTOR_LABELS: Record<string, string> = {
  env: 'Environment key',
  system: 'API-Factory',
  buyer: 'Buyer',
};

const OPERATOR_ID = /^operator_.*(.{4})$/;

/**
 * Names an actor of the audit log; operator keys by their last 4 characters.
 * @param self the session’s actor
 */
export function actorLabel(actor: string, self: string | null = null): string {
  if (actor === self) return 'You';
  if (Object.hasOwn(ACTOR_LABELS, actor)) return ACTOR_LABELS[actor] ?? actor;
  const end = OPERATOR_ID.exec(actor)?.[1];
  return end === undefined ? actor : `Operator …${end}`;
}

/** Names the key that the session was signed in with. */
export const signedInText = (operator: string): string =>
  operator === 'env' ? 'Signed in with the environment key' : `Signed in with the operator key …${operator.slice(-4)}`;
