import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Repeats, ShippingJob } from '@api-factory/gateway';

/** The thread's module, and the clock of the thread that starts it. */
export interface ShippingThread {
  module: URL;
  /** Of `AnchoredClock`: both threads must agree on how long usage has been waiting. */
  clock: SharedArrayBuffer;
}

/** The thread's `workerData`. */
export interface ThreadData {
  url: string;
  clock: SharedArrayBuffer;
  job: ShippingJob;
}

/** Messages from the thread. */
export type ThreadMessage = { type: 'failed' | 'superseded'; message: string } | { type: 'quarantined' } | { type: 'rewound' };

export interface BackgroundOptions {
  /** Connection string of the database. */
  url: string;
  repeats: Repeats;
  onQuarantine: () => void;
  /**
   * The thread exited, or another start owns the spool: no usage is lost, but shipping has stopped.
   */
  onLost: (error: Error) => void;
}

/** Keeps the thread's heap small: it frees memory instead of growing with each batch. */
const LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 };

/**
 * Ships usage on a separate thread, so that reading and sending batches takes no time from calls.
 */
export function backgroundShipping({ module, clock }: ShippingThread, { url, repeats, onQuarantine, onLost }: BackgroundOptions) {
  return (job: ShippingJob, { onRewound }: { onRewound: () => void }): { stop(): Promise<void> } => {
    const workerData: ThreadData = { url, clock, job };
    const worker = new Worker(module, { workerData, resourceLimits: LIMITS });
    const onFailure = repeats.on('warn', 'could not ship usage; it stays in the spool, retrying');
    let stopping = false;
    worker.on('message', (message: ThreadMessage) => {
      if (message.type === 'quarantined') onQuarantine();
      else if (message.type === 'rewound') onRewound();
      else if (message.type === 'superseded') onLost(new Error(message.message));
      else onFailure(new Error(message.message));
    });
    worker.on('error', (error) => {
      if (!stopping) onLost(error);
    });
    return {
      stop: async () => {
        stopping = true;
        if (worker.threadId === -1) return;
        const exited = once(worker, 'exit');
        worker.postMessage('stop');
        await exited;
      },
    };
  };
}
