import { Alert, Button, Group, Modal, Paper, Progress, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import type { Billing } from '../../lib/billing.ts';
import { counted, formatCount, formatMs } from '../../lib/format.ts';
import type { Limits } from '../../lib/key-limits.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { HttpBadge, StatusBadge } from '../../ui/badge.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { Facts } from '../../ui/facts.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { QuotaBar } from '../../ui/quota-bar.tsx';
import { describeResponse } from './descriptions.ts';
import { useWebhookTest, type WebhookTest } from './mutations.ts';
import { useLimits } from './queries.ts';

interface WebhookDialogProps {
  opened: boolean;
  onClose: () => void;
  billing: Billing;
}

/** Sends a signed test event to our own webhook, and shows a key’s limits before and after it. */
export const WebhookDialog = ({ opened, onClose, billing }: WebhookDialogProps) => (
  <Modal opened={opened} onClose={onClose} title="Test webhook" size="xl">
    {opened && <WebhookForm billing={billing} onClose={onClose} />}
  </Modal>
);

function WebhookForm({ billing, onClose }: { billing: Billing; onClose: () => void }) {
  const [{ key }, setUrl] = useUrlState({ key: '' });
  const run = useWebhookTest();
  return (
    <Stack>
      <Text size="sm">
        Sends a signed test event to your webhook at its public address, as Stripe does. If it is delivered, Stripe’s events can reach you,
        too. The event changes no keys. To check that, choose a key to watch.
      </Text>
      <ObjectSelect
        type="key"
        label="Key to watch"
        description="Optional. Search by name, key prefix or last 4 characters."
        placeholder="None"
        value={key}
        onChange={(next) => {
          run.reset();
          setUrl({ key: next });
        }}
      />
      {run.data ? <Result test={run.data} billing={billing} /> : key !== '' && <LimitsNow keyId={key} />}
      {run.isPending && <Progress value={100} animated aria-label="Sending the test event" />}
      {run.error && <ErrorNotice error={run.error} what="The test event was not sent" />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button loading={run.isPending} onClick={() => run.mutate(key)}>
          {run.data ? 'Send again' : 'Send test event'}
        </Button>
      </Group>
    </Stack>
  );
}

const LimitsNow = ({ keyId }: { keyId: string }) => (
  <Loaded query={useLimits(keyId)} failed="The key could not be loaded">
    {(limits) => (
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <LimitsCard title="Before" limits={limits} />
        <LimitsCard title="After" limits={null} />
      </SimpleGrid>
    )}
  </Loaded>
);

function Result({ test: { status, milliseconds, eventId, before, after }, billing }: { test: WebhookTest; billing: Billing }) {
  const { tone, title, detail } = describeResponse(status);
  return (
    <Stack>
      <Alert color={tone === 'good' ? 'teal' : 'red'} variant="light" role={tone === 'good' ? 'status' : 'alert'} title={title}>
        {detail}
        {status === 400 && billing.webhook?.lastRefusal != null && ` Last refused webhook: ${billing.webhook.lastRefusal}`}
      </Alert>
      <Facts
        label="Response"
        facts={[
          ['Status', status === 0 ? 'none' : <HttpBadge key="status" status={status} />],
          ['Duration', formatMs(milliseconds)],
          ['Event', <CopyableId key="event" id={eventId} what="event ID" />],
          [
            'Inbox',
            <PageLink key="inbox" to={`/billing?tab=inbox&event=${eventId}`} size="sm">
              View in inbox
            </PageLink>,
          ],
        ]}
      />
      {before && after && (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <LimitsCard title="Before" limits={before} />
            <LimitsCard title="After" limits={after} />
          </SimpleGrid>
          <Text size="sm" role="status">
            {changeText(before, after)}
          </Text>
        </>
      )}
    </Stack>
  );
}

function changeText(before: Limits, after: Limits): string {
  if (before.status !== after.status) return 'The key’s status changed for another reason in the meantime. See the audit log.';
  const used = after.usage.used - before.usage.used;
  if (used === 0) return 'The key did not change, as expected.';
  return `Other calls used ${counted(used, 'unit')} in the meantime. The test event uses none.`;
}

interface LimitsCardProps {
  title: string;
  /** null: not known yet. */
  limits: Limits | null;
}

const LimitsCard = ({ title, limits }: LimitsCardProps) => (
  <Paper withBorder p="sm" component="section" aria-label={title}>
    <Stack gap="xs">
      <Text fw={600} size="sm">
        {title}
      </Text>
      {limits === null ? <UnknownLimits /> : <KnownLimits limits={limits} />}
    </Stack>
  </Paper>
);

const UnknownLimits = () => (
  <>
    <Skeleton height={16} animate={false} w="50%" />
    <Skeleton height={16} animate={false} />
    <Text size="sm" c="dimmed">
      Send the test event first
    </Text>
  </>
);

const KnownLimits = ({ limits: { status, plan, usage, rate, billing } }: { limits: Limits }) => (
  <>
    <Group gap="xs">
      <StatusBadge status={status} />
      <Text size="sm" className="break">
        plan {plan}
      </Text>
      {billing && <Text size="sm">subscription</Text>}
      {billing && <StatusBadge status={billing.status} />}
    </Group>
    <QuotaBar used={usage.used} limit={usage.limit} periodEnd={usage.periodEnd} />
    <Text size="sm" c="dimmed">
      {rate.limit === null
        ? 'No rate limit'
        : `Rate: ${formatCount(rate.remaining ?? rate.limit)} of ${formatCount(rate.limit)} calls left in the window`}
    </Text>
  </>
);
