import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useBillingMode } from '../../lib/billing.ts';
import { Failure } from './failure.tsx';
import { effectText, type PlanChange } from './plan-changes.ts';
import type { Plan } from './queries.ts';
import { sellingWords } from './selling-words.ts';

interface ReviewEditProps {
  opened: boolean;
  onClose: () => void;
  plan: Plan;
  changes: PlanChange[];
  existing: 'now' | 'keep';
  run: { mutate: () => void; isPending: boolean; error: unknown };
}

/** What an edit changes and whom it reaches, before it is saved. */
export const ReviewEdit = ({ opened, onClose, plan, changes, existing, run }: ReviewEditProps) => (
  <Modal opened={opened} onClose={onClose} title={<span className="break">Save {plan.name}?</span>} size="lg">
    <Stack>
      <Failure error={run.error} what="The plan was not saved" />
      {changes.length > 0 && <ChangeTable changes={changes} />}
      <Text size="sm">{effectText(plan, { changes: changes.length, existing })}</Text>
      {changes.some(({ what }) => what === 'Price') && <PriceEffect />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Back
        </Button>
        <Button loading={run.isPending} onClick={run.mutate} data-autofocus>
          {changes.length > 0 ? `Save version ${plan.version + 1}` : 'Move entitlements'}
        </Button>
      </Group>
    </Stack>
  </Modal>
);

function PriceEffect() {
  const { within, off } = sellingWords(useBillingMode());
  if (off !== null) return <Text size="sm">Billing is off: nobody can buy the plan at this price until you turn billing on.</Text>;
  return (
    <Text size="sm">
      The price {within} changes with the next push: until then the plan is not for sale. Subscriptions stay at the price that they were
      bought at.
    </Text>
  );
}

const ChangeTable = ({ changes }: { changes: PlanChange[] }) => (
  <Table aria-label="What changes">
    <Table.Thead>
      <Table.Tr>
        <Table.Th scope="col">What</Table.Th>
        <Table.Th scope="col">Now</Table.Th>
        <Table.Th scope="col">After</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {changes.map(({ what, from, to }) => (
        <Table.Tr key={what}>
          <Table.Th scope="row">{what}</Table.Th>
          <Table.Td className="break">{from}</Table.Td>
          <Table.Td className="break" fw={600}>
            {to}
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
);
