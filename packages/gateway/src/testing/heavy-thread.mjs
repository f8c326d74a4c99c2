import { register } from 'tsx/esm/api';

/** Loads heavy-thread.ts on a worker thread. Node 20 needs a loader for TypeScript. */
register();
await import('./heavy-thread.ts');
