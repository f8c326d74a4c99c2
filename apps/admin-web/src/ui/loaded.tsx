import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ReadState } from '../lib/read-state.ts';
import { ErrorNotice } from './error-notice.tsx';

interface LoadedProps<T> {
  query: ReadState<T>;
  /** What is read, for the error: “The keys could not be read”. */
  failed: string;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/**
 * One place for the three states of something that is read: a skeleton until it is there, what failed with a way to try again, or the data.
 * Data that is there stays when a refresh fails; the notice stands above it.
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

/** A skeleton of `count` lines. */
export const SkeletonLines = ({ count = 4 }: { count?: number }) => (
  <Stack gap="sm" aria-hidden data-testid="skeleton">
    {Array.from({ length: count }, (_, line) => `line-${line}`).map((key) => (
      <Skeleton key={key} height={18} radius="sm" />
    ))}
  </Stack>
);
