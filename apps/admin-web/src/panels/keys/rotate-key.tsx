import { Radio, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { KeyMask } from '../../ui/key-status.tsx';
import { FormButtons } from '../../ui/reason-button.tsx';
import { Time } from '../../ui/time.tsx';
import { useRotateKey } from './changes.ts';
import { IssueModal } from './issue-modal.tsx';
import type { IssuedKey, Key } from './queries.ts';
import { endOfOld, OVERLAPS, USUAL_OVERLAP } from './rotation.ts';

interface RotateKeyProps {
  of: Key;
  opened: boolean;
  onClose: () => void;
}

/** Puts a new key in the place of one, shows it this once, and says until when the old one works. */
export const RotateKey = ({ of, opened, onClose }: RotateKeyProps) => (
  <IssueModal
    {...{ opened, onClose }}
    title="Rotate this key"
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
  const [overlap, setOverlap] = useState<number>(USUAL_OVERLAP);
  const run = useRotateKey(of.id, (issued) => onIssued(issued, <OldKey of={of} end={endOfOld(of.expiresAt, overlap, new Date())} />));
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
          A new key takes the place of{' '}
          <Text span inherit fw={600} className="break">
            {of.name}
          </Text>
          . It has the same entitlement, name and expiry{of.status === 'suspended' ? ', and is suspended like it' : ''}.
        </Text>
        <Radio.Group label="The old key works on for" value={String(overlap)} onChange={(seconds) => setOverlap(Number(seconds))}>
          <Stack gap="xs" mt="xs">
            {OVERLAPS.map(({ seconds, label, description }) => (
              <Radio
                key={seconds}
                value={String(seconds)}
                {...{ label, description }}
                {...(seconds === USUAL_OVERLAP ? { 'data-autofocus': true } : {})}
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
      'is revoked: calls with it are refused from now on.'
    ) : (
      <>
        works until <Time at={end} absolute />.
      </>
    )}
  </>
);
