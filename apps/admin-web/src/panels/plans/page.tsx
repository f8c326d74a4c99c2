import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useBillingMode } from '../../lib/billing.ts';
import { formatCount } from '../../lib/format.ts';
import { useGo } from '../../lib/go.ts';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { useUrlState } from '../../lib/url-state.ts';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FocusedErrorNotice } from '../../ui/error-notice.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { PlanFields } from './plan-fields.tsx';
import { bodyOf, EMPTY, usePlanForm } from './plan-form.ts';
import { apisText, priceText, quotaText, rateText } from './plan-text.ts';
import { PushButton, PushPlans } from './push-plans.tsx';
import { type Plan, useCreatePlan, usePlans } from './queries.ts';
import { sellingTerms } from './selling.ts';

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
  {
    key: 'price',
    title: 'Price',
    cell: ({ price }) => (
      <Text span inherit {...(price === null && { c: 'dimmed' })}>
        {priceText(price)}
      </Text>
    ),
  },
  { key: 'quota', title: 'Quota', cell: ({ quota }) => quotaText(quota) },
  { key: 'rate', title: 'Rate limit', cell: ({ rate }) => rateText(rate), wide: true },
  { key: 'apis', title: 'APIs', cell: ({ apis }) => apisText(apis), wide: true },
  { key: 'entitlements', title: 'Entitlements', cell: ({ entitlements }) => formatCount(entitlements), align: 'right', wide: true },
];

/** The list of plans, with the dialogs to create a plan and to push plans to Stripe. */
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
      lead="A plan sets the quota, rate limit, price and APIs of its keys."
      actions={
        <Group gap="xs">
          <PushButton onClick={() => setUrl({ push: '1' })} />
          {createButton}
        </Group>
      }
    >
      <ListView
        label="Plans"
        failed="The plans could not be loaded"
        columns={COLUMNS}
        list={plans}
        rowKey={({ id }) => id}
        onRow={({ id }) => go(`/plans/${id}`)}
        empty={
          <EmptyState title="No plans yet" action={createButton}>
            Your plans appear here. Create one to {isOff ? 'create keys' : 'sell keys'}: every key belongs to a plan.
          </EmptyState>
        }
      />
      <CreatePlan opened={create === '1'} onClose={() => setUrl({ create: '' })} />
      <PushPlans opened={push === '1'} onClose={() => setUrl({ push: '' })} />
    </Frame>
  );
}

interface CreatePlanProps {
  opened: boolean;
  onClose: () => void;
}

/** The dialog that creates a plan and then opens its page. */
const CreatePlan = ({ opened, onClose }: CreatePlanProps) => (
  <Modal opened={opened} onClose={onClose} title="Create plan" size="lg">
    {opened && <CreateForm onClose={onClose} />}
  </Modal>
);

function CreateForm({ onClose }: { onClose: () => void }) {
  const go = useGo();
  const { disabledReason, push } = sellingTerms(useBillingMode());
  const run = useCreatePlan((plan) => {
    toast({
      cause: 'plan-created',
      tone: 'good',
      title: 'Plan created',
      ...(plan.price && disabledReason === null && { message: `${push} to start selling it.` }),
    });
    go(`/plans/${plan.id}`);
  });
  const create = useOnce(run);
  const form = usePlanForm(EMPTY, run.error);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) create(bodyOf(form.values));
      }}
    >
      <Stack>
        <FocusedErrorNotice error={run.error} what="The plan could not be created" />
        <PlanFields values={form.values} onChange={form.change} errors={form.errors} isNew />
        <FormButtons onCancel={onClose} verb="Create plan" pending={run.isPending} />
      </Stack>
    </form>
  );
}
