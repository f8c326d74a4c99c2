import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { ProblemError } from '@api-factory/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RecordWrite } from './change.ts';
import { reserveKey, storeAnswer } from './idempotency-store.ts';

/**
 * `Idempotency-Key`: the same request sent twice has one effect and one answer.
 *
 * The answer to `POST /keys` holds a plaintext key, and plaintext keys are never stored. So the stored answer is encrypted
 * (AES-256-GCM) with a key derived from the operator's credential, which is not stored either: the row reveals nothing
 * without the request that made it. The client's key and the request's hash are stored as HMACs under the same secret. A
 * new operator credential therefore begins with an empty memory.
 *
 * The claim, the change and the stored answer are one transaction. A second request with the same key waits for the
 * first (unique index), then gets its answer; when the first failed, it runs by itself.
 */
export const IDEMPOTENT_HEADERS = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'for 24 hours, the same key and body get the same answer, with `Idempotent-Replayed: true`',
    }),
  ),
});

/** One named request. All fields are hex but `secret`, which is never stored. */
export interface IdempotentRequest {
  operator: string;
  key: string;
  requestHash: string;
  secret: Buffer;
}

export interface Once<T> {
  data: T;
  replayed: boolean;
}

/** What the request claims; null when it has no `Idempotency-Key`. `credential` is the operator's, as sent. */
export function readIdempotentRequest(request: FastifyRequest, operator: string, credential: string): IdempotentRequest | null {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return null;
  const secret = Buffer.from(hkdfSync('sha256', credential, 'api-factory idempotency', operator, 32));
  const mac = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  const path = request.url.split('?', 1)[0];
  return {
    operator,
    key: mac(`key\0${key}`),
    requestHash: mac(`${request.method}\0${path}\0${JSON.stringify(request.body ?? null)}`),
    secret,
  };
}

/**
 * Runs `work` once per claim, within the transaction of `write`; a repeated claim gets the first answer.
 * @throws ProblemError IDEMPOTENCY_MISMATCH when the claim's key came with another request before
 */
export async function once<T>(write: RecordWrite, claim: IdempotentRequest | null, work: () => Promise<T>): Promise<Once<T>> {
  if (claim === null) return { data: await work(), replayed: false };
  const earlier = await reserveKey(write.tx, claim, write.at);
  if (earlier !== null) {
    if (earlier.requestHash !== claim.requestHash) throw new ProblemError('IDEMPOTENCY_MISMATCH');
    return { data: open<T>(claim, earlier.sealed), replayed: true };
  }
  const data = await work();
  await storeAnswer(write.tx, claim, seal(claim, data, write.context.randomBytes(12)));
  return { data, replayed: false };
}

/** Marks the answer as new (201) or as one given before. */
export function created<T>(reply: FastifyReply, { data, replayed }: Once<T>): T {
  reply.code(201);
  if (replayed) reply.header('idempotent-replayed', 'true');
  return data;
}

function seal(claim: IdempotentRequest, data: unknown, iv: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', claim.secret, iv).setAAD(Buffer.from(claim.key + claim.requestHash));
  const text = Buffer.concat([cipher.update(JSON.stringify(data), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
}

function open<T>(claim: IdempotentRequest, sealed: string): T {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', claim.secret, bytes.subarray(0, 12)).setAAD(Buffer.from(claim.key + claim.requestHash));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')) as T;
}
