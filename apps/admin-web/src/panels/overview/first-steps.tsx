import { Group, List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useBillingMode } from '../../lib/billing.ts';
import { LinkButton, NewTabLink } from '../../ui/link.tsx';
import { Section } from '../../ui/section.tsx';
import type { Overview } from './queries.ts';

/** Shown until the first key exists: the steps to a first call. */
export function FirstSteps({ plans }: Pick<Overview, 'plans'>) {
  const mode = useBillingMode();
  const selling = mode !== undefined && mode !== 'off';
  const [first] = plans;
  return (
    <Section title="Make your first call">
      <List type="ordered" spacing="md" size="sm">
        <Step title={first ? 'Choose a plan' : 'Create a plan'} text={planText(plans, selling)}>
          <LinkButton to="/plans?create=1" variant="default" size="xs">
            Create plan
          </LinkButton>
          {first && (
            <LinkButton to="/plans" variant="subtle" size="xs">
              View plans
            </LinkButton>
          )}
        </Step>
        <Step
          title="Create an API key"
          text="Every key belongs to a plan. It’s shown once, so copy it and give it to the caller of your API."
        >
          <LinkButton to="/keys?create=1" size="xs">
            Create key
          </LinkButton>
        </Step>
        <Step title="Try an action" text="Send a call with the key and see the response, the rate limit and the quota.">
          <LinkButton to="/actions" variant="default" size="xs">
            Try an action
          </LinkButton>
        </Step>
      </List>
      {selling && (
        <Text size="sm">
          Or let customers buy keys themselves on{' '}
          <NewTabLink href="/checkout" inherit>
            the checkout page
          </NewTabLink>
          .
        </Text>
      )}
    </Section>
  );
}

function planText(plans: Overview['plans'], selling: boolean): string {
  const [first, ...others] = plans;
  if (!first)
    return selling
      ? 'A plan sets the quota, rate limit, price and APIs of its keys.'
      : 'A plan sets the quota, rate limit and APIs of its keys.';
  const starter = plans.find(({ id }) => id === 'starter') ?? first;
  return `“${starter.name}” already exists${others.length > 0 ? `, and ${others.length} more` : ''}. Use it or create your own.`;
}

const Step = ({ title, text, children }: { title: string; text: string; children: ReactNode }) => (
  <List.Item>
    <Text fw={600} size="sm" className="break">
      {title}
    </Text>
    <Text size="sm" c="dimmed" className="break">
      {text}
    </Text>
    <Group gap="xs" mt={6}>
      {children}
    </Group>
  </List.Item>
);
