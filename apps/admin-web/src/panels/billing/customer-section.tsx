import { Divider, Group, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Confirm } from '../../ui/confirm.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import type { SandboxCommand } from './mutations.ts';
import { useConsumerNames } from './queries.ts';
import { customersOf, type SandboxCustomer } from './sandbox.ts';
import { BUSY, type SandboxDriver } from './sandbox-driver.ts';

/** Commands for one customer and its subscriptions. */
export function CustomerSection({ driver }: { driver: SandboxDriver }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const names = useConsumerNames();
  const customers = customersOf(driver.subscriptions.data ?? []);
  const customer = customers.find(({ id }) => id === chosen) ?? null;
  return (
    <Section title="Customer">
      <Select
        label="Customer with a subscription"
        placeholder={customers.length === 0 ? 'No customers yet: buy a plan at /checkout' : 'Choose a customer'}
        data={customers.map((one) => ({ value: one.id, label: labelOf(one, names) }))}
        value={chosen}
        onChange={setChosen}
        searchable
        nothingFoundMessage="No customers match"
      />
      <CustomerCommands driver={driver} customer={customer} />
      <Divider />
      <SubscriptionCommands key={chosen} driver={driver} customer={customer} />
    </Section>
  );
}

const labelOf = ({ id, consumerId }: SandboxCustomer, names: ReadonlyMap<string, string>): string =>
  consumerId === null ? id : `${names.get(consumerId) ?? consumerId} (${id})`;

/** Why the commands are disabled; null when they are available. */
function disabledReason(driver: SandboxDriver, chosen: boolean, what: string): string | null {
  if (driver.running) return BUSY;
  return chosen ? null : `Choose a ${what} first`;
}

interface Command extends Omit<SandboxCommand, 'body'> {
  button: string;
  /** Sent in addition to the ID of the customer or subscription. */
  parameters?: Record<string, unknown>;
}

const CUSTOMER_COMMANDS: Command[] = [
  { button: 'Fail the next payment', control: 'fail-payments', parameters: { times: 1 }, label: 'The next payment will fail' },
  { button: 'Fail all payments', control: 'fail-payments', parameters: { times: 1_000 }, label: 'Payments will fail' },
  { button: 'Let payments succeed', control: 'fail-payments', parameters: { times: 0 }, label: 'Payments will succeed' },
  { button: 'Pay open invoices', control: 'pay-open-invoices', label: 'Open invoices paid' },
  { button: 'Open dispute', control: 'open-dispute', label: 'Dispute opened' },
  { button: 'Refund last charge', control: 'refund', label: 'Last charge refunded' },
  { button: 'Send fraud warning', control: 'warn-of-fraud', label: 'Fraud warning sent' },
];

const SUBSCRIPTION_COMMANDS: Command[] = [
  { button: 'Set past due', control: 'set-status', parameters: { status: 'past_due' }, label: 'Set to past_due' },
  { button: 'Set unpaid', control: 'set-status', parameters: { status: 'unpaid' }, label: 'Set to unpaid' },
];

const CustomerCommands = ({ driver, customer }: { driver: SandboxDriver; customer: SandboxCustomer | null }) => (
  <Stack gap="xs">
    <Group gap="xs">
      {CUSTOMER_COMMANDS.map(({ button, control, parameters, label }) => (
        <ReasonButton
          key={button}
          variant="default"
          size="xs"
          disabledReason={disabledReason(driver, customer !== null, 'customer')}
          onClick={() => customer && driver.run({ control, body: { customerId: customer.id, ...parameters }, label })}
        >
          {button}
        </ReasonButton>
      ))}
    </Group>
    <Text size="xs" c="dimmed">
      Payments are due at renewal: choose to fail them, then advance the clock by a month. Disputes, refunds and fraud warnings apply to the
      last paid charge.
    </Text>
  </Stack>
);

function SubscriptionCommands({ driver, customer }: { driver: SandboxDriver; customer: SandboxCustomer | null }) {
  const subscriptions = (driver.subscriptions.data ?? []).filter(
    ({ customerId, endedAt }) => customerId === customer?.id && endedAt === null,
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const [cancelling, setCancelling] = useState(false);
  // A single subscription is preselected.
  const subscription = subscriptions.find(({ id }) => id === chosen) ?? (subscriptions.length === 1 ? (subscriptions[0] ?? null) : null);
  const run = ({ control, label, parameters }: Omit<Command, 'button'>) =>
    subscription && driver.run({ control, label, body: { subscriptionId: subscription.id, ...parameters } });
  const reason = disabledReason(driver, subscription !== null, 'customer with a running subscription');
  const cancel = () => {
    setCancelling(false);
    run({ control: 'cancel', label: 'Subscription canceled' });
  };
  return (
    <Stack gap="xs">
      <Select
        label="Subscription"
        placeholder={subscriptions.length === 0 ? 'No running subscription' : 'Choose a subscription'}
        data={subscriptions.map(({ id, plan, status }) => ({ value: id, label: `${plan ?? 'no plan'}, ${status} (${id})` }))}
        value={subscription?.id ?? null}
        onChange={setChosen}
      />
      <Group gap="xs">
        {SUBSCRIPTION_COMMANDS.map(({ button, ...command }) => (
          <ReasonButton key={button} variant="default" size="xs" disabledReason={reason} onClick={() => run(command)}>
            {button}
          </ReasonButton>
        ))}
        <ReasonButton variant="default" size="xs" disabledReason={reason} onClick={() => setCancelling(true)}>
          Cancel immediately
        </ReasonButton>
      </Group>
      <Confirm
        opened={cancelling}
        onClose={() => setCancelling(false)}
        title="Cancel this subscription?"
        verb="Cancel subscription"
        danger
        run={{ mutate: cancel, isPending: false, error: null }}
      >
        Its keys are revoked permanently, unless they move to another subscription of the customer. A new purchase creates a new key.
      </Confirm>
    </Stack>
  );
}
