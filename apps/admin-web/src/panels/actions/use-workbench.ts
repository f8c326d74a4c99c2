import { isApiError } from '@api-factory/sdk-ts';
import { useState } from 'react';
import type { Action } from '../../lib/action-list.ts';
import { useOnce } from '../../lib/once.ts';
import { toast } from '../../lib/toasts.ts';
import { type Exchange, withExchange } from './exchange.ts';
import { payloadFindings } from './findings.ts';
import { type GateFacts, whyOff } from './gate.ts';
import { useHeldKeys } from './held-keys.ts';
import { useCalls, useOwnKey } from './queries.ts';
import { refusalToast } from './refusals.ts';
import { useDrafts } from './use-drafts.ts';
import { useLimits } from './use-limits.ts';

interface WorkbenchOptions {
  actions: readonly Action[];
  action: Action;
  onAction: (name: string) => void;
}

/** All that the page knows: keys, what is being written, what was called. It lives as long as the page is open. */
export function useWorkbench({ actions, action, onAction }: WorkbenchOptions) {
  const held = useHeldKeys();
  const own = useOwnKey(held.current);
  const { limits, saw } = useLimits(held.current?.id ?? null, own);
  const drafting = useDrafts(action);
  const [history, setHistory] = useState<readonly Exchange[]>([]);
  const [shownId, setShownId] = useState<number | null>(null);
  const { payload, fault } = drafting.reading;
  const facts: GateFacts = {
    held: held.current !== null,
    fault,
    own: own.data ?? null,
    refusal: isApiError(own.error) ? own.error.code : null,
    limits,
    cost: action.cost,
  };
  /** Shows at the fields what the server found wrong. */
  const point = ({ action: called, error }: Exchange) => {
    if (isApiError(error, 'VALIDATION_FAILED')) drafting.setRefused(called, payloadFindings(error.errors));
  };
  const calls = useCalls(({ exchange, limits: answered, key }) => {
    setHistory((before) => withExchange(before, exchange));
    setShownId(exchange.id);
    if (answered !== null) saw(key.id, answered);
    point(exchange);
    const refusal = refusalToast(exchange.error, Date.now());
    if (refusal !== null) toast(refusal);
  });
  const call = useOnce(calls, 0);
  const send = () => {
    if (held.current === null || payload === null || whyOff(facts, Date.now()) !== null) return;
    call({ action: action.name, payload, json: drafting.draft.json, key: held.current });
  };
  const show = (exchange: Exchange) => {
    setShownId(exchange.id);
    const called = actions.find(({ name }) => name === exchange.action);
    if (called === undefined) return;
    drafting.load(called, exchange.json);
    point(exchange);
    onAction(called.name);
  };
  const clear = () => {
    setHistory([]);
    setShownId(null);
  };
  const shown = history.find(({ id }) => id === shownId) ?? null;
  return { held, own, limits, drafting, history, shown, facts, calls, send, show, clear };
}
