import { Button, Group, Radio, Stack } from '@mantine/core';
import { useState } from 'react';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { LeaveGuard } from './leave-guard.tsx';
import { changesOf, isEdited } from './plan-changes.ts';
import { PlanFields } from './plan-fields.tsx';
import { bodyOf, findingsOf, valuesOf } from './plan-form.ts';
import { movedText } from './plan-words.ts';
import { type Plan, useReplacePlan } from './queries.ts';
import { ReviewEdit } from './review-edit.tsx';
import { usePlanForm } from './use-plan-form.ts';

/** The form that makes the next version of a plan. What changes is shown before it is saved. */
export function EditPlan({ plan }: { plan: Plan }) {
  const [existing, setExisting] = useState<'now' | 'keep'>('now');
  const [reviewing, setReviewing] = useState(false);
  const run = useReplacePlan(plan.id, (saved) => {
    setReviewing(false);
    const moved = movedText(saved);
    toast({
      cause: 'plan-saved',
      tone: 'good',
      title: `${saved.name} is at version ${saved.version}`,
      ...(moved !== null && { message: moved }),
    });
  });
  const save = useOnce(run);
  const form = usePlanForm(valuesOf(plan), run.error);
  const changes = isComplete(form.values) ? changesOf(plan, bodyOf(form.values)) : null;
  return (
    <Section title="Edit">
      <LeaveGuard edited={isEdited(plan, form.values)} />
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
          <PlanFields values={form.values} onChange={form.change} findings={form.findings} isNew={false} />
          <ExistingChoice value={existing} onChange={setExisting} />
          <Group>
            <ReasonButton type="submit" off={offReason(plan, { changes, existing })}>
              Review changes
            </ReasonButton>
            {changes?.length !== 0 && (
              <Button variant="default" onClick={() => form.change(valuesOf(plan))}>
                Undo changes
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      <ReviewEdit
        opened={reviewing && changes !== null}
        onClose={() => setReviewing(false)}
        {...{ plan, existing, changes: changes ?? [] }}
        run={{ isPending: run.isPending, error: run.error, mutate: () => save({ ...bodyOf(form.values), existing }) }}
      />
    </Section>
  );
}

const isComplete = (values: Parameters<typeof findingsOf>[0]) => Object.keys(findingsOf(values)).length === 0;

/** Only a later version can have left entitlements behind, so that saving it as it is moves them. */
function offReason(plan: Plan, { changes, existing }: { changes: unknown[] | null; existing: 'now' | 'keep' }): string | null {
  if (changes === null || changes.length > 0) return null;
  return existing === 'now' && plan.version > 1 && plan.entitlements > 0 ? null : 'Nothing is changed yet';
}

const ExistingChoice = ({ value, onChange }: { value: 'now' | 'keep'; onChange: (value: 'now' | 'keep') => void }) => (
  <Radio.Group
    label="Who has the plan already"
    description="A version of a plan never changes; an edit makes the next."
    value={value}
    onChange={(next) => onChange(next === 'keep' ? 'keep' : 'now')}
  >
    <Stack gap="xs" mt="xs">
      <Radio
        value="now"
        label="Moves to the new version now"
        description="Every entitlement, also those that an earlier edit left behind. Prices of subscriptions stay."
      />
      <Radio value="keep" label="Keeps the version it has" description="Only who gets the plan from now on gets the new one." />
    </Stack>
  </Radio.Group>
);
