import { Stack } from '@mantine/core';
import { useState } from 'react';
import { fieldFindings } from '../../lib/describe-error.ts';
import { useOnce } from '../../lib/once.ts';
import { usePlanChoices } from '../../lib/plan-choices.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { draftErrors, fieldOf, type KeyDraft, newKeyOf } from './draft.ts';
import { IssueModal } from './issue-modal.tsx';
import { ExpiryField, NameField, PlanField } from './key-fields.tsx';
import { useCreateKey } from './mutations.ts';
import type { IssuedKey } from './queries.ts';

interface CreateKeyProps {
  opened: boolean;
  /** The preselected consumer; empty: none. */
  consumerId: string;
  onClose: () => void;
}

/** The dialog that creates a key and shows it once. */
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
  const [typed, setTyped] = useState<KeyDraft>({ name: '', plan: '', consumerId, expiresAt: null });
  const [tried, setTried] = useState(false);
  const plans = usePlanChoices();
  const run = useCreateKey(onIssued);
  const create = useOnce(run);
  const draft = { ...typed, plan: typed.plan || (plans.data?.[0]?.id ?? '') };
  const errors = tried ? draftErrors(draft, new Date()) : {};
  const change = (changes: Partial<KeyDraft>) => setTyped({ ...typed, ...changes });
  const serverErrors = fieldFindings(run.error, fieldOf);
  const errorOf = (field: keyof KeyDraft) => errors[field] ?? serverErrors[field] ?? null;
  const submit = () => {
    setTried(true);
    if (Object.keys(draftErrors(draft, new Date())).length === 0) create(newKeyOf(draft));
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
          description="Helps you identify the key, for example “Ada production”"
          value={draft.name}
          onChange={(name) => change({ name })}
          error={errorOf('name')}
        />
        <PlanField value={draft.plan} onChange={(plan) => change({ plan })} error={errorOf('plan')} />
        <ObjectSelect
          type="consumer"
          label="Consumer"
          description="Optional. Who calls with this key."
          placeholder="None"
          value={draft.consumerId}
          onChange={(id) => change({ consumerId: id })}
          error={errorOf('consumerId')}
        />
        <ExpiryField value={draft.expiresAt} onChange={(expiresAt) => change({ expiresAt })} error={errorOf('expiresAt')} />
        {run.error && Object.keys(serverErrors).length === 0 && <ErrorNotice error={run.error} what="The key was not created" />}
        <FormButtons onCancel={onClose} verb="Create key" pending={run.isPending} />
      </Stack>
    </form>
  );
}
