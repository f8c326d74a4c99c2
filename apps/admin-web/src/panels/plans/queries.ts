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

/** A plan in its current version. */
export type Plan = ListPlansResponses['200']['data'][number];
/** What a new plan says. */
export type NewPlan = CreatePlanData['body'];
/** What the next version of a plan says, and whether entitlements move to it. */
export type PlanEdit = ReplacePlanData['body'];
/** A plan after an edit, with what became of its entitlements. */
export type EditedPlan = ReplacePlanResponses['200']['data'];
/** What a push did, or would do, for one plan. */
export type PushResult = PushPlansResponses['200']['data'][number];

const PAGE = 100;

/** Every plan in its current version, oldest first. */
export const usePlans = (): PagedList<Plan> =>
  usePages<Plan>({
    queryKey: ['plans', 'list'],
    read: async ({ signal, ...page }) => (await listPlans({ query: { ...page, limit: PAGE }, signal, throwOnError: true })).data,
  });

/** How often a plan is read again while its entitlements move. */
const MOVING_EVERY_MS = 2_000;

/** One plan. */
export const usePlan = (id: string) =>
  useQuery({
    queryKey: ['plans', 'one', id],
    queryFn: async ({ signal }) => (await getPlan({ path: { id }, signal, throwOnError: true })).data.data,
    refetchInterval: ({ state }) => (state.data !== undefined && state.data.moving > 0 ? MOVING_EVERY_MS : false),
  });

/** What a plan’s change can change elsewhere. */
const TOUCHED = ['plans', 'keys', 'consumers', 'overview', 'audit'];

/** Adds a plan. */
export function useCreatePlan(onCreated: (plan: Plan) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewPlan) => (await createPlan({ body, throwOnError: true })).data.data,
    onSuccess: (plan) => {
      void invalidate(queries, TOUCHED);
      onCreated(plan);
    },
  });
}

/** Makes the next version of a plan. */
export function useReplacePlan(id: string, onSaved: (plan: EditedPlan) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: PlanEdit) => (await replacePlan({ path: { id }, body, throwOnError: true })).data.data,
    onSuccess: (plan) => {
      queries.setQueryData(['plans', 'one', id], plan);
      void invalidate(queries, TOUCHED);
      onSaved(plan);
    },
  });
}

/** Deletes a plan that nothing refers to. */
export function useDeletePlan(id: string, onDeleted: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await deletePlan({ path: { id }, throwOnError: true });
    },
    onSuccess: () => {
      onDeleted();
      queries.removeQueries({ queryKey: ['plans', 'one', id] });
      void invalidate(queries, TOUCHED);
    },
  });
}

/** What a push would do now; asked anew whenever somebody looks. */
export const usePushPreview = (enabled: boolean) =>
  useQuery({
    queryKey: ['plans', 'push-preview'],
    queryFn: async ({ signal }) => (await pushPlans({ body: { dryRun: true }, signal, throwOnError: true })).data.data,
    enabled,
    staleTime: 0,
    gcTime: 0,
  });

/** Makes Stripe’s catalogue say what the plans say. */
export function usePush() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => (await pushPlans({ body: {}, throwOnError: true })).data.data,
    // Not the preview: the dialog goes on to show what was done.
    onSettled: () => invalidate(queries, ['audit', 'billing', 'overview']),
  });
}
