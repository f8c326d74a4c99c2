import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { faultOf } from '../../lib/faults.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { useUpdateKey } from './changes.ts';
import { planOff } from './deeds.ts';
import { findingsOf, patchOf } from './draft.ts';
import { ExpiryField } from './expiry-field.tsx';
import { fieldError } from './field-errors.ts';
import { PlanSelect } from './plan-select.tsx';
import type { Key } from './queries.ts';

interface EditKeyProps {
  of: Key;
  opened: boolean;
  onClose: () => void;
}

/** Changes name, plan and expiry of a key. */
export const EditKey = ({ of, opened, onClose }: EditKeyProps) => (
  <Modal opened={opened} onClose={onClose} title="Edit this key" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
    {opened && <EditForm {...{ of, onClose }} />}
  </Modal>
);

function EditForm({ of, onClose }: Omit<EditKeyProps, 'opened'>) {
  const [draft, setDraft] = useState({ name: of.name, plan: of.plan, expiresAt: of.expiresAt });
  const [tried, setTried] = useState(false);
  const run = useUpdateKey(of.id, () => {
    toast({ cause: 'key-saved', tone: 'good', title: 'Key saved' });
    onClose();
  });
  const patch = patchOf(of, draft);
  // An expiry that is past is a fault only in what is sent.
  const faults = () => findingsOf(patch?.expiresAt === undefined ? { ...draft, expiresAt: null } : draft, new Date());
  const findings = tried ? faults() : {};
  const errorOf = (field: 'name' | 'plan' | 'expiresAt') => findings[field] ?? fieldError(run.error, field);
  const change = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (patch !== null && Object.keys(faults()).length === 0 && !run.isPending) run.mutate(patch);
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={errorOf('name')}
          maxLength={200}
          autoComplete="off"
          required
          data-autofocus
        />
        <PlanField of={of} value={draft.plan} onChange={(plan) => change({ plan })} error={errorOf('plan')} />
        <ExpiryField value={draft.expiresAt} onChange={(expiresAt) => change({ expiresAt })} error={errorOf('expiresAt')} />
        {run.error && faultOf(run.error).fields.length === 0 && <ErrorNotice error={run.error} what="The key was not saved" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <ReasonButton type="submit" loading={run.isPending} off={patch === null ? 'Nothing is changed yet' : null}>
            Save
          </ReasonButton>
        </Group>
      </Stack>
    </form>
  );
}

interface PlanFieldProps {
  of: Key;
  value: string;
  onChange: (plan: string) => void;
  error: string | null;
}

function PlanField({ of, value, onChange, error }: PlanFieldProps) {
  const off = planOff(of);
  if (off === null) {
    return (
      <PlanSelect {...{ value, onChange, error }} description="Moves all keys of its entitlement at once. Units that are used stay used." />
    );
  }
  return (
    <Text size="sm">
      <Text span inherit fw={500}>
        Plan {of.plan}.
      </Text>{' '}
      {off}.
    </Text>
  );
}
