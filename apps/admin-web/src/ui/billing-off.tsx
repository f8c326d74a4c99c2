import { Code, List, Text } from '@mantine/core';
import { EmptyState } from './empty-state.tsx';

/** Shown while billing is off: how to turn it on. */
export const BillingOff = () => (
  <EmptyState title="Billing is off">
    <Text size="sm" mb="xs">
      You create keys yourself, and nothing is for sale. To turn on billing, restart API-Factory with one of these settings:
    </Text>
    <List size="sm" ta="left" spacing="xs">
      <List.Item>
        <Code>BILLING=sandbox</Code> to try billing with a local stand-in for Stripe. No real payments.
      </List.Item>
      <List.Item>
        <Code>BILLING=stripe</Code> to take payments. Also set <Code>PUBLIC_URL</Code>, <Code>STRIPE_SECRET_KEY_FILE</Code> and{' '}
        <Code>STRIPE_WEBHOOK_SECRET_FILE</Code>. See <Code>docs/billing.md</Code> for the steps.
      </List.Item>
    </List>
  </EmptyState>
);
