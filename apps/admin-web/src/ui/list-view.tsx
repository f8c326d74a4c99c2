import { Button, Center, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Pages } from '../lib/pages.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Lines, Loaded } from './loaded.tsx';

interface ListViewProps<T> {
  /** What is listed: “API keys”. */
  label: string;
  /** Says what failed: “The keys could not be read”. */
  failed: string;
  columns: Column<T>[];
  list: Pages<T>;
  rowKey: (row: T) => string;
  onRow?: (row: T) => void;
  /** Shown when there is nothing. */
  empty: ReactNode;
}

/** A list of the API with its four states: a skeleton, an error, nothing, or a table with more to load. */
export function ListView<T>({ label, failed, columns, list, rowKey, onRow, empty }: ListViewProps<T>) {
  return (
    <Loaded query={{ data: list.rows, error: list.error, refetch: list.refetch }} failed={failed} skeleton={<Lines count={8} />}>
      {(rows) =>
        rows.length === 0 ? (
          empty
        ) : (
          <Stack gap="xs">
            <DataTable {...{ label, columns, rows, rowKey }} {...(onRow ? { onRow } : {})} />
            {list.hasMore && (
              <Center>
                <Button variant="default" loading={list.loadingMore} onClick={list.more}>
                  Load more
                </Button>
              </Center>
            )}
          </Stack>
        )
      }
    </Loaded>
  );
}
