import { Alert, Code, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Billing } from '../../lib/billing.ts';
import { counted, formatCount } from '../../lib/format.ts';
import { Facts } from '../../ui/facts.tsx';
import { Figure } from '../../ui/figure.tsx';
import { NewTabLink, PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { Reconcile } from './reconcile.tsx';
import { MODE_WORDS } from './words.ts';

/** The mode, the webhook’s health, what waits, and the sweep. */
export const StatusTab = ({ billing }: { billing: Billing }) => (
  <Stack gap="lg">
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      <Figure label="Mode" value={billing.mode} note={`${MODE_WORDS[billing.mode]}. Keys that begin with af_${billing.keyMode}_ count.`} />
      <Figure label="Events that wait" value={formatCount(billing.inbox.pending)} note={<InboxLink state="pending">See them</InboxLink>} />
      <Figure label="Dead events" value={formatCount(billing.inbox.dead)} note={<InboxLink state="dead">See why, and replay</InboxLink>} />
      <Figure
        label="Drift found"
        value={formatCount(billing.drift.total)}
        note={
          billing.drift.lastAt === null ? (
            'None so far; it should stay 0'
          ) : (
            <>
              Last <Time at={billing.drift.lastAt} />; it should stay 0
            </>
          )
        }
      />
    </SimpleGrid>
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <WebhookSection billing={billing} />
      <Reconcile billing={billing} />
    </SimpleGrid>
  </Stack>
);

const InboxLink = ({ state, children }: { state: string; children: string }) => (
  <PageLink to={`/billing?tab=inbox&state=${state}`} size="sm">
    {children}
  </PageLink>
);

function WebhookSection({ billing: { webhook, sandboxUrl, graceDays } }: { billing: Billing }) {
  if (webhook === null) return null;
  const { secrets, lastReceivedAt, lastEventAt, lastRefusedAt, lastRefusal, apiVersion, expectedApiVersion } = webhook;
  return (
    <Section title="Webhook">
      {secrets === 0 && (
        <Alert color="red" variant="light" title="No signing secret">
          No event of Stripe’s can be checked. Set <Code>STRIPE_WEBHOOK_SECRET_FILE</Code> and start again.
        </Alert>
      )}
      {isRefusing(webhook) && (
        <Alert color="yellow" variant="light" title="The last webhook was refused">
          {lastRefusal}
        </Alert>
      )}
      {apiVersion !== null && apiVersion !== expectedApiVersion && (
        <Alert color="yellow" variant="light" title="Another version of Stripe’s API">
          Events come as <Code>{apiVersion}</Code>. Set the endpoint at Stripe to <Code>{expectedApiVersion}</Code>.
        </Alert>
      )}
      <Facts
        label="Webhook"
        facts={[
          ['Last received', <Time key="at" at={lastReceivedAt} />],
          ['Newest event of Stripe’s', <Time key="at" at={lastEventAt} none="none yet" absolute />],
          ['Last refused', <Time key="at" at={lastRefusedAt} />],
          lastRefusal !== null && ['Why', lastRefusal],
          ['Signing secrets', String(secrets)],
          ['API version', apiVersion ?? `none seen; ${expectedApiVersion} is expected`],
          ['Grace after a failed payment', graceDays === null ? 'none' : counted(graceDays, 'day')],
        ]}
      />
      {sandboxUrl !== null && (
        <Text size="sm">
          The sandbox runs at{' '}
          <NewTabLink href={sandboxUrl} underline="always" className="break">
            {sandboxUrl}
          </NewTabLink>
          . Its page asks for the token in <Code>billing-sandbox/secrets.json</Code> in the data directory.
        </Text>
      )}
    </Section>
  );
}

/** A refusal that a good event followed is history. */
const isRefusing = ({ lastRefusedAt, lastReceivedAt }: NonNullable<Billing['webhook']>): boolean =>
  lastRefusedAt !== null && (lastReceivedAt === null || Date.parse(lastRefusedAt) > Date.parse(lastReceivedAt));
