/** What a thread that only ships needs; the rest of the gateway, and its server, stay out of its memory. */
export { Progress } from './spool/progress.ts';
export { Shipper } from './spool/shipper.ts';
