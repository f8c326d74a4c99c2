import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';

/** A list whose rows fill the width. */
export const Rows = ({ label, children }: { label: string; children: ReactNode }) => (
  <Stack component="ul" gap="sm" m={0} p={0} aria-label={label} style={{ listStyle: 'none' }}>
    {children}
  </Stack>
);
