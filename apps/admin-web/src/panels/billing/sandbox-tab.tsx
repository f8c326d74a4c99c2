import { Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Billing } from '../../lib/billing.ts';
import { formatDuration } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { NewTabLink } from '../../ui/link.tsx';
import { ClockSection } from './clock-section.tsx';
import { CustomerSection } from './customer-section.tsx';
import { DisputeSection } from './dispute-section.tsx';
import { Followed } from './followed.tsx';
import { useSandboxDriver } from './sandbox-driver.ts';

/** The sandbox’s controls, and what followed from what was done. */
export const SandboxTab = ({ billing: { mode, sandboxUrl, webhook } }: { billing: Billing }) =>
  sandboxUrl === null ? (
    <EmptyState title="The sandbox does not run">
      Billing is in {mode} mode, where only Stripe itself moves things. Start API-Factory with BILLING=sandbox to drive the sandbox from
      here.
    </EmptyState>
  ) : (
    <Controls sandboxUrl={sandboxUrl} newestEventAt={webhook?.lastEventAt ?? null} />
  );

function Controls({ sandboxUrl, newestEventAt }: { sandboxUrl: string; newestEventAt: string | null }) {
  const driver = useSandboxDriver();
  return (
    <Stack gap="lg">
      <Text size="sm">
        The sandbox plays Stripe and its customers. Nobody pays. The rest of its controls are on{' '}
        <NewTabLink href={sandboxUrl} underline="always">
          its own page
        </NewTabLink>
        .
      </Text>
      {driver.running && <Running words={driver.running.words} />}
      {driver.error != null && <ErrorNotice error={driver.error} what="The sandbox did not do that" />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <ClockSection driver={driver} newestEventAt={newestEventAt} />
        <CustomerSection driver={driver} />
      </SimpleGrid>
      <DisputeSection driver={driver} />
      <Followed driver={driver} />
    </Stack>
  );
}

/** What is under way, and for how long: an advance over months takes a while. */
function Running({ words }: { words: string }) {
  const now = useNow();
  const [begunAt] = useState(now);
  return (
    <Stack gap={4}>
      <Progress value={100} animated aria-label={words} />
      <Group justify="space-between">
        <Text size="sm" role="status">
          {words} …
        </Text>
        <Text size="sm" c="dimmed">
          {formatDuration((now - begunAt) / 1_000)}
        </Text>
      </Group>
    </Stack>
  );
}
