import { Divider, Group, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Confirm } from '../../ui/confirm.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import type { SandboxDeed } from './deeds.ts';
import { useConsumerNames } from './queries.ts';
import type { SandboxDriver } from './sandbox-driver.ts';
import { customersOf, type SandboxCustomer } from './sandbox-words.ts';

/** What can happen to one customer and its subscriptions. */
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
        nothingFoundMessage="Nothing found"
      />
      <CustomerDeeds driver={driver} customer={customer} />
      <Divider />
      <SubscriptionDeeds key={chosen} driver={driver} customer={customer} />
    </Section>
  );
}

const labelOf = ({ id, consumerId }: SandboxCustomer, names: ReadonlyMap<string, string>): string =>
  consumerId === null ? id : `${names.get(consumerId) ?? consumerId} (${id})`;

/** Why nothing can be done now; null: it can. */
function offReason(driver: SandboxDriver, chosen: boolean, what: string): string | null {
  if (driver.running) return 'Wait until the sandbox is done';
  return chosen ? null : `Choose a ${what} first`;
}

/** What is done to the chosen one; `more` goes with its id. */
interface Deed extends Omit<SandboxDeed, 'body'> {
  label: string;
  more?: Record<string, unknown>;
}

/** In the order in which a story is told: it fails, it is paid, it is disputed. */
const CUSTOMER_DEEDS: Deed[] = [
  { label: 'Fail the next payment', control: 'fail-payments', more: { times: 1 }, words: 'The next payment will fail' },
  { label: 'Fail all payments', control: 'fail-payments', more: { times: 1_000 }, words: 'Payments will fail' },
  { label: 'Let payments succeed', control: 'fail-payments', more: { times: 0 }, words: 'Payments succeed again' },
  { label: 'Pay open invoices', control: 'pay-open-invoices', words: 'Open invoices paid' },
  { label: 'Open a dispute', control: 'open-dispute', words: 'Dispute opened' },
  { label: 'Refund', control: 'refund', words: 'Last charge refunded' },
  { label: 'Warn of fraud', control: 'warn-of-fraud', words: 'Warned of fraud' },
];

const SUBSCRIPTION_DEEDS: Deed[] = [
  { label: 'Set past due', control: 'set-status', more: { status: 'past_due' }, words: 'Set to past_due' },
  { label: 'Set unpaid', control: 'set-status', more: { status: 'unpaid' }, words: 'Set to unpaid' },
];

const CustomerDeeds = ({ driver, customer }: { driver: SandboxDriver; customer: SandboxCustomer | null }) => (
  <Stack gap="xs">
    <Group gap="xs">
      {CUSTOMER_DEEDS.map(({ label, control, more = {}, words }) => (
        <ReasonButton
          key={label}
          variant="default"
          size="xs"
          off={offReason(driver, customer !== null, 'customer')}
          onClick={() => customer && driver.drive({ control, body: { customerId: customer.id, ...more }, words })}
        >
          {label}
        </ReasonButton>
      ))}
    </Group>
    <Text size="xs" c="dimmed">
      A payment is due at the renewal: fail it, then advance a month. Disputes, refunds and warnings are about the last paid charge.
    </Text>
  </Stack>
);

function SubscriptionDeeds({ driver, customer }: { driver: SandboxDriver; customer: SandboxCustomer | null }) {
  const own = (driver.subscriptions.data ?? []).filter(({ customerId, endedAt }) => customerId === customer?.id && endedAt === null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [cancelling, setCancelling] = useState(false);
  // With one subscription there is nothing to choose.
  const subscription = own.find(({ id }) => id === chosen) ?? (own.length === 1 ? (own[0] ?? null) : null);
  const drive = (deed: Omit<Deed, 'label'>) =>
    subscription && driver.drive({ control: deed.control, words: deed.words, body: { subscriptionId: subscription.id, ...deed.more } });
  const off = offReason(driver, subscription !== null, 'customer with a running subscription');
  const cancel = () => {
    setCancelling(false);
    drive({ control: 'cancel', words: 'Subscription cancelled' });
  };
  return (
    <Stack gap="xs">
      <Select
        label="Its subscription"
        placeholder={own.length === 0 ? 'None is running' : 'Choose a subscription'}
        data={own.map(({ id, plan, status }) => ({ value: id, label: `${plan ?? 'no plan'}, ${status} (${id})` }))}
        value={subscription?.id ?? null}
        onChange={setChosen}
      />
      <Group gap="xs">
        {SUBSCRIPTION_DEEDS.map(({ label, ...deed }) => (
          <ReasonButton key={label} variant="default" size="xs" off={off} onClick={() => drive(deed)}>
            {label}
          </ReasonButton>
        ))}
        <ReasonButton variant="default" size="xs" off={off} onClick={() => setCancelling(true)}>
          Cancel now
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
        Its keys are revoked for good, unless another subscription of the customer takes them on. A new purchase makes a new key.
      </Confirm>
    </Stack>
  );
}
