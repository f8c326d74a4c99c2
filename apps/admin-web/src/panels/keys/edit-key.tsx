import { Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { fieldFindings } from '../../lib/describe-error.ts';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { planDisabledReason } from './disabled-reasons.ts';
import { draftErrors, fieldOf, patchOf } from './draft.ts';
import { ExpiryField, NameField, PlanField } from './key-fields.tsx';
import { useUpdateKey } from './mutations.ts';
import type { Key } from './queries.ts';

interface EditKeyProps {
  of: Key;
  opened: boolean;
  onClose: () => void;
}

export const EditKey = ({ of, opened, onClose }: EditKeyProps) => (
  <Modal opened={opened} onClose={onClose} title="Edit key" size="lg">
    {opened && <EditForm {...{ of, onClose }} />}
  </Modal>
);

function EditForm({ of, onClose }: Omit<EditKeyProps, 'opened'>) {
  const [draft, setDraft] = useState({ name: of.name, plan: of.plan, expiresAt: of.expiresAt });
  const [tried, setTried] = useState(false);
  const run = useUpdateKey(of.id, () => {
    toast({ cause: 'key-saved', tone: 'good', title: 'Key updated' });
    onClose();
  });
  const save = useOnce(run);
  const patch = patchOf(of, draft);
  // An expiry in the past is an error only if it was changed.
  const validate = () => draftErrors(patch?.expiresAt === undefined ? { ...draft, expiresAt: null } : draft, new Date());
  const errors = tried ? validate() : {};
  const serverErrors = fieldFindings(run.error, fieldOf);
  const errorOf = (field: 'name' | 'plan' | 'expiresAt') => errors[field] ?? serverErrors[field] ?? null;
  const change = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (patch !== null && Object.keys(validate()).length === 0) save(patch);
      }}
    >
      <Stack>
        <NameField value={draft.name} onChange={(name) => change({ name })} error={errorOf('name')} />
        <PlanOf of={of} value={draft.plan} onChange={(plan) => change({ plan })} error={errorOf('plan')} />
        <ExpiryField value={draft.expiresAt} onChange={(expiresAt) => change({ expiresAt })} error={errorOf('expiresAt')} />
        {run.error && Object.keys(serverErrors).length === 0 && <ErrorNotice error={run.error} what="The key was not updated" />}
        <FormButtons onCancel={onClose} verb="Save" pending={run.isPending} disabledReason={patch === null ? 'No changes to save' : null} />
      </Stack>
    </form>
  );
}

interface PlanOfProps {
  of: Key;
  value: string;
  onChange: (plan: string) => void;
  error: string | null;
}

/** The plan field, read-only for a key with a subscription. */
function PlanOf({ of, value, onChange, error }: PlanOfProps) {
  const disabled = planDisabledReason(of);
  if (disabled === null) {
    return (
      <PlanField {...{ value, onChange, error }} description="Changes the plan of every key of this entitlement. Used units stay used." />
    );
  }
  return (
    <Text size="sm">
      <Text span inherit fw={500}>
        Plan {of.plan}.
      </Text>{' '}
      {disabled}.
    </Text>
  );
}
