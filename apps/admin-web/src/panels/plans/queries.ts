import {
  type CreatePlanData,
  createPlan,
  deletePlan,
  getPlan,
  type ListPlansResponses,
  listPlans,
  type PushPlansResponses,
  pushPlans,
  type ReplacePlanData,
  type ReplacePlanResponses,
  replacePlan,
} from '@api-factory/sdk-ts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type PagedList, usePages } from '../../lib/pages.ts';
import { invalidate } from '../../lib/query-client.ts';

/** A plan at its current version. */
export type Plan = ListPlansResponses['200']['data'][number];
export type NewPlan = CreatePlanData['body'];
/** The next version of a plan, and whether entitlements move to it. */
export type PlanEdit = ReplacePlanData['body'];
/** A plan after an edit, with the number of moved entitlements. */
export type EditedPlan = ReplacePlanResponses['200']['data'];
/** The result of a push, or of its preview, for one plan. */
export type PushResult = PushPlansResponses['200']['data'][number];

const PAGE_SIZE = 100;

/** Lists plans, oldest first. */
export const usePlans = (): PagedList<Plan> =>
  usePages<Plan>({
    queryKey: ['plans', 'list'],
    read: async ({ signal, ...page }) => (await listPlans({ query: { ...page, limit: PAGE_SIZE }, signal, throwOnError: true })).data,
  });

/** Polling interval of a plan while its entitlements move. */
const MOVING_POLL_MS = 2_000;

export const usePlan = (id: string) =>
  useQuery({
    queryKey: ['plans', 'one', id],
    queryFn: async ({ signal }) => (await getPlan({ path: { id }, signal, throwOnError: true })).data.data,
    refetchInterval: ({ state }) => (state.data !== undefined && state.data.moving > 0 ? MOVING_POLL_MS : false),
  });

/** Queries that a change of a plan affects. */
const AFFECTED = ['plans', 'keys', 'consumers', 'overview', 'audit'];

export function useCreatePlan(onCreated: (plan: Plan) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewPlan) => (await createPlan({ body, throwOnError: true })).data.data,
    onSuccess: (plan) => {
      void invalidate(queries, AFFECTED);
      onCreated(plan);
    },
  });
}

/** Creates the next version of a plan. */
export function useReplacePlan(id: string, onSaved: (plan: EditedPlan) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: PlanEdit) => (await replacePlan({ path: { id }, body, throwOnError: true })).data.data,
    onSuccess: (plan) => {
      queries.setQueryData(['plans', 'one', id], plan);
      void invalidate(queries, AFFECTED);
      onSaved(plan);
    },
  });
}

/** Deletes an unused plan. */
export function useDeletePlan(id: string, onDeleted: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await deletePlan({ path: { id }, throwOnError: true });
    },
    onSuccess: () => {
      onDeleted();
      queries.removeQueries({ queryKey: ['plans', 'one', id] });
      void invalidate(queries, AFFECTED);
    },
  });
}

/** Previews a push, without caching. */
export const usePushPreview = (enabled: boolean) =>
  useQuery({
    queryKey: ['plans', 'push-preview'],
    queryFn: async ({ signal }) => (await pushPlans({ body: { dryRun: true }, signal, throwOnError: true })).data.data,
    enabled,
    staleTime: 0,
    gcTime: 0,
  });

/** Pushes the plans to Stripe’s product catalogue. */
export function usePush() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await pushPlans({ body: {}, throwOnError: true })).data.data,
    // Not the preview query: the dialog now shows the results.
    onSettled: () => invalidate(queries, ['audit', 'billing', 'overview']),
  });
}
