import { Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { formatCount } from '../../lib/format.ts';
import { useOnce } from '../../lib/once.ts';
import { type PlanChoice, usePlanChoices } from '../../lib/plan-choices.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import type { HeldKey } from './held-keys.ts';
import { useTemporaryKey } from './queries.ts';

interface TemporaryKeyProps {
  onKey: (key: Omit<HeldKey, 'id'>) => void;
}

/** Makes a key for an hour. */
export const TemporaryKey = ({ onKey }: TemporaryKeyProps) => (
  <Loaded query={usePlanChoices()} failed="The plans could not be read" skeleton={<Skeleton height={60} />}>
    {(plans) =>
      plans.length === 0 ? (
        <EmptyState title="No plans yet" action={<LinkButton to="/plans">Create a plan</LinkButton>}>
          A key belongs to a plan, so that comes first.
        </EmptyState>
      ) : (
        <TemporaryKeyForm plans={plans} onKey={onKey} />
      )
    }
  </Loaded>
);

function TemporaryKeyForm({ plans, onKey }: TemporaryKeyProps & { plans: PlanChoice[] }) {
  const [plan, setPlan] = useState(plans[0]?.id ?? '');
  const run = useTemporaryKey(onKey);
  const make = useOnce(run);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make(plan);
  };
  return (
    <form onSubmit={submit} aria-label="Create a temporary key">
      <Stack gap="xs">
        <NativeSelect
          label="Plan"
          data={plans.map((one) => ({ value: one.id, label: `${one.name}: ${limitsOf(one)}` }))}
          value={plan}
          onChange={(event) => setPlan(event.currentTarget.value)}
        />
        {run.error && <ErrorNotice error={run.error} what="The key could not be created" />}
        <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
          <Text size="xs" c="dimmed">
            Expires in 1 hour. Its plaintext stays in this page’s memory and is gone when you leave the page.
          </Text>
          <ReasonButton off={null} type="submit" size="xs" loading={run.isPending} flex="0 0 auto">
            Create a temporary key
          </ReasonButton>
        </Group>
      </Stack>
    </form>
  );
}

function limitsOf({ quota, rate }: PlanChoice): string {
  const units = quota.limit === null ? 'no quota limit' : `${formatCount(quota.limit)} units a ${quota.period}`;
  return rate.limit === null ? units : `${units}, ${formatCount(rate.limit)} calls in ${rate.windowSeconds} s`;
}
