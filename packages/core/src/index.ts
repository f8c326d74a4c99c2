export * from './codes.ts';
export * from './guard/admit.ts';
export * from './guard/charge.ts';
export * from './guard/model.ts';
export * from './guard/quota.ts';
export * from './guard/rate.ts';
export * from './key.ts';
export * from './problem.ts';
