import type { Static, TSchema } from 'typebox';

/** Text that is sent as it is made: the rows of a JSON array that may be larger than its input. */
export class JsonRows {
  readonly rows: AsyncIterable<string> | Iterable<string>;
  /** @param rows JSON texts, one per element of the array that `data` is */
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
  /** A throw of ProblemError is the caller's mistake and costs nothing; any other throw is a fault and costs nothing. */
  readonly run: (payload: never) => unknown;
}

/** Ties the type of `run`'s argument to the payload's schema. */
export const defineAction = <S extends TSchema>(action: {
  name: string;
  summary: string;
  payload: S;
  cost: number;
  run: (payload: Static<S>) => unknown;
}): Action => action as unknown as Action;
