import type { Column } from '../../ui/data-table.tsx';
import { KeyMask, KeyStatus } from '../../ui/key-status.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { KeySparkline } from './key-sparkline.tsx';
import type { Key } from './queries.ts';

/** What the list shows of a key. @param togetherWith the keys whose usage is read at once with the one of this id */
export const keyColumns = (togetherWith: (id: string) => readonly string[]): Column<Key>[] => [
  {
    key: 'name',
    title: 'Name',
    cell: ({ id, name }) => (
      <PageLink to={`/keys/${id}`} size="sm" fw={500} lineClamp={2} className="break" title={name}>
        {name}
      </PageLink>
    ),
  },
  { key: 'key', title: 'Key', cell: (key) => <KeyMask of={key} />, wide: true },
  { key: 'status', title: 'Status', cell: (key) => <KeyStatus of={key} /> },
  { key: 'plan', title: 'Plan', cell: ({ plan }) => plan },
  { key: 'used', title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} size="sm" />, wide: true },
  { key: 'calls', title: '24 hours', cell: ({ id }) => <KeySparkline id={id} together={togetherWith(id)} />, wide: true },
  { key: 'created', title: 'Created', cell: ({ createdAt }) => <Time at={createdAt} size="sm" />, wide: true },
];
