import { Button, Group, Text } from '@mantine/core';
import { formatBytes, formatCount, formatMs } from '../../lib/format.ts';
import type { ReadState } from '../../lib/read-state.ts';
import { HttpBadge, StatusBadge } from '../../ui/badge.tsx';
import { JsonBlock } from '../../ui/code-block.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import { Details } from '../../ui/details.tsx';
import { Facts } from '../../ui/facts.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Time } from '../../ui/time.tsx';
import type { UsageEvent } from './queries.ts';

interface EventDrawerProps {
  opened: boolean;
  onClose: () => void;
  row: ReadState<UsageEvent | null>;
  /** Filters the list by this key. */
  onKey: (keyId: string) => void;
}

/** The details of a usage event. */
export const EventDrawer = ({ onKey, ...details }: EventDrawerProps) => (
  <Details
    title="Usage event"
    failed="The event could not be loaded"
    missing="This event isn’t in the list. Change the time range or the filters to include it."
    {...details}
  >
    {(event) => (
      <>
        <Group gap="xs">
          <HttpBadge status={event.status} />
          <StatusBadge status={event.outcome} />
          <Text fw={600} className="break">
            {event.method} {event.route}
          </Text>
        </Group>
        <EventFacts event={event} />
        <Group>
          <Button variant="default" size="xs" onClick={() => onKey(event.keyId)}>
            View calls of this key
          </Button>
        </Group>
        <JsonBlock value={event} what="Event as JSON" />
      </>
    )}
  </Details>
);

const EventFacts = ({ event }: { event: UsageEvent }) => (
  <Facts
    label="Usage event"
    facts={[
      ['Time', <Time key="time" at={event.ts} absolute />],
      ['Key', <ObjectLink key="key" type="key" id={event.keyId} />],
      ['Key ID', <CopyableId key="id" id={event.keyId} what="key ID" />],
      ['Consumer', event.consumerId === null ? 'None' : <ObjectLink key="consumer" type="consumer" id={event.consumerId} />],
      ['API', event.api],
      ['Units charged', formatCount(event.cost)],
      ['Duration', formatMs(event.durationMs)],
      ['Request', formatBytes(event.requestBytes)],
      ['Response', formatBytes(event.responseBytes)],
      event.outcome === 'aborted' && ['Outcome', 'Aborted: the response was not sent completely'],
      ['Request ID', <CopyableId key="request" id={event.requestId} what="request ID" />],
      ['Event ID', <CopyableId key="event" id={event.id} what="event ID" />],
      ['Entitlement', <CopyableId key="entitlement" id={event.entitlementId} what="entitlement ID" />],
      ['Period', <CopyableId key="period" id={event.periodId} what="period ID" />],
    ]}
  />
);
