import { Alert, Button, Group, Modal, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Billing } from '../../lib/billing.ts';
import { formatCount, formatMs } from '../../lib/format.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { HttpBadge } from '../../ui/badge.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { Facts } from '../../ui/facts.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { useWebhookTest, type WebhookTest } from './deeds.ts';
import { LimitsCard } from './limits-card.tsx';
import { useLimits } from './queries.ts';
import { answerWords } from './words.ts';

interface WebhookTestDialogProps {
  opened: boolean;
  onClose: () => void;
  billing: Billing;
}

/** Sends a signed test event to our own webhook and shows how a key stood before and after it. */
export const WebhookTestDialog = ({ opened, onClose, billing }: WebhookTestDialogProps) => (
  <Modal opened={opened} onClose={onClose} title="Test webhook" size="xl">
    {opened && <TestForm billing={billing} onClose={onClose} />}
  </Modal>
);

function TestForm({ billing, onClose }: { billing: Billing; onClose: () => void }) {
  const [{ key }, setUrl] = useUrlState({ key: '' });
  const run = useWebhookTest();
  return (
    <Stack>
      <Text size="sm">
        A signed event that means nothing goes over the network to your own webhook, under the public address. When it is taken, Stripe gets
        through too. It changes no key: choose one to see that.
      </Text>
      <ObjectSelect
        type="key"
        label="Key to watch"
        description="Search by name, or by the beginning or end of the key."
        placeholder="No key"
        value={key}
        onChange={(next) => {
          run.reset();
          setUrl({ key: next });
        }}
      />
      {run.data ? <Result test={run.data} billing={billing} /> : key !== '' && <Before keyId={key} />}
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

const Before = ({ keyId }: { keyId: string }) => (
  <Loaded query={useLimits(keyId)} failed="The key could not be read">
    {(limits) => (
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <LimitsCard title="Before" limits={limits} />
        <LimitsCard title="After" limits={null} />
      </SimpleGrid>
    )}
  </Loaded>
);

function Result({ test: { status, milliseconds, eventId, before, after }, billing }: { test: WebhookTest; billing: Billing }) {
  const { tone, title, detail } = answerWords(status);
  return (
    <Stack>
      <Alert color={tone === 'good' ? 'teal' : 'red'} variant="light" role={tone === 'good' ? 'status' : 'alert'} title={title}>
        {detail}
        {status === 400 && billing.webhook?.lastRefusal != null && ` The last refusal: ${billing.webhook.lastRefusal}`}
      </Alert>
      <Facts
        label="Answer"
        facts={[
          ['Status', status === 0 ? 'none' : <HttpBadge key="status" status={status} />],
          ['Took', formatMs(milliseconds)],
          ['Event', <CopyableId key="event" id={eventId} what="event id" />],
          [
            'Inbox',
            <PageLink key="inbox" to={`/billing?tab=inbox&event=${eventId}`} size="sm">
              See it in the inbox
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
            {changeText(before.usage.used, after.usage.used, before.status === after.status)}
          </Text>
        </>
      )}
    </Stack>
  );
}

function changeText(usedBefore: number, usedAfter: number, sameStatus: boolean): string {
  if (!sameStatus) return 'The status changed in between: something else than the test event did that. See the audit.';
  if (usedBefore === usedAfter) return 'Nothing changed for the key, as it should be.';
  return `${formatCount(usedAfter - usedBefore)} units were used in between by calls; the test event uses none.`;
}
