import { Box, ScrollArea, Table } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  align?: 'left' | 'right';
  /** Hidden on narrow screens. */
  wide?: boolean;
}

interface DataTableProps<T> {
  /** Accessible name of the table. */
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  /**
   * Click handler for the row. For keyboard users, a cell needs a link or button that does the
   * same.
   */
  onRow?: (row: T) => void;
}

const ROW_PX = 45;
const OVERSCAN = 12;

/** A virtualized table: only the visible rows are in the DOM. */
export function DataTable<T>({ label, columns, rows, rowKey, onRow }: DataTableProps<T>) {
  const viewport = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const shown = virtual.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <Box className="table-frame">
      <ScrollArea.Autosize
        mah="70dvh"
        viewportRef={viewport}
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}
        type="auto"
      >
        <Table stickyHeader highlightOnHover={onRow !== undefined} aria-label={label} aria-rowcount={rows.length + 1} verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th key={column.key} ta={column.align ?? 'left'} className={column.wide ? 'wide' : ''} scope="col">
                  {column.title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Gap height={above} columns={columns.length} />
            {shown.map(({ index, key }) => (
              <Row key={key} index={index} row={rows[index] as T} {...{ columns, rowKey, onRow, measure: virtual.measureElement }} />
            ))}
            <Gap height={below} columns={columns.length} />
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Box>
  );
}

/** Fills the space of the rows that are not rendered. */
const Gap = ({ height, columns }: { height: number; columns: number }) =>
  height > 0 ? (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  ) : null;

interface RowProps<T> extends Pick<DataTableProps<T>, 'columns' | 'rowKey'> {
  index: number;
  row: T;
  onRow: ((row: T) => void) | undefined;
  measure: (element: Element | null) => void;
}

function Row<T>({ index, row, columns, rowKey, onRow, measure }: RowProps<T>) {
  return (
    <Table.Tr
      ref={measure}
      data-index={index}
      data-row={rowKey(row)}
      aria-rowindex={index + 2}
      {...(onRow && { className: 'row-opens', onClick: (event: React.MouseEvent) => opensRow(event) && onRow(row) })}
    >
      {columns.map((column) => (
        <Table.Td key={column.key} ta={column.align ?? 'left'} className={column.wide ? 'wide' : ''}>
          {column.cell(row)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** Ignores clicks on controls within the row, and text selection. */
const opensRow = ({ target }: React.MouseEvent): boolean =>
  !(target as Element).closest('a, button, input, label') && String(globalThis.getSelection()) === '';
