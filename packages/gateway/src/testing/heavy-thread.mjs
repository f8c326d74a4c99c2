import { register } from 'tsx/esm/api';

/** Starts heavy-thread.ts on a thread of Node 20, which reads no TypeScript by itself. */
register();
await import('./heavy-thread.ts');
