import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  /** “No keys yet”. */
  title: string;
  /** The next step. */
  children?: ReactNode;
  /** A button or link that takes it. */
  action?: ReactNode;
}

/** Nothing to show, and what to do about it. */
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
