/** What a thread that only ships needs; the operator API and its server stay out of its memory. */
export { Connections } from './store/connections.ts';
export { openDatabase } from './store/database.ts';
export { createUsageSink } from './usage/ingest/sink.ts';
