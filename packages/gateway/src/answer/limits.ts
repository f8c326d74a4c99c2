import { quotaRemaining, rateRemaining, rateResetMs } from '@api-factory/core';
import type { FastifyReply } from 'fastify';
import type { GatewayEntitlement } from '../snapshot/snapshot.ts';

/**
 * Sets the RateLimit fields (draft-ietf-httpapi-ratelimit-headers-11, RFC 9651) and, for the limit
 * with fewer units left, the X-RateLimit fields. Seconds are rounded up. A quota whose period is
 * not known yet appears in the policy only.
 */
export function writeLimits(reply: FastifyReply, entitlement: GatewayEntitlement, nowMs: number): void {
  const { plan, rate, quota } = entitlement;
  if (plan.policy === '') return;
  reply.header('ratelimit-policy', plan.policy);
  const quotaLeft = plan.quotaLimit !== null && nowMs < quota.endsAt && Number.isFinite(quota.unleased) ? quotaRemaining(quota) : null;
  const quotaReset = Math.ceil((quota.endsAt - nowMs) / 1000);
  if (plan.rateLimit === null) {
    if (quotaLeft === null) return;
    reply.header('ratelimit', `"quota";r=${quotaLeft};t=${quotaReset}`);
    writeClassic(reply, plan.quotaLimit as number, quotaLeft, quotaReset);
    return;
  }
  const rateLeft = rateRemaining(rate, plan.rateLimit, plan.rateWindowMs, nowMs);
  const rateReset = Math.ceil(rateResetMs(rate, plan.rateWindowMs, nowMs) / 1000);
  if (quotaLeft === null) {
    reply.header('ratelimit', `"rate";r=${rateLeft};t=${rateReset}`);
    writeClassic(reply, plan.rateLimit, rateLeft, rateReset);
    return;
  }
  reply.header('ratelimit', `"rate";r=${rateLeft};t=${rateReset}, "quota";r=${quotaLeft};t=${quotaReset}`);
  if (quotaLeft < rateLeft) writeClassic(reply, plan.quotaLimit as number, quotaLeft, quotaReset);
  else writeClassic(reply, plan.rateLimit, rateLeft, rateReset);
}

function writeClassic(reply: FastifyReply, limit: number, remaining: number, reset: number): void {
  reply.header('x-ratelimit-limit', limit);
  reply.header('x-ratelimit-remaining', remaining);
  reply.header('x-ratelimit-reset', reset);
}
