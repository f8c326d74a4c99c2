import { Paper, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface FigureProps {
  label: string;
  /** undefined while loading. */
  value: ReactNode | undefined;
  note?: ReactNode;
}

/** A labelled number. */
export const Figure = ({ label, value, note }: FigureProps) => (
  <Paper withBorder p="md">
    <Text size="sm" c="dimmed">
      {label}
    </Text>
    {value === undefined ? (
      <Skeleton height={28} mt={4} width="60%" />
    ) : (
      <Text fz={24} fw={600} className="figure">
        {value}
      </Text>
    )}
    {note && (
      <Text size="sm" c="dimmed" component="div">
        {note}
      </Text>
    )}
  </Paper>
);
