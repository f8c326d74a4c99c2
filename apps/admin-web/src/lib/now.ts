import { useEffect, useState } from 'react';

const SECOND_MS = 1_000;

/** The time in epoch ms, every second. What uses it is drawn anew each second, so it belongs into small parts. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
