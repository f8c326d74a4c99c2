import { crc32 } from 'node:zlib';
import type { RefusalCount, StreamEnd, UsageEvent } from '@api-factory/core';
import { readStrings, strings, writeString } from './strings.ts';

/**
 * The binary format of the spool. A record is `length u32 · CRC-32 u32 · body`, little endian. A
 * body starts with the format version that introduced the record's type, then the type. Strings are
 * UTF-8 with a u16 length prefix.
 */
export const FORMAT_VERSION = 2;
export const FRAME_BYTES = 8;
/**
 * Maximum length of a body. A larger length on disk is damage; a longer record is refused when
 * appended.
 */
export const MAX_BODY_BYTES = 16_384;

const EVENT = 1;
const STREAM_END = 2;
const REFUSALS = 3;
/** The first record of every write: how far the spool was synced before it. */
const SYNC_MARK = 4;
/** An event with a streamed response; a `STREAM_END` completes it. */
const STREAM_EVENT = 5;
/** The format version that introduced each type. */
const SINCE = [0, 1, 1, 1, 2, 2] as const;

export const SYNC_MARK_BYTES = FRAME_BYTES + 10;
/** version, type, status, epoch, sequence, time, cost, request bytes, response bytes, duration. */
const EVENT_FIXED_BYTES = 1 + 1 + 2 + 4 + 8 * 6;

export type SpoolRecord =
  | { type: 'event'; event: UsageEvent }
  | { type: 'streamEnd'; end: StreamEnd }
  | { type: 'refusals'; refusals: RefusalCount }
  | { type: 'syncMark'; syncedTo: number };

/** Encodes entitlement, key and consumer, once per key. */
export const encodeIdentity = (entitlementId: string, keyId: string, consumerId: string | null): Buffer =>
  strings(entitlementId, keyId, consumerId ?? '');

/** Encodes api, method and route template, once per route. */
export const encodeTarget = (api: string, method: string, route: string): Buffer => strings(api, method, route);

/** The fields of an event. `identity` and `target` are encoded in advance. */
export interface EventParts {
  identity: Buffer;
  target: Buffer;
  periodId: string;
  requestId: string;
  status: number;
  epoch: number;
  sequence: number;
  ts: number;
  cost: number;
  requestBytes: number;
  responseBytes: number;
  durationMs: number;
  /** The response is a stream, whose end is recorded later. */
  streamed?: boolean;
}

/** Upper bound of the length of an event's frame. */
export const eventBytes = (parts: EventParts): number => fixedBytes(parts) + (parts.periodId.length + parts.requestId.length) * 3;

/** The exact length of an event's body. Slower than `eventBytes`. */
export const eventBodyBytes = (parts: EventParts): number =>
  fixedBytes(parts) - FRAME_BYTES + Buffer.byteLength(parts.periodId) + Buffer.byteLength(parts.requestId);

const fixedBytes = ({ identity, target }: EventParts): number => FRAME_BYTES + EVENT_FIXED_BYTES + identity.length + target.length + 4;

/**
 * Writes a frame at `at` and returns the offset after it. The buffer has room for
 * `eventBytes(parts)`.
 */
export function writeEvent(buffer: Buffer, at: number, parts: EventParts): number {
  let to = at + FRAME_BYTES;
  const type = parts.streamed ? STREAM_EVENT : EVENT;
  buffer[to] = SINCE[type];
  buffer[to + 1] = type;
  buffer.writeUInt16LE(parts.status, to + 2);
  buffer.writeUInt32LE(parts.epoch, to + 4);
  buffer.writeDoubleLE(parts.sequence, to + 8);
  buffer.writeDoubleLE(parts.ts, to + 16);
  buffer.writeDoubleLE(parts.cost, to + 24);
  buffer.writeDoubleLE(parts.requestBytes, to + 32);
  buffer.writeDoubleLE(parts.responseBytes, to + 40);
  buffer.writeDoubleLE(parts.durationMs, to + 48);
  to += EVENT_FIXED_BYTES;
  to += parts.identity.copy(buffer, to);
  to += parts.target.copy(buffer, to);
  to = writeString(buffer, to, parts.periodId);
  to = writeString(buffer, to, parts.requestId);
  return sealFrame(buffer, at, to);
}

/** Writes a sync mark, which is `SYNC_MARK_BYTES` long, at `at`. */
export function writeSyncMark(buffer: Buffer, at: number, syncedTo: number): void {
  buffer[at + FRAME_BYTES] = SINCE[SYNC_MARK];
  buffer[at + FRAME_BYTES + 1] = SYNC_MARK;
  buffer.writeDoubleLE(syncedTo, at + FRAME_BYTES + 2);
  sealFrame(buffer, at, at + SYNC_MARK_BYTES);
}

/** A complete frame. Ends of streams are rare enough to allocate a buffer. */
export function encodeStreamEnd(end: StreamEnd): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES + 40);
  frame[8] = SINCE[STREAM_END];
  frame[9] = STREAM_END;
  frame[10] = end.outcome === 'complete' ? 1 : 0;
  frame.writeUInt32LE(end.epoch, 12);
  frame.writeDoubleLE(end.sequence, 16);
  frame.writeDoubleLE(end.ts, 24);
  frame.writeDoubleLE(end.responseBytes, 32);
  frame.writeDoubleLE(end.durationMs, 40);
  sealFrame(frame, 0, frame.length);
  return frame;
}

