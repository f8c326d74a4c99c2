import { Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Billing } from '../../lib/billing.ts';
import { formatDuration } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { NewTabLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { ConsumerLink } from './cells.tsx';
import { ClockSection } from './clock-section.tsx';
import { CustomerSection } from './customer-section.tsx';
import { type Dispute, useDisputes } from './queries.ts';
import { ResultsSection } from './results-section.tsx';
import { BUSY, type SandboxDriver, useSandboxDriver } from './sandbox-driver.ts';

/** The sandbox’s controls, and their effect on subscriptions. */
export const SandboxTab = ({ billing: { mode, sandboxUrl, webhook } }: { billing: Billing }) =>
  sandboxUrl === null ? (
    <EmptyState title="The sandbox is not running">
      Billing is in {mode} mode. To use the sandbox, start API-Factory with BILLING=sandbox.
    </EmptyState>
  ) : (
    <Controls sandboxUrl={sandboxUrl} newestEventAt={webhook?.lastEventAt ?? null} />
  );

function Controls({ sandboxUrl, newestEventAt }: { sandboxUrl: string; newestEventAt: string | null }) {
  const driver = useSandboxDriver();
  return (
    <Stack gap="lg">
      <Text size="sm">
        The sandbox simulates Stripe and its customers. No money moves. Find more controls on{' '}
        <NewTabLink href={sandboxUrl} underline="always">
          the sandbox’s own page
        </NewTabLink>
        .
      </Text>
      {driver.running && <Running />}
      {driver.error != null && <ErrorNotice error={driver.error} what="The sandbox refused the command" />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <ClockSection driver={driver} newestEventAt={newestEventAt} />
        <CustomerSection driver={driver} />
      </SimpleGrid>
      <DisputeSection driver={driver} />
      <ResultsSection driver={driver} />
    </Stack>
  );
}

/** Shows the elapsed time, because advancing the clock by months takes a while. */
function Running() {
  const now = useNow();
  const [startedAt] = useState(now);
  return (
    <Stack gap={4}>
      <Progress value={100} animated aria-label="Running the command" />
      <Group justify="space-between">
        <Text size="sm" role="status">
          Running the command…
        </Text>
        <Text size="sm" c="dimmed">
          {formatDuration((now - startedAt) / 1_000)}
        </Text>
      </Group>
    </Stack>
  );
}

const CLOSED = new Set(['won', 'lost', 'warning_closed']);

/** Closes open disputes; hidden while there is none. */
function DisputeSection({ driver }: { driver: SandboxDriver }) {
  const list = useDisputes(driver.everyMs);
  const openDisputes = list.rows?.filter(({ status }) => !CLOSED.has(status));
  if (list.error === null && (openDisputes === undefined || openDisputes.length === 0)) return null;
  return (
    <Section title="Open disputes">
      <Loaded query={{ data: openDisputes, error: list.error, refetch: list.refetch }} failed="The disputes could not be loaded">
        {(disputes) => (
          <Stack gap="xs">
            {disputes.map((dispute) => (
              <OpenDispute key={dispute.id} {...{ dispute, driver }} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function OpenDispute({ dispute: { id, consumerId, status }, driver }: { dispute: Dispute; driver: SandboxDriver }) {
  const close = (outcome: string) =>
    driver.run({ control: 'set-dispute', body: { disputeId: id, status: outcome }, label: `Dispute ${outcome}` });
  const reason = driver.running ? BUSY : null;
  return (
    <Group justify="space-between" gap="xs">
      <div>
        <ConsumerLink id={consumerId} />
        <Text size="sm" className="break">
          {id}, {status}
        </Text>
      </div>
      <Group gap="xs">
        <ReasonButton variant="default" size="xs" disabledReason={reason} onClick={() => close('won')} aria-label={`Win dispute ${id}`}>
          Win
        </ReasonButton>
        <ReasonButton variant="default" size="xs" disabledReason={reason} onClick={() => close('lost')} aria-label={`Lose dispute ${id}`}>
          Lose
        </ReasonButton>
      </Group>
    </Group>
  );
}
