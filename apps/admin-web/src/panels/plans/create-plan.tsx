import { Button, Group, Modal, Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { PlanFields } from './plan-fields.tsx';
import { bodyOf, EMPTY } from './plan-form.ts';
import { usePlanForm } from './plan-values.ts';
import { useCreatePlan } from './queries.ts';

interface CreatePlanProps {
  opened: boolean;
  onClose: () => void;
}

/** The dialog that makes a plan; it leads on to the plan’s page. */
export const CreatePlan = ({ opened, onClose }: CreatePlanProps) => (
  <Modal opened={opened} onClose={onClose} title="Create a plan" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
    {opened && <CreateForm onClose={onClose} />}
  </Modal>
);

function CreateForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const run = useCreatePlan((plan) => {
    toast({
      cause: 'plan-created',
      tone: 'good',
      title: 'Plan created',
      ...(plan.price && { message: 'Push it to Stripe when you want to sell it.' }),
    });
    void navigate({ to: `/plans/${plan.id}` as never });
  });
  const form = usePlanForm(EMPTY, run.error);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check() && !run.isPending) run.mutate(bodyOf(form.values));
      }}
    >
      <Stack>
        <PlanFields values={form.values} onChange={form.change} findings={form.findings} isNew />
        {run.error && <ErrorNotice error={run.error} what="The plan was not created" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={run.isPending}>
            Create plan
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
