import type { Context } from '../context.ts';
import { Answer, answer } from '../http/answer.ts';
import type { Api } from '../http/api.ts';
import { operation, problems } from '../http/operation.ts';
import { readOverview } from './overview.ts';
import { Overview } from './schema.ts';

const GET = {
  ...operation('getOverview', 'usage', 'Read keys, plans, quota and what needs attention in one go'),
  response: { 200: Answer(Overview), ...problems() },
};

export async function overviewRoutes(app: Api, context: Context): Promise<void> {
  app.get('/overview', { schema: GET }, async (request) => answer(request, await readOverview(context)));
}
