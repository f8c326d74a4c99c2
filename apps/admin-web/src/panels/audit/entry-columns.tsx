import { Anchor, Text } from '@mantine/core';
import { Actor } from '../../ui/actor.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Time } from '../../ui/time.tsx';
import type { Entry } from './queries.ts';
import { detailsLine } from './words.ts';

/** What the list shows of an entry; its action opens the rest. */
export const entryColumns = (onOpen: (entry: Entry) => void): Column<Entry>[] => [
  { key: 'at', title: 'Time', cell: ({ at }) => <Time at={at} stamp size="sm" /> },
  {
    key: 'action',
    title: 'Action',
    cell: (entry) => (
      <Anchor component="button" type="button" size="sm" ta="left" style={{ whiteSpace: 'nowrap' }} onClick={() => onOpen(entry)}>
        {entry.action}
      </Anchor>
    ),
  },
  { key: 'object', title: 'Object', cell: ({ objectType, objectId }) => <ObjectLink type={objectType} id={objectId} /> },
  { key: 'actor', title: 'Actor', wide: true, cell: ({ actor }) => <Actor id={actor} /> },
  {
    key: 'details',
    title: 'Details',
    wide: true,
    cell: ({ details }) => (
      <Text size="sm" c="dimmed" lineClamp={1}>
        {detailsLine(details)}
      </Text>
    ),
  },
];
