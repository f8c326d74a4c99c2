import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Connections, createUsageSink, openDatabase } from '@api-factory/control/shipping';
import { Progress, Shipper } from '@api-factory/gateway/shipping';
import { sharedClock } from '../clock/anchored-clock.ts';
import type { ThreadData, ThreadMessage } from './background-shipping.ts';

/** The shipping thread. On any message it stops after the current batch. */
const { url, clock, job } = workerData as ThreadData;
// On Linux priority is per thread: on a busy machine calls come first and the spool waits on disk.
// Elsewhere this would slow the whole process.
if (process.platform === 'linux') setPriority(0, 10);
const post = (message: ThreadMessage): void => parentPort?.postMessage(message);
const progress = new Progress(job.progress);
const connections = new Connections();
const db = openDatabase(url, { max: 1, purpose: 'shipping', connections });
const sink = createUsageSink(db, {
  gatewayId: job.gatewayId,
  start: job.start,
  onQuarantine: () => post({ type: 'quarantined' }),
  onSuperseded: ({ message }) => post({ type: 'superseded', message }),
});
const shipper = new Shipper({
  spool: {
    dir: job.dir,
    get end() {
      return progress.end;
    },
    get openBase() {
      return progress.openBase;
    },
  },
  sink,
  clock: sharedClock(clock),
  progress,
  onError: (error) => post({ type: 'failed', message: error.message }),
  onRewound: () => post({ type: 'rewound' }),
});

parentPort?.once('message', async () => {
  connections.hurry();
  await shipper.halt();
  await db.destroy();
  await connections.settled();
});
shipper.start();
