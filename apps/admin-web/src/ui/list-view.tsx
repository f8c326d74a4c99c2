import { Button, Center, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { PagedList } from '../lib/pages.ts';
import { type Column, DataTable } from './data-table.tsx';
import { EmptyState } from './empty-state.tsx';
import { Loaded, SkeletonLines } from './loaded.tsx';

interface ListViewProps<T> {
  /** What is listed: “API keys”. */
  label: string;
  /** Says what failed: “The keys could not be read”. */
  failed: string;
  columns: Column<T>[];
  list: PagedList<T>;
  rowKey: (row: T) => string;
  onRow?: (row: T) => void;
  /** Shown when there is nothing. */
  empty: ReactNode;
}

/**
 * A list of the API with its states: a skeleton, an error, nothing, nothing so far, or a table with more to load. Nothing so far:
 * the API looks through a bounded number of rows at a time, and more may be found further on.
 */
export function ListView<T>({ label, failed, columns, list, rowKey, onRow, empty }: ListViewProps<T>) {
  return (
    <Loaded query={{ data: list.rows, error: list.error, refetch: list.refetch }} failed={failed} skeleton={<SkeletonLines count={8} />}>
      {(rows) =>
        rows.length === 0 && list.hasMore ? (
          <EmptyState
            title="Nothing found so far"
            action={
              <Button variant="default" loading={list.loadingMore} onClick={list.more}>
                Search further back
              </Button>
            }
          >
            The newest rows were searched. Older ones may match.
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
