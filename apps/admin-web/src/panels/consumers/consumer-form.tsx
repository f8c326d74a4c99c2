import { Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { bodyField, fieldFindings } from '../../lib/describe-error.ts';
import { useOnce } from '../../lib/once.ts';
import { invalidate } from '../../lib/query-client.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { type Consumer, consumerFieldsOf, saveConsumer } from './queries.ts';

interface ConsumerFormProps {
  opened: boolean;
  onClose: () => void;
  /** null creates a new consumer. */
  consumer: Consumer | null;
  onSaved?: (consumer: Consumer) => void;
}

export const ConsumerForm = ({ opened, onClose, ...form }: ConsumerFormProps) => (
  <Modal opened={opened} onClose={onClose} title={form.consumer ? 'Edit consumer' : 'Create a consumer'}>
    <Form onClose={onClose} {...form} />
  </Modal>
);

const fieldOf = bodyField(['name', 'email']);

function Form({ consumer, onClose, onSaved }: Omit<ConsumerFormProps, 'opened'>) {
  const [name, setName] = useState(consumer?.name ?? '');
  const [email, setEmail] = useState(consumer?.email ?? '');
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => saveConsumer(consumer?.id ?? null, consumerFieldsOf(name, email)),
    onSuccess: (saved) => {
      void invalidate(queries, ['consumers', 'audit', 'overview']);
      toast({ cause: 'consumer', tone: 'good', title: consumer ? 'Consumer updated' : 'Consumer created' });
      onClose();
      onSaved?.(saved);
    },
  });
  const saveOnce = useOnce(save);
  const findings = fieldFindings(save.error, fieldOf);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saveOnce();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={findings.name}
          autoComplete="off"
          data-autofocus
        />
        <TextInput
          label="Email (optional)"
          type="email"
          maxLength={254}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={findings.email}
          autoComplete="off"
        />
        {save.error !== null && Object.keys(findings).length === 0 && <ErrorNotice error={save.error} what="The consumer was not saved" />}
        <FormButtons onCancel={onClose} verb={consumer ? 'Save' : 'Create consumer'} pending={save.isPending} />
      </Stack>
    </form>
  );
}
