import { isApiError } from '@api-factory/sdk-ts';
import { pretty } from './draft.ts';
import { isObject } from './schema-fields.ts';

/** A call that was made from this page, with what came back. */
export interface Exchange {
  id: number;
  at: Date;
  action: string;
  /** The payload as it was sent. */
  json: string;
  keyName: string;
  /** null: no answer came. */
  status: number | null;
  ms: number;
  headers: [name: string, value: string][];
  body: AnswerBody | null;
  /** What was thrown; null when the call succeeded. */
  error: Error | null;
}

/** An answer’s body as it is shown. */
export interface AnswerBody {
  /** Indented, and not longer than a page can show. */
  text: string;
  /** Whether `text` is not all of it. */
  cut: boolean;
  /** A data: address, when the answer is a picture. */
  image: string | null;
}

/** More than anybody reads; a longer text makes the page slow. */
export const MOST_SHOWN = 200_000;
const MOST_KEPT = 20;

/** What an answer’s body looks like. */
export function bodyOf(body: unknown): AnswerBody {
  const text = typeof body === 'string' ? body : pretty(body);
  return { text: text.slice(0, MOST_SHOWN), cut: text.length > MOST_SHOWN, image: imageOf(body) };
}

/** The history after one more call: newest first, the oldest falls out. */
export const withExchange = (history: readonly Exchange[], exchange: Exchange): Exchange[] => [exchange, ...history].slice(0, MOST_KEPT);

/** What a failed call leaves: the answer’s own words where there was one. */
export const failureOf = (error: Error): Pick<Exchange, 'status' | 'headers' | 'body' | 'error'> =>
  isApiError(error)
    ? { status: error.status, headers: [...error.response.headers], body: bodyOf(error.body), error }
    : { status: null, headers: [], body: null, error };

/**
 * A picture in an answer, as an address for `<img>`: there, an SVG runs no script and loads nothing.
 */
function imageOf(body: unknown): string | null {
  const data = isObject(body) && isObject(body.data) ? body.data : {};
  if (data.contentType === 'image/svg+xml' && typeof data.svg === 'string')
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(data.svg.replace(/\p{Surrogate}/gu, '\uFFFD'))}`;
  if (data.contentType === 'image/png' && typeof data.png === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(data.png))
    return `data:image/png;base64,${data.png}`;
  return null;
}
