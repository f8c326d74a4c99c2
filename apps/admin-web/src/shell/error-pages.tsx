import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorNotice } from '../ui/error-notice.tsx';
import { LinkButton } from '../ui/link.tsx';
import { Page } from '../ui/page.tsx';
import { useIsDown } from './connection.ts';

/** Shown when no page matches the URL. */
export const NotFound = () => (
  <Page title="Page not found">
    <EmptyState title="This page doesn’t exist" action={<LinkButton to="/">Go to Overview</LinkButton>}>
      The link may be outdated or incomplete.
    </EmptyState>
  </Page>
);

const reload = () => globalThis.location.reload();

/**
 * Shown when a page crashed or failed to load; the rest of the console still works. A reload fixes
 * outdated file names after a new build. While the server is down, a reload would lose the console,
 * so it is delayed.
 */
export function PageError({ error }: ErrorComponentProps) {
  const isDown = useIsDown();
  const wasDown = useRef(isDown);
  useEffect(() => {
    if (wasDown.current && !isDown) reload();
    wasDown.current = isDown;
  }, [isDown]);
  return (
    <Page title="Something went wrong">
      <ErrorNotice error={error} what="This page could not be shown" {...(isDown ? {} : { onRetry: reload })} />
    </Page>
  );
}
