import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { fieldsOf, findingsOf } from './fields.ts';
import { type Consumer, saveConsumer } from './queries.ts';

interface ConsumerFormProps {
  opened: boolean;
  onClose: () => void;
  /** null: a new one is created. */
  consumer: Consumer | null;
  onSaved?: (consumer: Consumer) => void;
}

/** Creates a consumer, or changes its name and email. */
export const ConsumerForm = ({ opened, onClose, ...form }: ConsumerFormProps) => (
  <Modal
    opened={opened}
    onClose={onClose}
    title={form.consumer ? 'Edit consumer' : 'Create a consumer'}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    <Form onClose={onClose} {...form} />
  </Modal>
);

function Form({ consumer, onClose, onSaved }: Omit<ConsumerFormProps, 'opened'>) {
  const [name, setName] = useState(consumer?.name ?? '');
  const [email, setEmail] = useState(consumer?.email ?? '');
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => saveConsumer(consumer?.id ?? null, fieldsOf(name, email)),
    onSuccess: (saved) => {
      for (const prefix of ['consumers', 'audit', 'overview']) void client.invalidateQueries({ queryKey: [prefix] });
      toast({ cause: 'consumer', tone: 'good', title: consumer ? 'Consumer saved' : 'Consumer created' });
      onClose();
      onSaved?.(saved);
    },
  });
  const findings = findingsOf(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
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
        {save.error !== null && Object.keys(findings).length === 0 && (
          <ErrorNotice error={save.error} what="The consumer could not be saved" />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {consumer ? 'Save' : 'Create consumer'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
