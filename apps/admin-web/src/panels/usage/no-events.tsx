import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { SkeletonLines } from '../../ui/loaded.tsx';
import { EVERYTHING, type EventFilter, isNarrowed } from './filter.ts';
import { readWhetherAny } from './queries.ts';

interface NoEventsProps {
  filter: EventFilter;
  onFilter: (filter: Partial<EventFilter>) => void;
}

/** Why the list is empty: there was never a call, or none that the filters let through. */
export function NoEvents({ filter, onFilter }: NoEventsProps) {
  const any = useQuery({ queryKey: ['usage', 'any'], queryFn: ({ signal }) => readWhetherAny(signal) });
  if (any.isPending) return <SkeletonLines />;
  if (any.data === false) {
    return (
      <EmptyState title="No calls yet" action={<LinkButton to="/actions">Try an action</LinkButton>}>
        Each call that a key is let through for appears here a moment later.
      </EmptyState>
    );
  }
  const narrowed = isNarrowed(filter);
  const action = (
    <Group gap="xs" justify="center">
      {narrowed && (
        <Button variant="default" onClick={() => onFilter({ range: filter.range, from: filter.from, to: filter.to })}>
          Clear filters
        </Button>
      )}
      {filter.range !== 'all' && (
        <Button variant="default" onClick={() => onFilter({ ...filter, range: EVERYTHING.range, from: '', to: '' })}>
          Show any time
        </Button>
      )}
    </Group>
  );
  return (
    <EmptyState title={narrowed ? 'No calls for these filters' : 'No calls in this time'} action={action}>
      {/^(4|429$)/.test(filter.status) &&
        'A refused call (401, 403, 429) is no event: see the sums above for how many there were, by code.'}
    </EmptyState>
  );
}
