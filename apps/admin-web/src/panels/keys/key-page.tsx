import { isApiError } from '@api-factory/sdk-ts';
import { Group, SimpleGrid, Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { formatCount, formatMs } from '../../lib/format.ts';
import { useInteraction } from '../../lib/interaction.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { HttpBadge } from '../../ui/badge.tsx';
import { ChartCard } from '../../ui/chart-card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { KeyLimits } from '../../ui/key-limits.tsx';
import { KeyMask, KeyStatus } from '../../ui/key-status.tsx';
import { LinkButton, PageLink } from '../../ui/link.tsx';
import { Loaded, SkeletonLines } from '../../ui/loaded.tsx';
import { ObjectAudit } from '../../ui/object-audit.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { RangePicker } from '../../ui/range-picker.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { KeyActions } from './key-actions.tsx';
import { KeyFacts } from './key-facts.tsx';
import { type Key, type UsageEvent, useKey, useKeyUsage, useLatestEvents, useLimits } from './queries.ts';
import { totalsText, usageChart } from './usage-points.ts';

/** One key: its limits, usage, details and latest calls. */
export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  // The React key resets the state of dialogs when the route changes to another key.
  return <KeyPage key={id} id={id} />;
}

function KeyPage({ id }: { id: string }) {
  const key = useKey(id);
  const { data } = key;
  if (isApiError(key.error, 'NOT_FOUND')) return <KeyNotFound id={id} />;
  return (
    <Frame title={data?.name ?? 'Key'} lead={data && <Lead of={data} />} actions={data && <KeyActions of={data} />}>
      <Loaded query={key} failed="The key could not be loaded" skeleton={<SkeletonLines count={10} />}>
        {(found) => (
          <Stack gap="lg">
            <Quota id={id} />
            <KeyUsage id={id} />
            <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
              <KeyFacts of={found} />
              <ObjectAudit type="key" id={id} empty="Changes to this key appear here." />
            </SimpleGrid>
            <LatestCalls id={id} />
          </Stack>
        )}
      </Loaded>
    </Frame>
  );
}

const Lead = ({ of }: { of: Key }) => (
  <Group gap="xs">
    <span>
      <PageLink to="/keys" size="sm" underline="always">
        Keys
      </PageLink>{' '}
      / <KeyMask of={of} />
    </span>
    <KeyStatus of={of} />
    {of.status === 'enabled' && of.expiresAt !== null && (
      <span>
        expires <Time at={of.expiresAt} />
      </span>
    )}
  </Group>
);

/** Includes usage by the other keys of the entitlement: they share its quota. */
function Quota({ id }: { id: string }) {
  const limits = useLimits(id);
  return (
    <Section title="Quota and rate">
      <Loaded query={limits} failed="The quota could not be loaded">
        {(found) => <KeyLimits limits={found} readAt={limits.dataUpdatedAt} />}
      </Loaded>
    </Section>
  );
}

function KeyUsage({ id }: { id: string }) {
  const [{ range }, setUrl] = useUrlState({ range: '24h' });
  const usage = useKeyUsage(id, range);
  return (
    <ChartCard
      title="Usage"
      query={usage}
      chart={usageChart}
      fileName={`usage-${id}`}
      controls={<RangePicker value={range} onChange={(next) => setUrl({ range: next })} />}
      note={usage.data && totalsText(usage.data)}
      empty={
        <>
          No calls with this key in this period.{' '}
          <LinkButton to="/actions" variant="subtle" size="compact-sm">
            Try an action
          </LinkButton>
        </>
      }
    />
  );
}

const CALL_COLUMNS: Column<UsageEvent>[] = [
  { key: 'time', title: 'Time', cell: ({ ts }) => <Time at={ts} stamp size="sm" /> },
  {
    key: 'route',
    title: 'API and route',
    cell: ({ id, ts, keyId, api, method, route }) => (
      <PageLink to={`/usage?${new URLSearchParams({ key: keyId, event: id, at: ts })}`} size="sm" className="break">
        <strong>{api}</strong> {method} {route}
      </PageLink>
    ),
  },
  { key: 'status', title: 'Status', cell: ({ status }) => <HttpBadge status={status} /> },
  { key: 'units', title: 'Units', align: 'right', cell: ({ cost }) => formatCount(cost), wide: true },
  { key: 'ms', title: 'Duration', align: 'right', cell: ({ durationMs }) => formatMs(durationMs), wide: true },
];

/** Not refreshed while the pointer or focus is in the list, so that rows don’t move under it. */
function LatestCalls({ id }: { id: string }) {
  const { interacting, ref } = useInteraction();
  const events = useLatestEvents(id, interacting);
  return (
    <Section title="Latest calls" actions={<PageLink to={`/usage?key=${id}`}>See all calls</PageLink>}>
      <div ref={ref}>
        <Loaded query={events} failed="The calls could not be loaded">
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState title="No calls yet">Admitted calls with this key appear here within seconds.</EmptyState>
            ) : (
              <DataTable label="Latest calls" columns={CALL_COLUMNS} rows={rows} rowKey={(row) => row.id} />
            )
          }
        </Loaded>
      </div>
    </Section>
  );
}

const KeyNotFound = ({ id }: { id: string }) => (
  <Frame title="Key not found">
    <EmptyState title="No key has this ID" action={<LinkButton to="/keys">See all keys</LinkButton>}>
      <span className="break">{id}</span> does not exist here. Check the link, or search for the key by its name or last 4 characters.
    </EmptyState>
  </Frame>
);
