import { Button, Code, Group, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useBillingMode } from '../../lib/billing.ts';
import { formatCount } from '../../lib/format.ts';
import { useGo } from '../../lib/go.ts';
import { useUrlState } from '../../lib/url-state.ts';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { CreatePlan } from './create-plan.tsx';
import { apisText, priceText, quotaText, rateText } from './plan-words.ts';
import { PushButton } from './push-button.tsx';
import { PushPlans } from './push-plans.tsx';
import { type Plan, usePlans } from './queries.ts';

const COLUMNS: Column<Plan>[] = [
  {
    key: 'name',
    title: 'Plan',
    cell: ({ id, name }) => (
      <>
        <PageLink to={`/plans/${id}`} size="sm" fw={500}>
          {name}
        </PageLink>
        <Text size="xs" c="dimmed">
          {id}
        </Text>
      </>
    ),
  },
  { key: 'version', title: 'Version', cell: ({ version }) => <Code>v{version}</Code>, wide: true },
  { key: 'price', title: 'Price', cell: ({ price }) => <Quiet quiet={price === null}>{priceText(price)}</Quiet> },
  { key: 'quota', title: 'Quota', cell: ({ quota }) => quotaText(quota) },
  { key: 'rate', title: 'Rate', cell: ({ rate }) => rateText(rate), wide: true },
  { key: 'apis', title: 'Apis', cell: ({ apis }) => apisText(apis), wide: true },
  { key: 'entitlements', title: 'Entitlements', cell: ({ entitlements }) => formatCount(entitlements), align: 'right', wide: true },
];

const Quiet = ({ quiet, children }: { quiet: boolean; children: string }) => (
  <Text span inherit {...(quiet && { c: 'dimmed' })}>
    {children}
  </Text>
);

/** All plans, with the dialogs that make one and push them to Stripe. */
export function Page() {
  const [{ create, push }, setUrl] = useUrlState({ create: '', push: '' });
  const go = useGo();
  const plans = usePlans();
  const isOff = useBillingMode() === 'off';
  const createButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setUrl({ create: '1' })}>
      Create plan
    </Button>
  );
  return (
    <Frame
      title="Plans"
      lead={`${isOff ? 'What a key may do' : 'What you sell'}: a quota per period, a rate, a price, and the apis that are in it.`}
      actions={
        <Group gap="xs">
          <PushButton onClick={() => setUrl({ push: '1' })} />
          {createButton}
        </Group>
      }
    >
      <ListView
        label="Plans"
        failed="The plans could not be read"
        columns={COLUMNS}
        list={plans}
        rowKey={({ id }) => id}
        onRow={({ id }) => go(`/plans/${id}`)}
        empty={
          <EmptyState title="No plans yet" action={createButton}>
            A plan says how much a key may call{isOff ? '' : ', and what that costs'}. Every key is of one.
          </EmptyState>
        }
      />
      <CreatePlan opened={create === '1'} onClose={() => setUrl({ create: '' })} />
      <PushPlans opened={push === '1'} onClose={() => setUrl({ push: '' })} />
    </Frame>
  );
}
