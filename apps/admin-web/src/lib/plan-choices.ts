import { type ListPlansResponses, listPlans } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** A plan in its current version. */
export type PlanChoice = ListPlansResponses['200']['data'][number];

const MOST_PLANS = 1_000;

/** Plans to choose from. */
export const usePlanChoices = (): UseQueryResult<PlanChoice[]> =>
  useQuery({
    queryKey: ['plans', 'choices'],
    queryFn: async ({ signal }) => (await listPlans({ query: { limit: MOST_PLANS }, signal, throwOnError: true })).data.data,
  });
