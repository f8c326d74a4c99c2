import { Button, Center, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { PagedList } from '../lib/pages.ts';
import { type Column, DataTable } from './data-table.tsx';
import { EmptyState } from './empty-state.tsx';
import { Loaded, SkeletonLines } from './loaded.tsx';

interface ListViewProps<T> {
  /** “API keys”. */
  label: string;
  /** Error title: “The keys could not be loaded”. */
  failed: string;
  columns: Column<T>[];
  list: PagedList<T>;
  rowKey: (row: T) => string;
  onRow?: (row: T) => void;
  /** Shown when the list is empty. */
  empty: ReactNode;
}

/**
 * A paged list with its loading, error and empty states. The API scans a bounded number of rows per
 * page, so an empty list with more pages offers to continue the search.
 */
export function ListView<T>({ label, failed, columns, list, rowKey, onRow, empty }: ListViewProps<T>) {
  return (
    <Loaded query={{ data: list.rows, error: list.error, refetch: list.refetch }} failed={failed} skeleton={<SkeletonLines count={8} />}>
      {(rows) =>
        rows.length === 0 && list.hasMore ? (
          <EmptyState
            title="No matches so far"
            action={
              <Button variant="default" loading={list.loadingMore} onClick={list.more}>
                Search older rows
              </Button>
            }
          >
            Only the newest rows were searched. Older ones may match.
          </EmptyState>
        ) : rows.length === 0 ? (
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
