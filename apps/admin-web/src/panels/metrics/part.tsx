import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface PartProps {
  title: string;
  /** Where its numbers come from. */
  source: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A half of the page: what is measured now, or what was stored. */
export const Part = ({ title, source, actions, children }: PartProps) => (
  <Stack gap="md" component="section" aria-label={title}>
    <Group justify="space-between" align="flex-end" gap="sm">
      <div className="page-title">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text size="sm" c="dimmed" component="div">
          {source}
        </Text>
      </div>
      {actions}
    </Group>
    {children}
  </Stack>
);
