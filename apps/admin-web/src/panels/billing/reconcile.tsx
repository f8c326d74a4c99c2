import { Alert, Progress, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Billing } from '../../lib/billing.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { useReconcile, useSweepEnded } from './deeds.ts';
import { useBilling } from './queries.ts';
import { hasEnded, isSweeping, percentOf, sweepText } from './sweep.ts';

/** Compares everything with Stripe, with progress while it runs and the report of the last time. */
export function Reconcile({ billing }: { billing: Billing }) {
  const [askedAt, setAskedAt] = useState<string | null>(null);
  const run = useReconcile();
  const ended = useSweepEnded();
  useBilling(askedAt !== null);
  const over = askedAt !== null && hasEnded(billing, askedAt);
  useEffect(() => {
    if (!over) return;
    setAskedAt(null);
    ended();
    const { error = null } = billing.reconcile ?? {};
    if (error === null) toast({ cause: 'reconcile', tone: 'good', title: 'Everything is compared with Stripe' });
    else toast({ cause: 'reconcile', tone: 'bad', title: 'The sweep ended with an error', message: error });
  }, [over, ended, billing.reconcile]);
  const running = askedAt !== null || isSweeping(billing);
  return (
    <Section
      title="Sweep"
      actions={
        <ReasonButton
          off={running ? 'A sweep runs; wait for its end' : null}
          variant="default"
          size="xs"
          loading={run.isPending}
          onClick={() => run.mutate(undefined, { onSuccess: ({ startedAt }) => setAskedAt(startedAt) })}
        >
          Reconcile now
        </ReasonButton>
      }
    >
      <Text size="sm">
        A sweep asks Stripe how every customer stands, writes down what differs, and repairs it. It runs by itself once a day, and after an
        outage.
      </Text>
      {run.error && <ErrorNotice error={run.error} what="The sweep was not begun" />}
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
          {...(percent === null && { 'aria-valuetext': 'not known yet' })}
        />
      </Progress.Root>
      <Text size="sm" role="status">
        {report === null ? 'Waiting for a smaller pass to end' : sweepText(report)}
      </Text>
    </Stack>
  );
}

const Report = ({ billing: { reconcile, lastSweptAt } }: { billing: Billing }) => (
  <Stack gap="xs">
    {reconcile?.error != null && (
      <Alert color="red" variant="light" title="The last sweep ended with an error">
        {reconcile.error}
      </Alert>
    )}
    {reconcile !== null && reconcile.error === null && <Text size="sm">{sweepText(reconcile)}</Text>}
    <Text size="sm" c="dimmed">
      Last full sweep: <Time at={lastSweptAt} />
    </Text>
  </Stack>
);
