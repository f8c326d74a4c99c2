import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface SectionProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A card with a heading. */
export const Section = ({ title, actions, children }: SectionProps) => (
  <Paper withBorder p="md" component="section" aria-label={title}>
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  </Paper>
);

interface SectionGroupProps {
  title: string;
  description: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A group of cards with a heading and a description. */
export const SectionGroup = ({ title, description, actions, children }: SectionGroupProps) => (
  <Stack gap="md" component="section" aria-label={title}>
    <Group justify="space-between" align="flex-end" gap="sm">
      <div className="page-title">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text size="sm" c="dimmed" component="div">
          {description}
        </Text>
      </div>
      {actions}
    </Group>
    {children}
  </Stack>
);

/** A list whose rows fill the width of a section. */
export const Rows = ({ label, children }: { label: string; children: ReactNode }) => (
  <Stack component="ul" gap="sm" m={0} p={0} aria-label={label} style={{ listStyle: 'none' }}>
    {children}
  </Stack>
);
