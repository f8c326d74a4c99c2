import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** Names and values, one under the other. */
export const Facts = ({ label, facts }: { label: string; facts: [name: string, value: ReactNode][] }) => (
  <Table aria-label={label} variant="vertical" layout="auto" withRowBorders={false} verticalSpacing={6}>
    <Table.Tbody>
      {facts.map(([name, value]) => (
        <Table.Tr key={name}>
          <Table.Th scope="row" w="38%">
            {name}
          </Table.Th>
          <Table.Td className="break">{value}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
);
