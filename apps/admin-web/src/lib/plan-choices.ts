import { type ListPlansResponses, listPlans } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** A plan at its current version. */
export type PlanChoice = ListPlansResponses['200']['data'][number];

const MAX_PLANS = 1_000;

/** Lists the plans for a select. */
export const usePlanChoices = (): UseQueryResult<PlanChoice[]> =>
  useQuery({
    queryKey: ['plans', 'choices'],
    queryFn: async ({ signal }) => (await listPlans({ query: { limit: MAX_PLANS }, signal, throwOnError: true })).data.data,
  });
