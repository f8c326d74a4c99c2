import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { ProblemError } from '@api-factory/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RecordWrite } from './change.ts';
import { reserveKey, storeAnswer } from './idempotency-store.ts';

/**
 * `Idempotency-Key`: the same request sent twice has one effect and one response.
 *
 * The response of `POST /keys` contains a plaintext key, which is never stored. So the stored
 * response is encrypted (AES-256-GCM) with a key derived from the operator’s credential, which is
 * not stored either: the row reveals nothing without the request that created it. The client’s key
 * and the hash of the request are stored as HMACs under the same secret. A new operator credential
 * therefore starts without stored responses.
 *
 * Reservation, change and stored response are one transaction. A second request with the same key
 * waits for the first (unique index), then gets its response; if the first failed, the second one
 * executes.
 */
export const IDEMPOTENT_HEADERS = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'for 24 hours, the same key and body get the same response, with `Idempotent-Replayed: true`',
    }),
  ),
});

/**
 * A request with an `Idempotency-Key`. All fields are hex except `secret`, which is never stored.
 */
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

/** null without the header. `credential` is the operator’s, as sent. */
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
 * Runs `work` once per request, within the transaction of `write`; a repeated request gets the
 * first response.
 * @throws ProblemError IDEMPOTENCY_MISMATCH when the key was used with another request
 */
export async function once<T>(write: RecordWrite, request: IdempotentRequest | null, work: () => Promise<T>): Promise<Once<T>> {
  if (request === null) return { data: await work(), replayed: false };
  const earlier = await reserveKey(write.tx, request, write.at);
  if (earlier !== null) {
    if (earlier.requestHash !== request.requestHash) throw new ProblemError('IDEMPOTENCY_MISMATCH');
    return { data: decrypt<T>(request, earlier.encrypted), replayed: true };
  }
  const data = await work();
  await storeAnswer(write.tx, request, encrypt(request, data, write.context.randomBytes(12)));
  return { data, replayed: false };
}

/** Sets the status to 201 and marks a replayed response. */
export function created<T>(reply: FastifyReply, { data, replayed }: Once<T>): T {
  reply.code(201);
  if (replayed) reply.header('idempotent-replayed', 'true');
  return data;
}

function encrypt(request: IdempotentRequest, data: unknown, iv: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', request.secret, iv).setAAD(Buffer.from(request.key + request.requestHash));
  const text = Buffer.concat([cipher.update(JSON.stringify(data), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
}

function decrypt<T>(request: IdempotentRequest, sealed: string): T {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', request.secret, bytes.subarray(0, 12)).setAAD(
    Buffer.from(request.key + request.requestHash),
  );
  decipher.setAuthTag(bytes.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')) as T;
}
