import { Text } from '@mantine/core';
import { actorLabel } from '../lib/actors.ts';
import { useSession } from '../lib/session.ts';

/** The name of an actor, with the full id on hover. */
export function Actor({ id }: { id: string }) {
  const state = useSession();
  return (
    <Text span size="sm" title={id}>
      {actorLabel(id, state.phase === 'signed-in' ? state.session.operator : null)}
    </Text>
  );
}
