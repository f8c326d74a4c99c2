import { useRef } from 'react';

/** As long as a form takes to close once its deed is done: a second click in that time is the rest of a double click. */
const CLOSING_MS = 1_000;

interface Mutation<V> {
  mutateAsync: (variables: V) => Promise<unknown>;
}

/**
 * Begins a deed unless one is under way. What is drawn knows that only after the next render, too late for a double click.
 * @param busy stays true while the deed runs, and `closingMs` longer when it succeeded
 */
export function onceAtATime(busy: { current: boolean }, deed: () => Promise<unknown>, closingMs: number): void {
  if (busy.current) return;
  busy.current = true;
  const free = () => {
    busy.current = false;
  };
  deed().then(() => (closingMs === 0 ? free() : void setTimeout(free, closingMs)), free);
}

/** A mutation that a double click begins once. Its failure is in the mutation, as ever. @param closingMs 0: may begin again at once */
export function useOnce<V>(run: Mutation<V>, closingMs = CLOSING_MS): (variables: V) => void {
  const busy = useRef(false);
  return (variables) => onceAtATime(busy, () => run.mutateAsync(variables), closingMs);
}
