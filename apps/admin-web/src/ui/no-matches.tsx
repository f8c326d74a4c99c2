import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { EmptyState } from './empty-state.tsx';

interface NoMatchesProps {
  /** “No key for these filters”. */
  title: string;
  /** On the button: “Clear filters”. */
  verb?: string;
  onClear: () => void;
  children?: ReactNode;
}

/** A list is empty because of what was asked for: a button asks for all of it. */
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
