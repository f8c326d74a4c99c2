import { useBlocker } from '@tanstack/react-router';
import { Confirm } from '../../ui/confirm.tsx';

/** Asks before somebody leaves the page with edits that are not saved, whichever way they leave. */
export function LeaveGuard({ edited }: { edited: boolean }) {
  const blocker = useBlocker({
    // Dialogs of the page change the query part only: nothing is lost by that.
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    enableBeforeUnload: edited,
    disabled: !edited,
    withResolver: true,
  });
  return (
    <Confirm
      opened={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Discard changes?"
      verb="Discard changes"
      danger
      run={{ mutate: () => blocker.proceed?.(), isPending: false, error: null }}
    >
      What you changed in this plan is not saved yet.
    </Confirm>
  );
}
