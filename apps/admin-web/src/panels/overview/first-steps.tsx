import { Group, List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useBillingMode } from '../../lib/billing.ts';
import { LinkButton, NewTabLink } from '../../ui/link.tsx';
import { Section } from '../../ui/section.tsx';
import type { Overview } from './queries.ts';

/** Nobody has a key yet: from here to the first call. */
export function FirstSteps({ plans }: Pick<Overview, 'plans'>) {
  const mode = useBillingMode();
  const selling = mode !== undefined && mode !== 'off';
  const [first] = plans;
  return (
    <Section title="Get to your first call">
      <List type="ordered" spacing="md" size="sm">
        <Step title={first ? 'Choose a plan' : 'Create a plan'} text={planText(plans, selling)}>
          <LinkButton to="/plans?create=1" variant="default" size="xs">
            Create a plan
          </LinkButton>
          {first && (
            <LinkButton to="/plans" variant="subtle" size="xs">
              See the plans
            </LinkButton>
          )}
        </Step>
        <Step title="Create an API key" text="It belongs to a plan. You see it once; pass it on to who calls your API.">
          <LinkButton to="/keys?create=1" size="xs">
            Create a key
          </LinkButton>
        </Step>
        <Step title="Try an action" text="Send a call with the key from here, and see the answer, the rate and the quota.">
          <LinkButton to="/actions" variant="default" size="xs">
            Try an action
          </LinkButton>
        </Step>
      </List>
      {selling && (
        <Text size="sm">
          Or let buyers help themselves:{' '}
          <NewTabLink href="/checkout" inherit>
            the buyers’ page
          </NewTabLink>{' '}
          sells your plans and hands out keys.
        </Text>
      )}
    </Section>
  );
}

function planText(plans: Overview['plans'], selling: boolean): string {
  const [first, ...others] = plans;
  if (!first) return selling ? 'It says what is sold: quota, rate, price, apis.' : 'It says what a key may do: quota, rate, apis.';
  const starter = plans.find(({ id }) => id === 'starter') ?? first;
  return `“${starter.name}” is there already${others.length > 0 ? `, and ${others.length} more` : ''}. Use it, or create your own.`;
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
