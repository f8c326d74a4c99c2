/** The modules of the shipping thread. It does not load the rest of the gateway. */
export { Progress } from './spool/progress.ts';
export { Shipper } from './spool/shipper.ts';
