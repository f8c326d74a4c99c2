import { Type } from 'typebox';
import { defineAction } from './action.ts';

/** Returns the payload. For testing a key, a header or a retry. */
export const echo = defineAction({
  name: 'echo',
  summary: 'Returns the payload',
  payload: Type.Record(Type.String(), Type.Unknown(), { description: 'Any object' }),
  cost: 1,
  run: (payload) => payload,
});
