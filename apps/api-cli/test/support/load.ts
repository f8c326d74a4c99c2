/** The outcomes of calls, as seen by the client. */
export interface Load {
  /** Request ids of completely received responses with status 200. */
  received: Set<string>;
  /** Request ids of calls in flight when the connection broke. */
  unanswered: Set<string>;
  /** The number of responses with each other status. */
  others: Map<number, number>;
  /** Stops all callers and waits for them to finish. */
  stop: () => Promise<void>;
}

let ids = 0;

/**
 * Calls `echo` from `callers` concurrent callers until stopped or, with `untilBroken`, until the
 * connection breaks.
 */
export function startLoad(address: string, key: string, { callers = 16, untilBroken = true } = {}): Load {
  const load = { received: new Set<string>(), unanswered: new Set<string>(), others: new Map<number, number>() };
  let stopped = false;
  const caller = async () => {
    while (!stopped) {
      const id = `load-${++ids}`;
      try {
        const answer = await fetch(`${address}/api/v1/actions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-request-id': id },
          body: '{"action":"echo","payload":{}}',
        });
        await answer.text();
        if (answer.status === 200) load.received.add(id);
        else load.others.set(answer.status, (load.others.get(answer.status) ?? 0) + 1);
      } catch {
        load.unanswered.add(id);
        if (untilBroken) return;
      }
    }
  };
  const running = Array.from({ length: callers }, caller);
  return {
    ...load,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
}
