import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** A name and a value; null and false are skipped. */
export type Fact = readonly [name: string, value: ReactNode] | null | false;

interface FactsProps {
  label: string;
  facts: readonly Fact[];
  /** Of the column of names: pixels, or a CSS width. */
  nameWidth?: number | string;
}

/** A table of names and values. */
export const Facts = ({ label, facts, nameWidth = 140 }: FactsProps) => (
  <Table layout="fixed" aria-label={label} verticalSpacing={6}>
    <Table.Tbody>
      {facts
        .filter((fact) => fact !== null && fact !== false)
        .map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={nameWidth} className="break" fw={500} ta="left" style={{ verticalAlign: 'top' }}>
              {name}
            </Table.Th>
            <Table.Td className="break">{value}</Table.Td>
          </Table.Tr>
        ))}
    </Table.Tbody>
  </Table>
);
