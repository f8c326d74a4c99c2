import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useBillingMode } from '../../lib/billing.ts';
import { targetOf } from '../../lib/go.ts';
import { toast } from '../../lib/toasts.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { entitlementsText } from './plan-words.ts';
import { type Plan, useDeletePlan } from './queries.ts';
import { sellingWords } from './selling-words.ts';

interface DeletePlanProps {
  plan: Plan;
  opened: boolean;
  onClose: () => void;
}

/** Deletes a plan that nobody has; of one that is in use it says who is in the way. */
export function DeletePlan({ plan, opened, onClose }: DeletePlanProps) {
  const navigate = useNavigate();
  const { within } = sellingWords(useBillingMode());
  const run = useDeletePlan(plan.id, () => {
    toast({ cause: 'plan-deleted', tone: 'good', title: `The plan ${plan.id} is deleted` });
    // Edits of a plan that is gone are nothing to ask about.
    void navigate({ ...targetOf('/plans'), ignoreBlocker: true });
  });
  if (plan.entitlements > 0) return <InUse {...{ plan, opened, onClose }} />;
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title="Delete this plan?"
      verb="Delete plan"
      typeName={plan.id}
      danger
      run={{ ...run, mutate: () => run.mutate() }}
    >
      The plan and all its versions are gone for good. A plan that was sold, or whose price is {within}, can’t be deleted: take its price
      away and push first.
    </Confirm>
  );
}

const InUse = ({ plan, opened, onClose }: DeletePlanProps) => (
  <Modal opened={opened} onClose={onClose} title="This plan is in use">
    <Stack>
      <Text size="sm">
        {entitlementsText(plan.entitlements)} {plan.entitlements === 1 ? 'is' : 'are'} of this plan, and a plan that is in use can’t be
        deleted. An entitlement stays with its keys, also after they are revoked.
      </Text>
      <StopSelling />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <LinkButton to={`/keys?plan=${plan.id}`}>See its keys</LinkButton>
      </Group>
    </Stack>
  </Modal>
);

function StopSelling() {
  const { place, off } = sellingWords(useBillingMode());
  if (off !== null) return null;
  return (
    <Text size="sm">To stop selling it, take its price away and push to {place}: who has it keeps it, and nobody else can buy it.</Text>
  );
}
