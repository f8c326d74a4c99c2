export type { Exchange } from './api/server.ts';
export type { Controls, DeliverNow, DeliverySettings, PayOutcome } from './controls-types.ts';
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';
