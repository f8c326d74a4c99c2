import { Alert, Code, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Billing } from '../../lib/billing.ts';
import { counted, formatCount } from '../../lib/format.ts';
import { Facts } from '../../ui/facts.tsx';
import { Figure } from '../../ui/figure.tsx';
import { NewTabLink, PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { MODE_DESCRIPTIONS } from './descriptions.ts';
import { SweepSection } from './sweep-section.tsx';

/** The mode, the event counts, the webhook and the last sweep. */
export const StatusTab = ({ billing }: { billing: Billing }) => (
  <Stack gap="lg">
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      <Figure
        label="Mode"
        value={billing.mode}
        note={`${MODE_DESCRIPTIONS[billing.mode]}. Only keys that start with af_${billing.keyMode}_ work.`}
      />
      <Figure label="Pending events" value={formatCount(billing.inbox.pending)} note={<InboxLink state="pending">See events</InboxLink>} />
      <Figure label="Dead events" value={formatCount(billing.inbox.dead)} note={<InboxLink state="dead">See and replay</InboxLink>} />
      <Figure
        label="Drift"
        value={formatCount(billing.drift.total)}
        note={
          billing.drift.lastAt === null ? (
            'None so far. It should stay 0.'
          ) : (
            <>
              Last <Time at={billing.drift.lastAt} />. It should stay 0.
            </>
          )
        }
      />
    </SimpleGrid>
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <WebhookSection billing={billing} />
      <SweepSection billing={billing} />
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
        <Alert color="red" variant="light" title="Missing signing secret">
          Stripe events can’t be verified. Set <Code>STRIPE_WEBHOOK_SECRET_FILE</Code> and restart.
        </Alert>
      )}
      {isLastRefused(webhook) && (
        <Alert color="yellow" variant="light" title="The last webhook was refused">
          {lastRefusal}
        </Alert>
      )}
      {apiVersion !== null && apiVersion !== expectedApiVersion && (
        <Alert color="yellow" variant="light" title="Stripe API version mismatch">
          Events arrive with version <Code>{apiVersion}</Code>. Set the webhook endpoint in Stripe to <Code>{expectedApiVersion}</Code>.
        </Alert>
      )}
      <Facts
        label="Webhook"
        facts={[
          ['Last received', <Time key="at" at={lastReceivedAt} />],
          ['Newest event', <Time key="at" at={lastEventAt} none="none yet" absolute />],
          ['Last refused', <Time key="at" at={lastRefusedAt} />],
          lastRefusal !== null && ['Reason', lastRefusal],
          ['Signing secrets', String(secrets)],
          ['API version', apiVersion ?? `none yet, ${expectedApiVersion} expected`],
          ['Grace after a failed payment', graceDays === null ? 'none' : counted(graceDays, 'day')],
        ]}
      />
      {sandboxUrl !== null && (
        <Text size="sm">
          The sandbox runs at{' '}
          <NewTabLink href={sandboxUrl} underline="always" className="break">
            {sandboxUrl}
          </NewTabLink>
          . To sign in there, use the token in <Code>billing-sandbox/secrets.json</Code> in the data directory.
        </Text>
      )}
    </Section>
  );
}

/** A refusal no longer matters once a later event was accepted. */
const isLastRefused = ({ lastRefusedAt, lastReceivedAt }: NonNullable<Billing['webhook']>): boolean =>
  lastRefusedAt !== null && (lastReceivedAt === null || Date.parse(lastRefusedAt) > Date.parse(lastReceivedAt));
