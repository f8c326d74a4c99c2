import { Group } from '@mantine/core';
import { type Icon, IconBan, IconPencil, IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { describeError } from '../../lib/describe-error.ts';
import { toast } from '../../lib/toasts.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { useDeed } from './changes.ts';
import { EditKey } from './edit-key.tsx';
import { offsOf, resumedText } from './offs.ts';
import { type Key, useSuccessor } from './queries.ts';
import { RotateKey } from './rotate-key.tsx';

/** What can be done with a key, and the dialogs in which it is done. */
export function KeyActions({ of }: { of: Key }) {
  const [{ edit, rotate }, setUrl] = useUrlState({ edit: '', rotate: '' });
  const [asked, setAsked] = useState<'suspend' | 'revoke' | null>(null);
  const successor = useSuccessor(of.id);
  const offs = offsOf(of, typeof successor.data === 'string');
  const close = () => setAsked(null);
  return (
    <Group gap="xs">
      <Action off={offs.edit} icon={IconPencil} onClick={() => setUrl({ edit: '1' })}>
        Edit
      </Action>
      <Action off={offs.rotate} icon={IconRefresh} onClick={() => setUrl({ rotate: '1' })}>
        Rotate
      </Action>
      {of.status === 'suspended' && <Resume of={of} off={offs.resume} />}
      {of.suspendedBy !== 'operator' && (
        <Action off={offs.suspend} icon={IconPlayerPause} onClick={() => setAsked('suspend')}>
          Suspend
        </Action>
      )}
      <Action off={offs.revoke} icon={IconBan} danger onClick={() => setAsked('revoke')}>
        Revoke
      </Action>
      <EditKey of={of} opened={edit === '1' && offs.edit === null} onClose={() => setUrl({ edit: '' })} />
      <RotateKey of={of} opened={rotate === '1' && offs.rotate === null} onClose={() => setUrl({ rotate: '' })} />
      <Suspend of={of} opened={asked === 'suspend'} onClose={close} />
      <Revoke of={of} opened={asked === 'revoke'} onClose={close} />
    </Group>
  );
}

interface ActionProps {
  off: string | null;
  icon: Icon;
  onClick: () => void;
  loading?: boolean;
  danger?: boolean;
  children: string;
}

const Action = ({ icon: Sign, danger = false, ...props }: ActionProps) => (
  <ReasonButton
    {...props}
    {...(danger ? { variant: 'light', color: 'red' } : { variant: 'default' })}
    leftSection={<Sign size={16} aria-hidden />}
  />
);

function Resume({ of, off }: { of: Key; off: string | null }) {
  const run = useDeed('resume', of.id, (key) =>
    toast({ cause: 'key-resumed', tone: key.status === 'enabled' ? 'good' : 'notice', title: resumedText(key) }),
  );
  const resume = () =>
    run.mutate(undefined, {
      onError: (error) =>
        toast({ cause: 'key-resumed', tone: 'bad', title: 'The key was not resumed', message: describeError(error).title }),
    });
  return (
    <Action off={off} icon={IconPlayerPlay} loading={run.isPending} onClick={resume}>
      Resume
    </Action>
  );
}

interface DialogProps {
  of: Key;
  opened: boolean;
  onClose: () => void;
}

function Suspend({ of, opened, onClose }: DialogProps) {
  const run = useDeed('suspend', of.id, () => {
    toast({ cause: 'key-suspended', tone: 'good', title: 'The key is suspended', message: 'Resume it when it may call again.' });
    onClose();
  });
  return (
    <Confirm opened={opened} onClose={onClose} title="Suspend this key?" verb="Suspend" run={{ ...run, mutate: () => run.mutate() }}>
      Calls with <strong className="break">{of.name}</strong>
      {' are refused with 403 KEY_SUSPENDED until you resume it. Other keys of its entitlement go on.'}
      {of.suspendedBy === 'billing' && ' Billing suspends it now; with this it stays suspended after the payment is settled, too.'}
    </Confirm>
  );
}

function Revoke({ of, opened, onClose }: DialogProps) {
  const run = useDeed('revoke', of.id, () => {
    toast({ cause: 'key-revoked', tone: 'good', title: 'The key is revoked' });
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
      Calls with it are refused with 401 from now on, for good. This can’t be undone: its consumer needs another key. To pause it, suspend
      it instead; to replace it, rotate it.
    </Confirm>
  );
}
