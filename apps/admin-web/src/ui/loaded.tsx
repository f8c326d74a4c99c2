import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ReadState } from '../lib/read-state.ts';
import { ErrorNotice } from './error-notice.tsx';

interface LoadedProps<T> {
  query: ReadState<T>;
  /** Error title: “The keys could not be loaded”. */
  failed: string;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/**
 * The states of a query: a skeleton, an error with a retry button, or the data. When a refresh
 * fails, the data stays below the error.
 */
export function Loaded<T>({ query, failed, skeleton, children }: LoadedProps<T>) {
  const { data, error, refetch } = query;
  const notice = error && <ErrorNotice error={error} what={failed} onRetry={() => void refetch()} />;
  if (data === undefined) return notice ?? skeleton ?? <SkeletonLines />;
  return (
    <>
      {notice}
      {children(data)}
    </>
  );
}

export const SkeletonLines = ({ count = 4 }: { count?: number }) => (
  <Stack gap="sm" aria-hidden data-testid="skeleton">
    {Array.from({ length: count }, (_, line) => `line-${line}`).map((key) => (
      <Skeleton key={key} height={18} radius="sm" />
    ))}
  </Stack>
);
