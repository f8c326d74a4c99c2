import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { EmptyState } from './empty-state.tsx';

interface NoMatchesProps {
  /** “No keys match these filters”. */
  title: string;
  /** Label of the button: “Clear filters”. */
  verb?: string;
  onClear: () => void;
  children?: ReactNode;
}

/** Empty state of a filtered list, with a button that clears the filters. */
export const NoMatches = ({ title, verb = 'Clear filters', onClear, children }: NoMatchesProps) => (
  <EmptyState
    title={title}
    action={
      <Button variant="default" onClick={onClear}>
        {verb}
      </Button>
    }
  >
    {children}
  </EmptyState>
);
