import type { Piece } from './chunk.ts';

const NOTHING: Piece = { events: [], streamEnds: [], refusals: [] };

/** Fields that are texts, by the kind of record; numbers are checked where a piece is stored. */
const EVENT_TEXTS = ['entitlementId', 'periodId', 'keyId', 'api', 'method', 'route', 'requestId'];
const REFUSAL_TEXTS = ['entitlementId', 'keyId', 'code'];

/** What a quarantined record is, as the piece that would store it; null when it is nothing that the product writes. */
export function quarantinedPiece(record: unknown): Piece | null {
  if (typeof record !== 'object' || record === null) return null;
  const fields = record as Record<string, unknown>;
  const hasTexts = (names: string[]) => names.every((name) => typeof fields[name] === 'string');
  if (hasTexts(EVENT_TEXTS) && (fields.consumerId === null || typeof fields.consumerId === 'string'))
    return { ...NOTHING, events: [fields as never] };
  if (hasTexts(REFUSAL_TEXTS)) return { ...NOTHING, refusals: [fields as never] };
  if (fields.outcome === 'complete' || fields.outcome === 'aborted') return { ...NOTHING, streamEnds: [fields as never] };
  return null;
}
