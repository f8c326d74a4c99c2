import { Code, List, Text } from '@mantine/core';
import { EmptyState } from './empty-state.tsx';

/** Nothing is sold here, and the two ways to change that. */
export const BillingOff = () => (
  <EmptyState title="Billing is off">
    <Text size="sm" mb="xs">
      This installation sells nothing; you give keys out yourself. To turn billing on, start API-Factory with one of these:
    </Text>
    <List size="sm" ta="left" spacing="xs">
      <List.Item>
        <Code>BILLING=sandbox</Code> to try it: a local stand-in for Stripe runs beside API-Factory, and nobody pays.
      </List.Item>
      <List.Item>
        <Code>BILLING=stripe</Code> to take money, with <Code>PUBLIC_URL</Code>, <Code>STRIPE_SECRET_KEY_FILE</Code> and{' '}
        <Code>STRIPE_WEBHOOK_SECRET_FILE</Code>. The file <Code>docs/billing.md</Code> says it step by step.
      </List.Item>
    </List>
  </EmptyState>
);
