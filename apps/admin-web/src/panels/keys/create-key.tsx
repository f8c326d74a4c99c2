import { Stack } from '@mantine/core';
import { useState } from 'react';
import { fieldFindings } from '../../lib/describe-error.ts';
import { useOnce } from '../../lib/once.ts';
import { usePlanChoices } from '../../lib/plan-choices.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { useCreateKey } from './changes.ts';
import { type Draft, fieldOf, findingsOf, newKeyOf } from './draft.ts';
import { ExpiryField } from './expiry-field.tsx';
import { IssueModal } from './issue-modal.tsx';
import { NameField } from './name-field.tsx';
import { PlanSelect } from './plan-select.tsx';
import type { IssuedKey } from './queries.ts';

interface CreateKeyProps {
  opened: boolean;
  /** Who the key is for, as far as the page says it; empty: nobody. */
  consumerId: string;
  onClose: () => void;
}

/** The dialog that makes a key and shows it this once. */
export const CreateKey = ({ opened, consumerId, onClose }: CreateKeyProps) => (
  <IssueModal
    {...{ opened, onClose }}
    title="Create a key"
    form={(onIssued) => (
      <CreateForm
        {...{ consumerId, onClose }}
        onIssued={(issued) => {
          toast({ cause: 'key-created', tone: 'good', title: 'Key created' });
          onIssued(issued);
        }}
      />
    )}
  />
);

interface CreateFormProps {
  consumerId: string;
  onClose: () => void;
  onIssued: (issued: IssuedKey) => void;
}

function CreateForm({ consumerId, onClose, onIssued }: CreateFormProps) {
  const [typed, setTyped] = useState<Draft>({ name: '', plan: '', consumerId, expiresAt: null });
  const [tried, setTried] = useState(false);
  const plans = usePlanChoices();
  const run = useCreateKey(onIssued);
  const create = useOnce(run);
  const draft = { ...typed, plan: typed.plan || (plans.data?.[0]?.id ?? '') };
  const findings = tried ? findingsOf(draft, new Date()) : {};
  const change = (changes: Partial<Draft>) => setTyped({ ...typed, ...changes });
  const remote = fieldFindings(run.error, fieldOf);
  const errorOf = (field: keyof Draft) => findings[field] ?? remote[field] ?? null;
  const submit = () => {
    setTried(true);
    if (Object.keys(findingsOf(draft, new Date())).length === 0) create(newKeyOf(draft));
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <NameField
          description="What you tell it from others by, such as “Ada production”"
          value={draft.name}
          onChange={(name) => change({ name })}
          error={errorOf('name')}
        />
        <PlanSelect value={draft.plan} onChange={(plan) => change({ plan })} error={errorOf('plan')} />
        <ObjectSelect
          type="consumer"
          label="Consumer"
          description="Who calls with it; may stay empty"
          placeholder="Nobody"
          value={draft.consumerId}
          onChange={(id) => change({ consumerId: id })}
          error={errorOf('consumerId')}
        />
        <ExpiryField value={draft.expiresAt} onChange={(expiresAt) => change({ expiresAt })} error={errorOf('expiresAt')} />
        {run.error && Object.keys(remote).length === 0 && <ErrorNotice error={run.error} what="The key was not created" />}
        <FormButtons onCancel={onClose} verb="Create key" pending={run.isPending} />
      </Stack>
    </form>
  );
}
