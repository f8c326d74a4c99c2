/** What the shipping thread needs; the rest of the gateway is not loaded there. */
export { Progress } from './spool/progress.ts';
export { Shipper } from './spool/shipper.ts';
