import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  /** “No keys yet”. */
  title: string;
  /** What appears here, and how. */
  children?: ReactNode;
  /** A button or link for the next step. */
  action?: ReactNode;
}

/** Shown in place of an empty list. */
export const EmptyState = ({ title, children, action }: EmptyStateProps) => (
  <Stack align="center" gap="xs" py="xl" px="md" ta="center">
    <Text fw={600}>{title}</Text>
    {children && (
      <Text size="sm" c="dimmed" maw={420} component="div">
        {children}
      </Text>
    )}
    {action}
  </Stack>
);
