import { useRef } from 'react';

/**
 * One `Idempotency-Key` for as long as the request stays the same: asking again after an answer that did not come gets the key that was
 * made, not a second one.
 */
export function useIdempotencyKey(): (request: unknown) => string {
  const last = useRef<{ request: string; key: string } | null>(null);
  return (request) => {
    const text = JSON.stringify(request);
    if (last.current?.request !== text) last.current = { request: text, key: randomKey() };
    return last.current.key;
  };
}

/** Not `randomUUID`: browsers have it only over https. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
