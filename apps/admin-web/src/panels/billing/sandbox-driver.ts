import { useEffect, useState } from 'react';
import type { ReadState } from '../../lib/read-state.ts';
import { toast } from '../../lib/toasts.ts';
import { type SandboxDeed, useSandbox } from './deeds.ts';
import { type Subscription, useSubscriptions } from './queries.ts';
import { answerText, nowOf, type Standing, standingOf } from './sandbox-words.ts';

/** Something that was done to the sandbox since the page was opened. */
export interface DoneDeed {
  number: number;
  at: string;
  words: string;
  said: string;
}

/** Drives the sandbox and sees what follows. */
export interface SandboxDriver {
  drive: (deed: SandboxDeed) => void;
  /** What is done now; null: nothing. */
  running: SandboxDeed | null;
  error: unknown;
  /** How often what follows is read, in ms. */
  everyMs: number | false;
  done: DoneDeed[];
  subscriptions: ReadState<Subscription[]>;
  /** How subscriptions stood before the last deed. */
  before: Standing | null;
  /** The sandbox’s time after the last advance, RFC 3339; null: the clock was not moved from here. */
  now: string | null;
}

/** Events arrive within this time after a deed. */
const FOLLOWS_MS = 10_000;
const LOOK_MS = 1_000;

/** Keeps what was done, and looks at the subscriptions often for a while after each deed. */
export function useSandboxDriver(): SandboxDriver {
  const [done, setDone] = useState<DoneDeed[]>([]);
  const [before, setBefore] = useState<Standing | null>(null);
  const [now, setNow] = useState<string | null>(null);
  const [following, setFollowing] = useState(false);
  const everyMs = following ? LOOK_MS : false;
  const list = useSubscriptions({ consumer: '', access: '', everyMs });
  const run = useSandbox((deed, answer) => {
    if (deed.control === 'advance') setNow(nowOf(answer));
    const said = answerText(deed.control, answer);
    setDone((earlier) => [{ number: earlier.length + 1, at: new Date().toISOString(), words: deed.words, said }, ...earlier]);
    toast({ cause: 'sandbox', tone: 'good', title: deed.words, ...(said !== '' && { message: said }) });
  });
  const deeds = done.length;
  useEffect(() => {
    if (deeds === 0) return;
    setFollowing(true);
    const timer = setTimeout(() => setFollowing(false), FOLLOWS_MS);
    return () => clearTimeout(timer);
  }, [deeds]);
  return {
    drive: (deed) => {
      if (run.isPending) return;
      setBefore(standingOf(list.rows ?? []));
      run.mutate(deed);
    },
    running: run.isPending ? run.variables : null,
    error: run.error,
    everyMs,
    done,
    subscriptions: { data: list.rows, error: list.error, refetch: list.refetch },
    before,
    now,
  };
}
