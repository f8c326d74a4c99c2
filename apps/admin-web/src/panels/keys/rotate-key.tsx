import { Radio, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { KeyMask } from '../../ui/key-status.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { Time } from '../../ui/time.tsx';
import { DEFAULT_OVERLAP_SECONDS, endOfOldKey, OVERLAPS } from './expiry.ts';
import { IssueModal } from './issue-modal.tsx';
import { useRotateKey } from './mutations.ts';
import type { IssuedKey, Key } from './queries.ts';

interface RotateKeyProps {
  of: Key;
  opened: boolean;
  onClose: () => void;
}

/**
 * The dialog that replaces a key, shows the new one once, and says when the old one stops working.
 */
export const RotateKey = ({ of, opened, onClose }: RotateKeyProps) => (
  <IssueModal
    {...{ opened, onClose }}
    title="Rotate key"
    form={(onIssued) => (
      <RotateForm
        {...{ of, onClose }}
        onIssued={(issued, note) => {
          toast({ cause: 'key-rotated', tone: 'good', title: 'Key rotated' });
          onIssued(issued, note);
        }}
      />
    )}
  />
);

interface RotateFormProps {
  of: Key;
  onClose: () => void;
  onIssued: (issued: IssuedKey, note: ReactNode) => void;
}

function RotateForm({ of, onClose, onIssued }: RotateFormProps) {
  const [overlap, setOverlap] = useState<number>(DEFAULT_OVERLAP_SECONDS);
  const run = useRotateKey(of.id, (issued) => onIssued(issued, <OldKey of={of} end={endOfOldKey(of.expiresAt, overlap, new Date())} />));
  const rotate = useOnce(run);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rotate(overlap);
      }}
    >
      <Stack>
        <Text size="sm">
          Creates a new key to replace{' '}
          <Text span inherit fw={600} className="break">
            {of.name}
          </Text>{' '}
          with the same entitlement, name and expiry{of.status === 'suspended' ? ', also suspended' : ''}.
        </Text>
        <Radio.Group label="Old key stops working" value={String(overlap)} onChange={(seconds) => setOverlap(Number(seconds))}>
          <Stack gap="xs" mt="xs">
            {OVERLAPS.map(({ seconds, label, description }) => (
              <Radio
                key={seconds}
                value={String(seconds)}
                {...{ label, description }}
                {...(seconds === DEFAULT_OVERLAP_SECONDS ? { 'data-autofocus': true } : {})}
              />
            ))}
          </Stack>
        </Radio.Group>
        {run.error && <ErrorNotice error={run.error} what="The key was not rotated" />}
        <FormButtons onCancel={onClose} verb="Rotate key" pending={run.isPending} />
      </Stack>
    </form>
  );
}

const OldKey = ({ of, end }: { of: Key; end: string | null }) => (
  <>
    The old key <KeyMask of={of} />{' '}
    {end === null ? (
      'is revoked. Requests with it now return 401.'
    ) : (
      <>
        works until <Time at={end} absolute />.
      </>
    )}
  </>
);
