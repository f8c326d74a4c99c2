import { Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyIcon } from './copy-button.tsx';

/** What is known of one thing, name by name; what is false or null is left out. */
export const Facts = ({ label, facts }: { label: string; facts: (readonly [name: string, value: ReactNode] | null | false)[] }) => (
  <Table layout="fixed" aria-label={label} verticalSpacing={6}>
    <Table.Tbody>
      {facts
        .filter((fact) => fact !== null && fact !== false)
        .map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={140} fw={500} ta="left" style={{ verticalAlign: 'top' }}>
              {name}
            </Table.Th>
            <Table.Td className="break">{value}</Table.Td>
          </Table.Tr>
        ))}
    </Table.Tbody>
  </Table>
);

/** An id with a button that copies it. */
export const IdFact = ({ id, what }: { id: string; what: string }) => (
  <Group gap={4} wrap="nowrap" align="flex-start">
    <Text span size="sm" ff="monospace" className="break">
      {id}
    </Text>
    <CopyIcon text={id} what={what} />
  </Group>
);
