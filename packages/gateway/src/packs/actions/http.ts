import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AddressLimit } from '../../address-limit.ts';
import type { Call } from '../../call.ts';
import { GUARDED_RESPONSES } from '../../contract.ts';
import type { HeavyRunner } from '../../heavy/runner.ts';
import { type MeterOptions, meterHook } from '../../meter.ts';
import { type Action, JsonRows } from './action.ts';
import { answerHeavy } from './heavy-call.ts';
import { type ActionRequest, actionParser, actionRequestSchema } from './registry.ts';

const API = 'actions';
const PATH = '/actions';
const ROUTE = `/api/v1${PATH}`;
/** Of the JSON text, including escapes. */
const BODY_LIMIT_BYTES = 1_048_576;

export interface ActionOptions extends MeterOptions {
  heavy: HeavyRunner;
}

export interface ServedActions {
  actions: readonly Action[];
  documentLimit: AddressLimit;
}

/**
 * The actions pack: `POST /api/v1/actions` is guarded and metered, the list of actions is public.
 */
export function actionRoutes(app: FastifyInstance, { actions, documentLimit }: ServedActions, meter: ActionOptions): void {
  const { guard } = meter;
  const parse = actionParser(actions);
  const list = actions.map(({ name, summary, cost, payload }) => ({ name, summary, cost, payload }));
  app.get(PATH, { schema: LIST_SCHEMA, onRequest: documentLimit }, async (request) => ({
    success: true,
    data: list,
    error: null,
    meta: { requestId: request.id },
  }));
  app.post(PATH, {
    schema: { ...RUN_SCHEMA, body: actionRequestSchema(actions) },
    bodyLimit: BODY_LIMIT_BYTES,
    // The schema only documents the route: the parser reports errors in terms of the action.
    validatorCompiler: () => () => true,
    serializerCompiler: () => JSON.stringify,
    onRequest: guard.onRequest(API),
    onSend: meterHook(meter, { api: API, method: 'POST', route: ROUTE }),
    handler: (request, reply) => {
      const parsed = parse(request.body);
      if (parsed.action.heavy) return answerHeavy(meter, request, reply, parsed);
      const call = request.call as Call;
      const waiting = guard.charge(call, parsed.action.cost);
      if (waiting === null) return answer(request, reply, parsed);
      return waiting.then(() => answer(request, reply, parsed));
    },
  });
}

/** Runs the action and sends its result, immediately if it is not a promise. */
function answer(request: FastifyRequest, reply: FastifyReply, { action, payload }: ActionRequest): FastifyReply | Promise<FastifyReply> {
  const result = action.run(payload);
  return result instanceof Promise ? result.then((data) => send(request, reply, data)) : send(request, reply, result);
}

function send(request: FastifyRequest, reply: FastifyReply, data: unknown): FastifyReply {
  if (data instanceof JsonRows) return reply.type('application/json; charset=utf-8').send(Readable.from(envelope(data, request.id)));
  return reply.send({ success: true, data, error: null, meta: { requestId: request.id } });
}

async function* envelope({ rows }: JsonRows, requestId: string): AsyncGenerator<string> {
  yield '{"success":true,"data":[';
  let first = true;
  for await (const row of rows) {
    yield first ? row : `,${row}`;
    first = false;
  }
  yield `],"error":null,"meta":${JSON.stringify({ requestId })}}`;
}

const envelopeOf = (data: object) => ({
  type: 'object',
  properties: {
    success: { type: 'boolean', const: true },
    data,
    error: { type: 'null' },
    meta: { type: 'object', properties: { requestId: { type: 'string' } }, required: ['requestId'] },
  },
  required: ['success', 'data', 'error', 'meta'],
});

const LIST_SCHEMA = {
  operationId: 'listActions',
  summary: 'Lists the actions with their costs and payload schemas',
  tags: ['actions'],
  security: [],
  response: {
    200: {
      description: 'Every action',
      ...envelopeOf({
        type: 'array',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            summary: { type: 'string' },
            cost: { type: 'integer' },
            payload: { type: 'object', additionalProperties: true },
          },
          required: ['name', 'summary', 'cost', 'payload'],
        },
      }),
    },
  },
};

const RUN_SCHEMA = {
  operationId: 'runAction',
  summary: 'Runs an action and charges its cost',
  tags: ['actions'],
  security: [{ bearerAuth: [] }, { apiKeyAuth: [] }],
  response: { 200: { description: 'The result of the action', ...envelopeOf({}) }, ...GUARDED_RESPONSES },
};
