import { Button, Group, Stack, Text } from '@mantine/core';
import { useRef } from 'react';
import { ListView } from '../../ui/list-view.tsx';
import { eventColumns } from './event-columns.tsx';
import type { EventFilter } from './filter.ts';
import { freshWords } from './newest.ts';
import { NoEvents } from './no-events.tsx';
import { NEWEST, type UsageEvent } from './queries.ts';
import { LIVE_MS, type useEvents } from './use-events.ts';

interface EventListProps {
  events: ReturnType<typeof useEvents>;
  filter: EventFilter;
  live: boolean;
  held: boolean;
  onOpen: (event: UsageEvent) => void;
  /** Shows another selection instead. */
  onFilter: (filter: Partial<EventFilter>) => void;
}

/** The events, with a line that says whether they renew themselves. */
export function EventList({ events: { list, fresh, showFresh }, filter, live, held, onOpen, onFilter }: EventListProps) {
  const frame = useRef<HTMLDivElement>(null);
  return (
    <Stack gap="xs" ref={frame}>
      {live && list.rows && (
        <Group gap="sm" mih={28}>
          <Text size="xs" c="dimmed">
            {held ? 'Standing still while you are in the list' : `The newest ${NEWEST}, every ${LIVE_MS / 1_000} s`}
          </Text>
          {fresh > 0 && (
            <Button
              size="compact-xs"
              radius="xl"
              onClick={(event) => {
                // The button goes away: who came by keyboard stays in the list.
                if (event.currentTarget.matches(':focus-visible')) frame.current?.querySelector<HTMLElement>('[role="region"]')?.focus();
                showFresh();
              }}
            >
              {freshWords(fresh, NEWEST)}
            </Button>
          )}
        </Group>
      )}
      <ListView
        label="Usage events"
        failed="The events could not be read"
        columns={eventColumns(onOpen)}
        list={list}
        rowKey={({ id }) => id}
        onRow={onOpen}
        empty={<NoEvents filter={filter} onFilter={onFilter} />}
      />
    </Stack>
  );
}
