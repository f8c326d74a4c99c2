import type { Static, TSchema } from 'typebox';

/** Text that is sent as it is made: the rows of a JSON array that may be larger than its input. */
export class JsonRows {
  readonly rows: AsyncIterable<string> | Iterable<string>;
  /** @param rows JSON texts of one or more elements of the array that `data` is, separated by commas */
  constructor(rows: AsyncIterable<string> | Iterable<string>) {
    this.rows = rows;
  }
}

/** Something that the actions pack can do: what it takes, what it costs in units, and how it is done. */
export interface Action {
  readonly name: string;
  readonly summary: string;
  /** JSON Schema of the payload. */
  readonly payload: TSchema;
  /** Units of quota, a whole number ≥ 0; known before the action runs. */
  readonly cost: number;
  /**
   * It can take more than a few milliseconds: it runs on a thread of its own, and an entitlement has few of them in flight. Then
   * what `run` takes and gives is plain data.
   */
  readonly heavy: boolean;
  /** A throw of ProblemError is the caller's mistake and costs nothing; any other throw is a fault and costs nothing. */
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
