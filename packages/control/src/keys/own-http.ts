import { type Context, manageUrl } from '../context.ts';
import { Answer, answer } from '../http/answer.ts';
import type { Api } from '../http/api.ts';
import { failedCredential } from '../http/credential.ts';
import { operation, problems } from '../http/operation.ts';
import { authenticateKey } from './authenticate.ts';
import { presentOwn } from './own-rules.ts';
import { currentQuota } from './own-store.ts';
import { OwnKey } from './schema.ts';

const SCHEMA = {
  ...operation('getOwnKey', 'keys', 'Read plan, quota and status of the presented API key', 'consumer'),
  response: { 200: Answer(OwnKey), ...problems('KEY_EXPIRED') },
};

/** A consumer's view of its own key, with that key as the credential. A suspended key may read it too. */
export async function ownKeyRoutes(app: Api, context: Context): Promise<void> {
  app.get('/keys/me', { schema: SCHEMA }, async (request) => {
    const now = new Date(context.clock.now());
    const row = await authenticateKey(context, request);
    if (row === null) throw await failedCredential(context, request, false);
    const quota = await currentQuota(context.db, row.entitlementId, now);
    const live = context.limits.of(row.entitlementId);
    return answer(request, presentOwn({ row, quota, live, portalUrl: manageUrl(context.billing), now }));
  });
}
