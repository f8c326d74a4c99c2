/** Entry point of the shipping thread, without the operator API and its server, to save memory. */
export { Connections } from './store/connections.ts';
export { openDatabase } from './store/database.ts';
export { createUsageSink } from './usage/ingest/sink.ts';
