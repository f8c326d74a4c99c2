import { useEffect, useRef } from 'react';
import { ErrorNotice } from '../../ui/error-notice.tsx';

/** What went wrong in a dialog, at its top. It takes the focus when it appears: the button that was pressed can be far below. */
export function Failure({ error, what }: { error: unknown; what: string }) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error == null) return;
    notice.current?.focus({ preventScroll: true });
    notice.current?.scrollIntoView({ block: 'center' });
  }, [error]);
  if (error == null) return null;
  return (
    <div ref={notice} tabIndex={-1}>
      <ErrorNotice error={error} what={what} />
    </div>
  );
}
