import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ErrorNotice } from '../ui/error-notice.tsx';
import { Page } from '../ui/page.tsx';
import { useIsAway } from './connection.ts';

const reload = () => globalThis.location.reload();

/**
 * A page broke or could not be fetched; the rest of the console goes on. A new build has other file names: loading the document anew mends
 * that, which is done when the server is back, and not before: it would leave the console.
 */
export function PageError({ error }: ErrorComponentProps) {
  const away = useIsAway();
  const wasAway = useRef(away);
  useEffect(() => {
    if (wasAway.current && !away) reload();
    wasAway.current = away;
  }, [away]);
  return (
    <Page title="This page does not work">
      <ErrorNotice error={error} what="The page could not be shown" {...(away ? {} : { onRetry: reload })} />
    </Page>
  );
}
