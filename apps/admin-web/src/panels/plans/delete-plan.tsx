import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useBillingMode } from '../../lib/billing.ts';
import { targetOf } from '../../lib/go.ts';
import { toast } from '../../lib/toasts.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { entitlementsText } from './plan-text.ts';
import { type Plan, useDeletePlan } from './queries.ts';
import { sellingTerms } from './selling.ts';

interface DeletePlanProps {
  plan: Plan;
  opened: boolean;
  onClose: () => void;
}

/** Deletes an unused plan. For a plan in use it explains why it can’t be deleted. */
export function DeletePlan({ plan, opened, onClose }: DeletePlanProps) {
  const navigate = useNavigate();
  const { location } = sellingTerms(useBillingMode());
  const run = useDeletePlan(plan.id, () => {
    toast({ cause: 'plan-deleted', tone: 'good', title: `Plan ${plan.id} deleted` });
    // Unsaved edits of a deleted plan need no confirmation.
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
      This deletes the plan and all its versions, and can’t be undone. A plan that was sold, or whose price is {location}, can’t be deleted.
      Remove its price and push first.
    </Confirm>
  );
}

const InUse = ({ plan, opened, onClose }: DeletePlanProps) => (
  <Modal opened={opened} onClose={onClose} title="This plan is in use">
    <Stack>
      <Text size="sm">
        {entitlementsText(plan.entitlements)} {plan.entitlements === 1 ? 'uses' : 'use'} this plan, so it can’t be deleted. Entitlements
        remain after their keys are revoked.
      </Text>
      <StopSelling />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <LinkButton to={`/keys?plan=${plan.id}`}>View keys</LinkButton>
      </Group>
    </Stack>
  </Modal>
);

function StopSelling() {
  const { target, disabledReason } = sellingTerms(useBillingMode());
  if (disabledReason !== null) return null;
  return <Text size="sm">To stop selling it, remove its price and push to {target}. Existing customers keep it.</Text>;
}
