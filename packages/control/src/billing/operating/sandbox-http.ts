import { ProblemError } from '@api-factory/core';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer } from '../../http/envelope.ts';
import { CLOSED } from '../../http/fields.ts';
import { operation, problems } from '../../http/operation.ts';
import type { Billing } from '../billing.ts';
import { requireBilling } from '../billing.ts';

const CONTROL = {
  ...operation('driveSandbox', 'billing', 'Run a control of the billing sandbox, for example `advance` or `fail-payments`'),
  params: Type.Object(
    { control: Type.String({ pattern: '^[a-z]{1,20}(-[a-z]{1,20}){0,4}$', description: 'the name of a control of the sandbox' }) },
    CLOSED,
  ),
  body: Type.Object({}, { additionalProperties: true, description: 'the input of the control; see packages/billing-sandbox/README.md' }),
  response: {
    200: Answer(Type.Unknown()),
    ...problems('BILLING_OFF', 'CONFLICT', 'VALIDATION_FAILED', 'MALFORMED_JSON', 'NOT_FOUND', 'STRIPE_UNAVAILABLE'),
  },
};

const TIMEOUT_MS = 60_000;

/** Proxies the sandbox's controls, so that its token is never sent to the operator. */
export function sandboxRoutes(app: Api, context: Context): void {
  app.post('/billing/sandbox/:control', { schema: CONTROL }, async (request) => {
    const { sandbox } = requireBilling(context);
    if (sandbox === null)
      throw new ProblemError('CONFLICT', { detail: 'Billing is not in sandbox mode. Controls do not work with Stripe.' });
    return answer(request, await runControl(sandbox, request.params.control, request.body));
  });
}

async function runControl({ url, token }: NonNullable<Billing['sandbox']>, control: string, body: object): Promise<unknown> {
  const reply = await fetch(`${url}/_sandbox/${control}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new ProblemError('STRIPE_UNAVAILABLE', { detail: 'The sandbox does not respond.', retryAfterSeconds: 5 });
  });
  const output = (await reply.json().catch(() => ({}))) as { error?: { message?: string } };
  if (reply.ok) return output;
  if (reply.status === 404 && output.error?.message === undefined)
    throw new ProblemError('NOT_FOUND', { detail: `The sandbox has no control named ${control}.` });
  throw new ProblemError('VALIDATION_FAILED', { detail: output.error?.message ?? `The sandbox returned ${reply.status}.` });
}
