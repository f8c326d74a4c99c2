import { Modal, Stack } from '@mantine/core';
import { useBillingMode } from '../../lib/billing.ts';
import { useGo } from '../../lib/go.ts';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { FormButtons } from '../../ui/reason-button.tsx';
import { Failure } from './failure.tsx';
import { PlanFields } from './plan-fields.tsx';
import { bodyOf, EMPTY } from './plan-form.ts';
import { useCreatePlan } from './queries.ts';
import { sellingWords } from './selling-words.ts';
import { usePlanForm } from './use-plan-form.ts';

interface CreatePlanProps {
  opened: boolean;
  onClose: () => void;
}

/** The dialog that makes a plan; it leads on to the plan’s page. */
export const CreatePlan = ({ opened, onClose }: CreatePlanProps) => (
  <Modal opened={opened} onClose={onClose} title="Create a plan" size="lg">
    {opened && <CreateForm onClose={onClose} />}
  </Modal>
);

function CreateForm({ onClose }: { onClose: () => void }) {
  const go = useGo();
  const { off, push } = sellingWords(useBillingMode());
  const run = useCreatePlan((plan) => {
    toast({
      cause: 'plan-created',
      tone: 'good',
      title: 'Plan created',
      ...(plan.price && off === null && { message: `${push} when you want to sell it.` }),
    });
    go(`/plans/${plan.id}`);
  });
  const create = useOnce(run);
  const form = usePlanForm(EMPTY, run.error);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) create(bodyOf(form.values));
      }}
    >
      <Stack>
        <Failure error={run.error} what="The plan was not created" />
        <PlanFields values={form.values} onChange={form.change} findings={form.findings} isNew />
        <FormButtons onCancel={onClose} verb="Create plan" pending={run.isPending} />
      </Stack>
    </form>
  );
}