/** A complete frame: the refused calls of one key, code and minute. */
export function encodeRefusals(refusals: RefusalCount): Buffer {
  const text = strings(refusals.entitlementId, refusals.keyId, refusals.code);
  const frame = Buffer.alloc(FRAME_BYTES + 18 + text.length);
  frame[8] = SINCE[REFUSALS];
  frame[9] = REFUSALS;
  frame.writeDoubleLE(refusals.minute, 10);
  frame.writeDoubleLE(refusals.count, 18);
  text.copy(frame, 26);
  sealFrame(frame, 0, frame.length);
  return frame;
}

/** The length of the frame at `at`; 0 unless it is complete and has a correct checksum. */
export function frameLength(bytes: Buffer, at: number): number {
  if (at + FRAME_BYTES > bytes.length) return 0;
  const length = bytes.readUInt32LE(at);
  if (length < 2 || length > MAX_BODY_BYTES || at + FRAME_BYTES + length > bytes.length) return 0;
  const body = bytes.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  return crc32(body) === bytes.readUInt32LE(at + 4) ? FRAME_BYTES + length : 0;
}

/** Decodes the body of a valid frame. @throws RangeError for an unknown version or type */
export function decodeFrame(bytes: Buffer, at: number): SpoolRecord {
  const body = at + FRAME_BYTES;
  const version = bytes[body] as number;
  if (version > FORMAT_VERSION)
    throw new RangeError(`spool record of format ${version}; this version reads up to format ${FORMAT_VERSION}`);
  switch (bytes[body + 1]) {
    case EVENT:
      return { type: 'event', event: decodeEvent(bytes, body) };
    case STREAM_EVENT:
      return { type: 'event', event: { ...decodeEvent(bytes, body), streamed: true } };
    case SYNC_MARK:
      return { type: 'syncMark', syncedTo: bytes.readDoubleLE(body + 2) };
    case STREAM_END:
      return { type: 'streamEnd', end: decodeStreamEnd(bytes, body) };
    case REFUSALS:
      return { type: 'refusals', refusals: decodeRefusals(bytes, body) };
    default:
      throw new RangeError(`spool record of unknown type ${bytes[body + 1]}`);
  }
}

/**
 * The epoch of a valid frame, without decoding the rest; 0 for records without one and unknown
 * records.
 */
export function epochOf(bytes: Buffer, at: number): number {
  const body = at + FRAME_BYTES;
  if ((bytes[body] as number) > FORMAT_VERSION) return 0;
  const type = bytes[body + 1];
  return type === EVENT || type === STREAM_EVENT || type === STREAM_END ? bytes.readUInt32LE(body + 4) : 0;
}

/** The synced offset of a sync mark; 0 for every other record. */
export function syncedToOf(bytes: Buffer, at: number): number {
  return bytes[at + FRAME_BYTES + 1] === SYNC_MARK ? bytes.readDoubleLE(at + FRAME_BYTES + 2) : 0;
}

function decodeEvent(bytes: Buffer, body: number): UsageEvent {
  const [entitlementId, keyId, consumerId, api, method, route, periodId, requestId] = readStrings(bytes, body + EVENT_FIXED_BYTES, 8);
  return {
    epoch: bytes.readUInt32LE(body + 4),
    sequence: bytes.readDoubleLE(body + 8),
    ts: bytes.readDoubleLE(body + 16),
    entitlementId: entitlementId as string,
    periodId: periodId as string,
    keyId: keyId as string,
    consumerId: consumerId || null,
    api: api as string,
    method: method as string,
    route: route as string,
    status: bytes.readUInt16LE(body + 2),
    cost: bytes.readDoubleLE(body + 24),
    requestBytes: bytes.readDoubleLE(body + 32),
    responseBytes: bytes.readDoubleLE(body + 40),
    durationMs: bytes.readDoubleLE(body + 48),
    requestId: requestId as string,
  };
}

const decodeStreamEnd = (bytes: Buffer, body: number): StreamEnd => ({
  epoch: bytes.readUInt32LE(body + 4),
  sequence: bytes.readDoubleLE(body + 8),
  ts: bytes.readDoubleLE(body + 16),
  responseBytes: bytes.readDoubleLE(body + 24),
  durationMs: bytes.readDoubleLE(body + 32),
  outcome: bytes[body + 2] === 1 ? 'complete' : 'aborted',
});

function decodeRefusals(bytes: Buffer, body: number): RefusalCount {
  const [entitlementId, keyId, code] = readStrings(bytes, body + 18, 3);
  return {
    minute: bytes.readDoubleLE(body + 2),
    count: bytes.readDoubleLE(body + 10),
    entitlementId: entitlementId as string,
    keyId: keyId as string,
    code: code as string,
  };
}

function sealFrame(buffer: Buffer, at: number, to: number): number {
  const body = at + FRAME_BYTES;
  buffer.writeUInt32LE(to - body, at);
  buffer.writeUInt32LE(crc32(buffer.subarray(body, to)), at + 4);
  return to;
}
