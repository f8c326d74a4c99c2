import { isApiError } from '@api-factory/sdk-ts';
import { pretty } from './draft.ts';
import { isObject } from './schema-fields.ts';

/** A call from this page and its response. */
export interface Exchange {
  id: number;
  at: Date;
  action: string;
  /** The payload as sent. */
  json: string;
  keyName: string;
  /** null: no response. */
  status: number | null;
  ms: number;
  headers: [name: string, value: string][];
  body: ResponseBody | null;
  /** null when the call succeeded. */
  error: Error | null;
}

export interface ResponseBody {
  /** Indented, at most `MOST_SHOWN` characters. */
  text: string;
  truncated: boolean;
  /** A data: URL; null when the response has no image. */
  image: string | null;
}

/** Longer texts make the page slow. */
export const MOST_SHOWN = 200_000;
const MOST_CALLS = 20;

export function bodyOf(body: unknown): ResponseBody {
  const text = typeof body === 'string' ? body : pretty(body);
  return { text: text.slice(0, MOST_SHOWN), truncated: text.length > MOST_SHOWN, image: imageOf(body) };
}

/** Adds a call to the history, which is newest first and has at most 20. */
export const withExchange = (history: readonly Exchange[], exchange: Exchange): Exchange[] => [exchange, ...history].slice(0, MOST_CALLS);

/** The result of a failed call, with the response if there was one. */
export const failureOf = (error: Error): Pick<Exchange, 'status' | 'headers' | 'body' | 'error'> =>
  isApiError(error)
    ? { status: error.status, headers: [...error.response.headers], body: bodyOf(error.body), error }
    : { status: null, headers: [], body: null, error };

/** The image of a response, for `<img>`, where an SVG can’t run scripts or load anything. */
function imageOf(body: unknown): string | null {
  const data = isObject(body) && isObject(body.data) ? body.data : {};
  if (data.contentType === 'image/svg+xml' && typeof data.svg === 'string')
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(data.svg.replace(/\p{Surrogate}/gu, '\uFFFD'))}`;
  if (data.contentType === 'image/png' && typeof data.png === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(data.png))
    return `data:image/png;base64,${data.png}`;
  return null;
}
