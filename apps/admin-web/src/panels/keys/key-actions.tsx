import { Group } from '@mantine/core';
import { type Icon, IconBan, IconPencil, IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { describeError } from '../../lib/describe-error.ts';
import { toast } from '../../lib/toasts.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { disabledReasons, resumedText } from './disabled-reasons.ts';
import { EditKey } from './edit-key.tsx';
import { useStatusChange } from './mutations.ts';
import { type Key, useSuccessor } from './queries.ts';
import { RotateKey } from './rotate-key.tsx';

/** The buttons of a key’s page with their dialogs. */
export function KeyActions({ of }: { of: Key }) {
  const [{ edit, rotate }, setUrl] = useUrlState({ edit: '', rotate: '' });
  const [confirming, setConfirming] = useState<'suspend' | 'revoke' | null>(null);
  const successor = useSuccessor(of.id);
  const reasons = disabledReasons(of, typeof successor.data === 'string');
  const close = () => setConfirming(null);
  return (
    <Group gap="xs">
      <ActionButton disabledReason={reasons.edit} icon={IconPencil} onClick={() => setUrl({ edit: '1' })}>
        Edit
      </ActionButton>
      <ActionButton disabledReason={reasons.rotate} icon={IconRefresh} onClick={() => setUrl({ rotate: '1' })}>
        Rotate
      </ActionButton>
      {of.status === 'suspended' && <ResumeButton of={of} disabledReason={reasons.resume} />}
      {of.suspendedBy !== 'operator' && (
        <ActionButton disabledReason={reasons.suspend} icon={IconPlayerPause} onClick={() => setConfirming('suspend')}>
          Suspend
        </ActionButton>
      )}
      <ActionButton disabledReason={reasons.revoke} icon={IconBan} danger onClick={() => setConfirming('revoke')}>
        Revoke
      </ActionButton>
      <EditKey of={of} opened={edit === '1' && reasons.edit === null} onClose={() => setUrl({ edit: '' })} />
      <RotateKey of={of} opened={rotate === '1' && reasons.rotate === null} onClose={() => setUrl({ rotate: '' })} />
      <SuspendDialog of={of} opened={confirming === 'suspend'} onClose={close} />
      <RevokeDialog of={of} opened={confirming === 'revoke'} onClose={close} />
    </Group>
  );
}

interface ActionButtonProps {
  disabledReason: string | null;
  icon: Icon;
  onClick: () => void;
  loading?: boolean;
  danger?: boolean;
  children: string;
}

const ActionButton = ({ icon: ButtonIcon, danger = false, ...props }: ActionButtonProps) => (
  <ReasonButton
    {...props}
    {...(danger ? { variant: 'light', color: 'red' } : { variant: 'default' })}
    leftSection={<ButtonIcon size={16} aria-hidden />}
  />
);

function ResumeButton({ of, disabledReason }: { of: Key; disabledReason: string | null }) {
  const run = useStatusChange('resume', of.id, (key) =>
    toast({ cause: 'key-resumed', tone: key.status === 'enabled' ? 'good' : 'notice', title: resumedText(key) }),
  );
  const resume = () =>
    run.mutate(undefined, {
      onError: (error) =>
        toast({ cause: 'key-resumed', tone: 'bad', title: 'The key was not resumed', message: describeError(error).title }),
    });
  return (
    <ActionButton disabledReason={disabledReason} icon={IconPlayerPlay} loading={run.isPending} onClick={resume}>
      Resume
    </ActionButton>
  );
}

interface DialogProps {
  of: Key;
  opened: boolean;
  onClose: () => void;
}

function SuspendDialog({ of, opened, onClose }: DialogProps) {
  const run = useStatusChange('suspend', of.id, () => {
    toast({ cause: 'key-suspended', tone: 'good', title: 'Key suspended', message: 'It stays suspended until you resume it.' });
    onClose();
  });
  return (
    <Confirm opened={opened} onClose={onClose} title="Suspend this key?" verb="Suspend" run={{ ...run, mutate: () => run.mutate() }}>
      Requests with <strong className="break">{of.name}</strong>
      {' return 403 KEY_SUSPENDED until you resume it. Other keys of its entitlement keep working.'}
      {of.suspendedBy === 'billing' && ' Billing already suspends this key. It will stay suspended after the payment is settled.'}
    </Confirm>
  );
}

function RevokeDialog({ of, opened, onClose }: DialogProps) {
  const run = useStatusChange('revoke', of.id, () => {
    toast({ cause: 'key-revoked', tone: 'good', title: 'Key revoked' });
    onClose();
  });
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title="Revoke this key?"
      verb="Revoke"
      typeName={of.name}
      danger
      run={{ ...run, mutate: () => run.mutate() }}
    >
      Requests with this key return 401 immediately. This can’t be undone. To block it temporarily, suspend it; to replace it, rotate it.
    </Confirm>
  );
}
