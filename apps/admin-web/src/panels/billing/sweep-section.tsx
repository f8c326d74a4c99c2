import { Alert, Progress, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Billing } from '../../lib/billing.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { useInvalidateBilling, useReconcile } from './mutations.ts';
import { useBilling } from './queries.ts';
import { hasEnded, isSweeping, percentOf, sweepText } from './sweep.ts';

/** Starts a sweep over all customers, shows its progress, then its report. */
export function SweepSection({ billing }: { billing: Billing }) {
  const [requestedAt, setRequestedAt] = useState<string | null>(null);
  const run = useReconcile();
  const invalidate = useInvalidateBilling();
  useBilling(requestedAt !== null);
  const finished = requestedAt !== null && hasEnded(billing, requestedAt);
  useEffect(() => {
    if (!finished) return;
    setRequestedAt(null);
    invalidate();
    const { error = null } = billing.reconcile ?? {};
    if (error === null) toast({ cause: 'reconcile', tone: 'good', title: 'Sweep finished' });
    else toast({ cause: 'reconcile', tone: 'bad', title: 'The sweep failed', message: error });
  }, [finished, invalidate, billing.reconcile]);
  const running = requestedAt !== null || isSweeping(billing);
  return (
    <Section
      title="Sweep"
      actions={
        <ReasonButton
          disabledReason={running ? 'A sweep is already running' : null}
          variant="default"
          size="xs"
          loading={run.isPending}
          onClick={() => run.mutate(undefined, { onSuccess: ({ startedAt }) => setRequestedAt(startedAt) })}
        >
          Run sweep now
        </ReasonButton>
      }
    >
      <Text size="sm">
        A sweep compares every customer with Stripe, and records and corrects any differences. One runs every day, and after an outage.
      </Text>
      {run.error && <ErrorNotice error={run.error} what="The sweep was not started" />}
      {running ? <Running billing={billing} /> : <Report billing={billing} />}
    </Section>
  );
}

function Running({ billing: { reconcile } }: { billing: Billing }) {
  const report = reconcile?.finishedAt === null ? reconcile : null;
  const percent = report === null ? null : percentOf(report);
  return (
    <Stack gap={4}>
      <Progress.Root size="md">
        <Progress.Section
          value={percent ?? 100}
          animated
          striped
          aria-label="Sweep"
          {...(percent === null && { 'aria-valuetext': 'unknown' })}
        />
      </Progress.Root>
      <Text size="sm" role="status">
        {report === null ? 'Waiting for another pass to finish' : sweepText(report)}
      </Text>
    </Stack>
  );
}

const Report = ({ billing: { reconcile, lastSweptAt } }: { billing: Billing }) => (
  <Stack gap="xs">
    {reconcile?.error != null && (
      <Alert color="red" variant="light" title="The last sweep failed">
        {reconcile.error}
      </Alert>
    )}
    {reconcile !== null && reconcile.error === null && <Text size="sm">{sweepText(reconcile)}</Text>}
    <Text size="sm" c="dimmed">
      Last full sweep: <Time at={lastSweptAt} />
    </Text>
  </Stack>
);
