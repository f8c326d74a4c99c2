import { isApiError } from '@api-factory/sdk-ts';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { Action } from '../../lib/action-list.ts';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { disabledReason, type SendState } from './disabled-reason.ts';
import { type Draft, type DraftResult, emptyDraft, readDraft, withJson, withText } from './draft.ts';
import { type Exchange, withExchange } from './exchange.ts';
import { useKeyring } from './keyring.ts';
import { latestLimits, limitsOfKey, nextReset, type RemainingLimits } from './limits.ts';
import { type PayloadError, serverErrors } from './payload-errors.ts';
import { type OwnKey, useCall, useOwnKey } from './queries.ts';
import { refusalToast } from './refusals.ts';
import { formOf, type PayloadForm } from './schema-fields.ts';

interface WorkbenchOptions {
  actions: readonly Action[];
  action: Action;
  onAction: (name: string) => void;
}

/** The state of the page: keys, drafts and past calls. It is lost when the page is left. */
export function useWorkbench({ actions, action, onAction }: WorkbenchOptions) {
  const keyring = useKeyring();
  const own = useOwnKey(keyring.current);
  const { limits, setResponseLimits } = useLimits(keyring.current?.id ?? null, own);
  const drafts = useDrafts(action);
  const [history, setHistory] = useState<readonly Exchange[]>([]);
  const [shownId, setShownId] = useState<number | null>(null);
  const { payload, syntaxError } = drafts.result;
  const sendState: SendState = {
    hasKey: keyring.current !== null,
    syntaxError,
    own: own.data ?? null,
    refusal: isApiError(own.error) ? own.error.code : null,
    limits,
    cost: action.cost,
  };
  const showServerErrors = ({ action: name, error }: Exchange) => {
    if (isApiError(error, 'VALIDATION_FAILED')) drafts.setServerErrors(name, serverErrors(error.errors));
  };
  const mutation = useCall(({ exchange, limits: responseLimits, key }) => {
    setHistory((before) => withExchange(before, exchange));
    setShownId(exchange.id);
    if (responseLimits !== null) setResponseLimits(key.id, responseLimits);
    showServerErrors(exchange);
    const refusal = refusalToast(exchange.error, Date.now());
    if (refusal !== null) toast(refusal);
  });
  const call = useOnce(mutation, 0);
  const send = () => {
    if (keyring.current === null || payload === null || disabledReason(sendState, Date.now()) !== null) return;
    call({ action: action.name, payload, json: drafts.draft.json, key: keyring.current });
  };
  const show = (exchange: Exchange) => {
    setShownId(exchange.id);
    const called = actions.find(({ name }) => name === exchange.action);
    if (called === undefined) return;
    drafts.load(called, exchange.json);
    showServerErrors(exchange);
    onAction(called.name);
  };
  const clear = () => {
    setHistory([]);
    setShownId(null);
  };
  const shown = history.find(({ id }) => id === shownId) ?? null;
  return { keyring, own, limits, drafts, history, shown, sendState, sending: mutation.isPending, send, show, clear };
}

/** The draft of the selected action. */
export interface Drafts {
  form: PayloadForm;
  draft: Draft;
  result: DraftResult;
  /** The errors of the last response; cleared by the next edit. */
  serverErrors: readonly PayloadError[];
  setText: (name: string, text: string) => void;
  setJson: (json: string) => void;
  setServerErrors: (action: string, errors: readonly PayloadError[]) => void;
  /** Replaces the draft of an action with the payload of an earlier call. */
  load: (action: Action, json: string) => void;
}

const NO_ERRORS: readonly PayloadError[] = [];

/** One draft per action, so that switching actions loses nothing. */
function useDrafts({ name, payload }: Action): Drafts {
  const [drafts, setDrafts] = useState<ReadonlyMap<string, Draft>>(new Map());
  const [responseErrors, setResponseErrors] = useState<{ action: string; errors: readonly PayloadError[] } | null>(null);
  const form = useMemo(() => formOf(payload), [payload]);
  const draft = useMemo(() => drafts.get(name) ?? emptyDraft(form), [drafts, name, form]);
  const result = useMemo(() => readDraft(form, draft), [form, draft]);
  const update = (action: string, next: Draft) => {
    setDrafts((before) => new Map(before).set(action, next));
    setResponseErrors(null);
  };
  return {
    form,
    draft,
    result,
    serverErrors: responseErrors?.action === name ? responseErrors.errors : NO_ERRORS,
    setText: (field, text) => update(name, withText(form, draft, { name: field, text })),
    setJson: (json) => update(name, withJson(form, draft, json)),
    setServerErrors: (action, errors) => setResponseErrors({ action, errors }),
    load: (action, json) => {
      const other = formOf(action.payload);
      update(action.name, withJson(other, emptyDraft(other), json));
    },
  };
}

/** Added to a reset time, since clocks differ: the server’s new window has then started. */
const RESET_DELAY_MS = 400;
/** Later resets are found by polling: `setTimeout` overflows after 24 days. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * The limits of the current key, from its last response or from the key itself. Reloads the key at
 * the next reset.
 */
function useLimits(keyId: number | null, own: UseQueryResult<OwnKey>) {
  const [byKey, setByKey] = useState<ReadonlyMap<number, RemainingLimits>>(new Map());
  const ofResponse = keyId === null ? null : (byKey.get(keyId) ?? null);
  const limits = latestLimits(ofResponse, own.data === undefined ? null : limitsOfKey(own.data, own.dataUpdatedAt));
  const resetsAt = nextReset(limits, Date.now());
  const { refetch } = own;
  useEffect(() => {
    const wait = resetsAt === null ? LONGEST_WAIT_MS : resetsAt - Date.now() + RESET_DELAY_MS;
    if (wait >= LONGEST_WAIT_MS) return;
    const timer = setTimeout(() => void refetch(), wait);
    return () => clearTimeout(timer);
  }, [resetsAt, refetch]);
  const setResponseLimits = (id: number, next: RemainingLimits) => setByKey((before) => new Map(before).set(id, next));
  return { limits, setResponseLimits };
}
