import type { Static, TSchema } from 'typebox';

/** A streamed result: the rows of a JSON array that may be larger than its input. */
export class JsonRows {
  readonly rows: AsyncIterable<string> | Iterable<string>;
  /** @param rows JSON text of one or more elements of `data`, separated by commas */
  constructor(rows: AsyncIterable<string> | Iterable<string>) {
    this.rows = rows;
  }
}

/** An action: its payload, its cost in units and its implementation. */
export interface Action {
  readonly name: string;
  readonly summary: string;
  /** JSON Schema of the payload. */
  readonly payload: TSchema;
  /** Units of quota, a whole number ≥ 0; known before the action runs. */
  readonly cost: number;
  /**
   * Takes more than a few milliseconds: runs on a worker thread, with a limit on how many of an
   * entitlement are in flight. Then the argument and the result of `run` are plain data.
   */
  readonly heavy: boolean;
  /**
   * Throws ProblemError for an invalid payload; any other error becomes a 500. Neither is charged.
   */
  readonly run: (payload: never) => unknown;
}

/** Ties the type of `run`'s argument to the payload's schema. */
export const defineAction = <S extends TSchema>(action: {
  name: string;
  summary: string;
  payload: S;
  cost: number;
  heavy?: true;
  run: (payload: Static<S>) => unknown;
}): Action => ({ heavy: false, ...action }) as unknown as Action;
