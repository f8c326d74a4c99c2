import { setDispute } from '../engine/disputes.ts';
import type { Dispute } from '../objects/types.ts';
import { assign, change } from '../runtime.ts';
import type { State } from '../state.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { flag, metadata } from './params.ts';
import { retrieve } from './payments.ts';
import type { Route } from './route.ts';
import { missing } from './stripe-error.ts';

/** Disputes and early fraud warnings. They are opened by the sandbox's controls. */
export const disputeRoutes: Route[] = [
  {
    method: 'GET',
    path: '/v1/disputes',
    params: [...pageParams, ...createdParams, 'charge', 'payment_intent'],
    handle: ({ runtime, params }) =>
      page(
        params,
        '/v1/disputes',
        newestFirst(
          params,
          runtime.state.disputes,
          (one) => isAsked(params, 'charge', one.charge) && isAsked(params, 'payment_intent', one.payment_intent),
        ),
      ),
  },
  retrieve('/v1/disputes', 'dispute', (state) => state.disputes),
  {
    method: 'POST',
    path: '/v1/disputes/:id',
    params: ['metadata.*', 'submit', 'evidence.uncategorized_text'],
    handle({ runtime, params, path }) {
      const dispute = disputeOf(runtime.state, path.id);
      if (flag(params, 'submit')) {
        assign(dispute, { evidence_details: { ...dispute.evidence_details, has_evidence: true, submission_count: 1 } });
        setDispute(runtime, dispute, dispute.status.startsWith('warning_') ? 'warning_under_review' : 'under_review');
      }
      const patch = { metadata: metadata(params, 'metadata', dispute.metadata) };
      change(runtime, { type: 'charge.dispute.updated', object: dispute, patch });
      return dispute;
    },
  },
  {
    method: 'POST',
    path: '/v1/disputes/:id/close',
    params: [],
    handle({ runtime, path }) {
      const dispute = disputeOf(runtime.state, path.id);
      setDispute(runtime, dispute, 'lost');
      return dispute;
    },
  },
  {
    method: 'GET',
    path: '/v1/radar/early_fraud_warnings',
    params: [...pageParams, ...createdParams, 'charge', 'payment_intent'],
    handle: ({ runtime, params }) =>
      page(
        params,
        '/v1/radar/early_fraud_warnings',
        newestFirst(
          params,
          runtime.state.fraudWarnings,
          (one) => isAsked(params, 'charge', one.charge) && isAsked(params, 'payment_intent', one.payment_intent),
        ),
      ),
  },
  retrieve('/v1/radar/early_fraud_warnings', 'early_fraud_warning', (state) => state.fraudWarnings),
];

function disputeOf(state: State, id: string | undefined): Dispute {
  const dispute = state.disputes[id ?? ''];
  if (!dispute) throw missing('dispute', id ?? '');
  return dispute;
}
