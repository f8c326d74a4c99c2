import { Button, Group, Modal, Radio, Stack, Table, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import { useBillingMode } from '../../lib/billing.ts';
import { useOnce } from '../../lib/once.ts';
import { type Toast, toast } from '../../lib/toasts.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { FocusedErrorNotice } from '../../ui/error-notice.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { PlanFields } from './plan-fields.tsx';
import { bodyOf, formErrors, usePlanForm, valuesOf } from './plan-form.ts';
import { effectText, isEdited, movedText, type PlanChange, planChanges } from './plan-text.ts';
import { type EditedPlan, type Plan, useReplacePlan } from './queries.ts';
import { sellingTerms } from './selling.ts';

/** The form that creates the next version of a plan. Changes are reviewed before they are saved. */
export function EditPlan({ plan }: { plan: Plan }) {
  const [existing, setExisting] = useState<'now' | 'keep'>('now');
  const [reviewing, setReviewing] = useState(false);
  const run = useReplacePlan(plan.id, (saved) => {
    setReviewing(false);
    toast(savedToast(saved));
  });
  const save = useOnce(run);
  const form = usePlanForm(valuesOf(plan), run.error);
  const changes = isComplete(form.values) ? planChanges(plan, bodyOf(form.values)) : null;
  return (
    <Section title="Edit plan">
      <UnsavedChangesGuard edited={isEdited(plan, form.values)} />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!form.check()) return;
          run.reset();
          setReviewing(true);
        }}
      >
        <Stack maw={720}>
          <PlanFields values={form.values} onChange={form.change} errors={form.errors} isNew={false} />
          <ExistingChoice value={existing} onChange={setExisting} />
          <Group>
            <ReasonButton type="submit" disabledReason={disabledReason(plan, { changes, existing })}>
              Review changes
            </ReasonButton>
            {changes?.length !== 0 && (
              <Button variant="default" onClick={() => form.change(valuesOf(plan))}>
                Discard changes
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      <ReviewDialog
        opened={reviewing && changes !== null}
        onClose={() => setReviewing(false)}
        {...{ plan, existing, changes: changes ?? [] }}
        run={{ isPending: run.isPending, error: run.error, mutate: () => save({ ...bodyOf(form.values), existing }) }}
      />
    </Section>
  );
}

const isComplete = (values: Parameters<typeof formErrors>[0]) => Object.keys(formErrors(values)).length === 0;

const savedToast = (saved: EditedPlan): Toast => {
  const moved = movedText(saved);
  const title = `${saved.name} is now at version ${saved.version}`;
  return { cause: 'plan-saved', tone: 'good', title, ...(moved !== null && { message: moved }) };
};

/** Saving without changes moves the entitlements that an earlier edit left on an older version. */
function disabledReason(plan: Plan, { changes, existing }: { changes: unknown[] | null; existing: 'now' | 'keep' }): string | null {
  if (changes === null || changes.length > 0) return null;
  return existing === 'now' && plan.version > 1 && plan.entitlements > 0 ? null : 'No changes yet';
}

const ExistingChoice = ({ value, onChange }: { value: 'now' | 'keep'; onChange: (value: 'now' | 'keep') => void }) => (
  <Radio.Group
    label="Existing entitlements"
    description="A plan version never changes. Saving creates the next one."
    value={value}
    onChange={(next) => onChange(next === 'keep' ? 'keep' : 'now')}
  >
    <Stack gap="xs" mt="xs">
      <Radio
        value="now"
        label="Move to the new version now"
        description="Moves every entitlement, including those on older versions. Subscription prices don’t change."
      />
      <Radio value="keep" label="Keep their current version" description="Only new entitlements get the new version." />
    </Stack>
  </Radio.Group>
);

interface ReviewDialogProps {
  opened: boolean;
  onClose: () => void;
  plan: Plan;
  changes: PlanChange[];
  existing: 'now' | 'keep';
  run: { mutate: () => void; isPending: boolean; error: unknown };
}

/** Shows what an edit changes and which entitlements move, before it is saved. */
const ReviewDialog = ({ opened, onClose, plan, changes, existing, run }: ReviewDialogProps) => (
  <Modal opened={opened} onClose={onClose} title={<span className="break">Save {plan.name}?</span>} size="lg">
    <Stack>
      <FocusedErrorNotice error={run.error} what="The plan could not be saved" />
      {changes.length > 0 && <ChangeTable changes={changes} />}
      <Text size="sm">{effectText(plan, { changes: changes.length, existing })}</Text>
      {changes.some(({ field }) => field === 'Price') && <PriceEffect />}
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
  const { location, disabledReason } = sellingTerms(useBillingMode());
  if (disabledReason !== null) return <Text size="sm">Billing is off. The plan isn’t for sale until you turn it on.</Text>;
  return (
    <Text size="sm">
      The price {location} changes with the next push. Until then, the plan isn’t for sale. Existing subscriptions keep their price.
    </Text>
  );
}

const ChangeTable = ({ changes }: { changes: PlanChange[] }) => (
  <Table aria-label="Changes">
    <Table.Thead>
      <Table.Tr>
        <Table.Th scope="col">Field</Table.Th>
        <Table.Th scope="col">Current</Table.Th>
        <Table.Th scope="col">New</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {changes.map(({ field, from, to }) => (
        <Table.Tr key={field}>
          <Table.Th scope="row">{field}</Table.Th>
          <Table.Td className="break">{from}</Table.Td>
          <Table.Td className="break" fw={600}>
            {to}
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
);

/** Asks for confirmation before unsaved changes are lost, also when the tab is closed. */
function UnsavedChangesGuard({ edited }: { edited: boolean }) {
  const blocker = useBlocker({
    // Dialogs of this page only change the query string, so nothing is lost.
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    enableBeforeUnload: edited,
    disabled: !edited,
    withResolver: true,
  });
  return (
    <Confirm
      opened={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Discard unsaved changes?"
      verb="Discard changes"
      danger
      run={{ mutate: () => blocker.proceed?.(), isPending: false, error: null }}
    >
      Your changes to this plan will be lost.
    </Confirm>
  );
}
