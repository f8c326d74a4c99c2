import { useEffect, useState } from 'react';
import type { ReadState } from '../../lib/read-state.ts';
import { toast } from '../../lib/toasts.ts';
import { type SandboxCommand, useSandboxCommand } from './mutations.ts';
import { type Subscription, useSubscriptions } from './queries.ts';
import { clockOf, resultText, type SubscriptionStates, statesOf } from './sandbox.ts';

/** A command that was run since the page was opened. */
export interface DoneCommand {
  number: number;
  at: string;
  label: string;
  result: string;
}

/** Runs sandbox commands and follows their effect on subscriptions. */
export interface SandboxDriver {
  run: (command: SandboxCommand) => void;
  running: SandboxCommand | null;
  error: unknown;
  /** The refetch interval of what a command can change, in ms. */
  everyMs: number | false;
  done: DoneCommand[];
  subscriptions: ReadState<Subscription[]>;
  /** The states of subscriptions before the last command. */
  before: SubscriptionStates | null;
  /** The sandbox’s time after the last advance, RFC 3339; null: not advanced from this page. */
  now: string | null;
}

/** The events of a command arrive within this time. */
const FOLLOW_MS = 10_000;
const REFETCH_MS = 1_000;

/** After each command, subscriptions are refetched often for a while. */
export function useSandboxDriver(): SandboxDriver {
  const [done, setDone] = useState<DoneCommand[]>([]);
  const [before, setBefore] = useState<SubscriptionStates | null>(null);
  const [now, setNow] = useState<string | null>(null);
  const [following, setFollowing] = useState(false);
  const everyMs = following ? REFETCH_MS : false;
  const list = useSubscriptions({ consumer: '', access: '', everyMs });
  const mutation = useSandboxCommand(({ control, label }, answer) => {
    if (control === 'advance') setNow(clockOf(answer));
    const result = resultText(control, answer);
    setDone((earlier) => [{ number: earlier.length + 1, at: new Date().toISOString(), label, result }, ...earlier]);
    toast({ cause: 'sandbox', tone: 'good', title: label, ...(result !== '' && { message: result }) });
  });
  const commands = done.length;
  useEffect(() => {
    if (commands === 0) return;
    setFollowing(true);
    const timer = setTimeout(() => setFollowing(false), FOLLOW_MS);
    return () => clearTimeout(timer);
  }, [commands]);
  return {
    run: (command) => {
      if (mutation.isPending) return;
      setBefore(statesOf(list.rows ?? []));
      mutation.mutate(command);
    },
    running: mutation.isPending ? mutation.variables : null,
    error: mutation.error,
    everyMs,
    done,
    subscriptions: { data: list.rows, error: list.error, refetch: list.refetch },
    before,
    now,
  };
}

/** Why the sandbox’s buttons are disabled while a command runs. */
export const BUSY = 'Wait for the current command to finish';
