import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorNotice } from '../ui/error-notice.tsx';
import { Page } from '../ui/page.tsx';

/** A page broke or could not be loaded; the rest of the console goes on. A new build has other file names: loading the page anew mends that. */
export const PageFault = ({ error }: ErrorComponentProps) => (
  <Page title="This page does not work">
    <ErrorNotice error={error} what="The page could not be shown" onRetry={() => globalThis.location.reload()} />
  </Page>
);
