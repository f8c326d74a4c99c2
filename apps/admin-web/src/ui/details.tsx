import { Drawer, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ReadState } from '../lib/read-state.ts';
import { EmptyState } from './empty-state.tsx';
import { Loaded } from './loaded.tsx';

interface DetailsProps<T> {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** null: not found. */
  row: ReadState<T | null>;
  failed: string;
  /** Shown when the row is not found: the likely cause, and what to do. */
  missing: ReactNode;
  children: (row: T) => ReactNode;
}

/** A drawer with the details of one row of a list. */
export function Details<T>({ opened, onClose, title, row, failed, missing, children }: DetailsProps<T>) {
  return (
    <Drawer opened={opened} onClose={onClose} title={title} position="right" size="lg">
      <Stack>
        <Loaded query={row} failed={failed}>
          {(found) => (found === null ? <EmptyState title="Not found">{missing}</EmptyState> : children(found))}
        </Loaded>
      </Stack>
    </Drawer>
  );
}
