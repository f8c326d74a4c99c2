import { Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { fieldFindings } from '../../lib/describe-error.ts';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { useUpdateKey } from './changes.ts';
import { fieldOf, findingsOf, patchOf } from './draft.ts';
import { ExpiryField } from './expiry-field.tsx';
import { NameField } from './name-field.tsx';
import { planOff } from './offs.ts';
import { PlanSelect } from './plan-select.tsx';
import type { Key } from './queries.ts';

interface EditKeyProps {
  of: Key;
  opened: boolean;
  onClose: () => void;
}

/** Changes name, plan and expiry of a key. */
export const EditKey = ({ of, opened, onClose }: EditKeyProps) => (
  <Modal opened={opened} onClose={onClose} title="Edit this key" size="lg">
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
  const save = useOnce(run);
  const patch = patchOf(of, draft);
  // An expiry that is past is a fault only in what is sent.
  const faults = () => findingsOf(patch?.expiresAt === undefined ? { ...draft, expiresAt: null } : draft, new Date());
  const findings = tried ? faults() : {};
  const remote = fieldFindings(run.error, fieldOf);
  const errorOf = (field: 'name' | 'plan' | 'expiresAt') => findings[field] ?? remote[field] ?? null;
  const change = (changes: Partial<typeof draft>) => setDraft({ ...draft, ...changes });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (patch !== null && Object.keys(faults()).length === 0) save(patch);
      }}
    >
      <Stack>
        <NameField value={draft.name} onChange={(name) => change({ name })} error={errorOf('name')} />
        <PlanField of={of} value={draft.plan} onChange={(plan) => change({ plan })} error={errorOf('plan')} />
        <ExpiryField value={draft.expiresAt} onChange={(expiresAt) => change({ expiresAt })} error={errorOf('expiresAt')} />
        {run.error && Object.keys(remote).length === 0 && <ErrorNotice error={run.error} what="The key was not saved" />}
        <FormButtons onCancel={onClose} verb="Save" pending={run.isPending} off={patch === null ? 'Nothing is changed yet' : null} />
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
