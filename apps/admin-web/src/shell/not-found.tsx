import { EmptyState } from '../ui/empty-state.tsx';
import { LinkButton } from '../ui/link.tsx';
import { Page } from '../ui/page.tsx';

/** There is no page at this address. */
export const NotFound = () => (
  <Page title="Page not found">
    <EmptyState title="There is no page at this address" action={<LinkButton to="/">Go to the overview</LinkButton>}>
      The link may be old, or a letter is missing.
    </EmptyState>
  </Page>
);
