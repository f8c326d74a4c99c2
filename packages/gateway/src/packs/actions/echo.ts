import { Type } from 'typebox';
import { defineAction } from './action.ts';

/** Answers the payload as it came: to try a key, a header, a retry. */
export const echo = defineAction({
  name: 'echo',
  summary: 'Answers the payload as it came',
  payload: Type.Record(Type.String(), Type.Unknown(), { description: 'Any object' }),
  cost: 1,
  run: (payload) => payload,
});
