const ACTOR_WORDS: Record<string, string> = {
  env: 'Environment key',
  system: 'API-Factory',
  buyer: 'Buyer',
};

const OPERATOR_ID = /^operator_.*(.{4})$/;

/** Who an actor is. An operator key’s id is told by its end. @param self the actor of this session */
export function actorLabel(actor: string, self: string | null = null): string {
  if (actor === self) return 'You';
  if (Object.hasOwn(ACTOR_WORDS, actor)) return ACTOR_WORDS[actor] ?? actor;
  const end = OPERATOR_ID.exec(actor)?.[1];
  return end === undefined ? actor : `Operator …${end}`;
}

/** With which key this session was signed in to. */
export const signedInText = (operator: string): string =>
  operator === 'env' ? 'Signed in with the environment key' : `Signed in with the operator key …${operator.slice(-4)}`;
