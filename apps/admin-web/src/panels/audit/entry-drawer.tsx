import { Text } from '@mantine/core';
import type { ReadState } from '../../lib/read-state.ts';
import { Actor } from '../../ui/actor.tsx';
import { JsonBlock } from '../../ui/code-block.tsx';
import { CopyableId, CopyIcon } from '../../ui/copy-button.tsx';
import { Details } from '../../ui/details.tsx';
import { Facts } from '../../ui/facts.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Time } from '../../ui/time.tsx';
import type { Entry } from './queries.ts';

interface EntryDrawerProps {
  opened: boolean;
  onClose: () => void;
  row: ReadState<Entry | null>;
}

export const EntryDrawer = (details: EntryDrawerProps) => (
  <Details
    title="Audit entry"
    failed="The entry could not be loaded"
    missing="This entry is not in the current list. Change the time range or the filters to include it."
    {...details}
  >
    {(entry) => (
      <>
        <Text fw={600}>{entry.action}</Text>
        <Facts
          label="Audit entry"
          facts={[
            ['Time', <Time key="time" at={entry.at} absolute />],
            ['Actor', <ActorFact key="actor" id={entry.actor} />],
            ['Object', <ObjectLink key="object" type={entry.objectType} id={entry.objectId} />],
            ['Object ID', <CopyableId key="id" id={entry.objectId} what="object ID" />],
            entry.requestId !== null && ['Request ID', <CopyableId key="request" id={entry.requestId} what="request ID" />],
            ['Entry', entry.id],
          ]}
        />
        <PageLink size="sm" to={`/audit?${new URLSearchParams({ type: entry.objectType, object: entry.objectId })}`}>
          See all changes to this {entry.objectType}
        </PageLink>
        <JsonBlock value={entry.details} what="Details as JSON" />
      </>
    )}
  </Details>
);

/** With a button that copies the full ID, which the actor filter needs. */
const ActorFact = ({ id }: { id: string }) => (
  <>
    <Actor id={id} /> <CopyIcon text={id} what="actor ID" />
  </>
);
