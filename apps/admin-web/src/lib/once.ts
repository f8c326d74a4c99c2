import { useRef } from 'react';

/** How long a form takes to close after success. A click in that time is part of a double click. */
const CLOSING_MS = 1_000;

interface Mutation<V> {
  mutateAsync: (variables: V) => Promise<unknown>;
}

/**
 * Runs a task unless one is already running. React state would be updated too late to stop a double
 * click.
 * @param busy stays true while the task runs, and for `closingMs` after it succeeded
 */
export function onceAtATime(busy: { current: boolean }, task: () => Promise<unknown>, closingMs: number): void {
  if (busy.current) return;
  busy.current = true;
  const free = () => {
    busy.current = false;
  };
  task().then(() => (closingMs === 0 ? free() : void setTimeout(free, closingMs)), free);
}

/**
 * Runs a mutation once per double click. Errors stay in the mutation’s state.
 * @param closingMs 0 allows the next run right after success
 */
export function useOnce<V>(run: Mutation<V>, closingMs = CLOSING_MS): (variables: V) => void {
  const busy = useRef(false);
  return (variables) => onceAtATime(busy, () => run.mutateAsync(variables), closingMs);
}
