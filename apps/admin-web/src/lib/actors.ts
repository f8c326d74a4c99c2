const ACTOR_WORDS: Record<string, string> = {
  env: 'Environment key',
  system: 'API-Factory',
  buyer: 'Buyer',
};

/** Who an actor is; operator keys are shown by their id. */
export const actorWord = (actor: string): string => (Object.hasOwn(ACTOR_WORDS, actor) ? (ACTOR_WORDS[actor] ?? actor) : actor);
