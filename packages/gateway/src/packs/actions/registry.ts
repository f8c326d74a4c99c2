import { ProblemError, pointerTo, validationProblem } from '@api-factory/core';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Action } from './action.ts';

/** A validated request. */
export interface ActionRequest {
  action: Action;
  payload: never;
}

/** JSON Schema of the request: the union of all actions. */
export const actionRequestSchema = (actions: readonly Action[]) => ({
  type: 'object',
  oneOf: actions.map(({ name, summary, payload }) => ({
    type: 'object',
    title: name,
    description: summary,
    properties: { action: { type: 'string', const: name }, payload },
    required: ['action', 'payload'],
    additionalProperties: false,
  })),
});

/**
 * Compiles the validation of request bodies. It looks the action up first, so that an error refers
 * to the payload of that action, not to every branch of the union.
 * @returns a function that returns the parsed request or throws ProblemError
 */
export function actionParser(actions: readonly Action[]): (body: unknown) => ActionRequest {
  // The schemas are this repository's own: compiling the meta-schema to check them would slow the
  // start.
  const ajv = new Ajv({ strict: false, allErrors: false, meta: false, validateSchema: false });
  const known = new Map(actions.map((action) => [action.name, { action, validate: ajv.compile(action.payload) }]));
  return (body) => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('#', 'must be an object with action and payload');
    const { action: name, payload } = body as Record<string, unknown>;
    if (typeof name !== 'string') throw invalid('#/action', name === undefined ? 'is required' : 'must be string');
    const found = known.get(name);
    if (!found)
      throw new ProblemError('UNKNOWN_ACTION', {
        detail: `No action is named “${name.slice(0, 60)}”. Use one of ${[...known.keys()].join(', ')}.`,
      });
    for (const field in body) if (field !== 'action' && field !== 'payload') throw invalid(pointerTo([field]), 'is not a known field');
    if (payload === undefined) throw invalid('#/payload', 'is required');
    if (!found.validate(payload)) throw payloadProblem(found.validate);
    return { action: found.action, payload: payload as never };
  };
}

const invalid = (pointer: string, detail: string): ProblemError =>
  new ProblemError('VALIDATION_FAILED', { detail: `${pointer} ${detail}`, errors: [{ pointer, detail }] });

function payloadProblem(validate: ValidateFunction): ProblemError {
  const findings = (validate.errors ?? []).map((found) => ({ ...found, instancePath: `/payload${found.instancePath}` }));
  const { code, parts } = validationProblem(findings as Parameters<typeof validationProblem>[0], 'body');
  return new ProblemError(code, parts);
}
