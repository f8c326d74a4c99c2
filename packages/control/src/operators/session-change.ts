import type { Context } from '../context.ts';
import { sha256Hex } from '../http/credential.ts';
import { type Actor, changeRecord } from '../transaction/change.ts';
import type { Operators, ProvenSession } from './operators.ts';
import { newToken, operatorMac, SESSION_SECONDS } from './session.ts';
import { deleteSession, deleteSessionsOf, insertSession, lockSessions, tidySessions } from './session-store.ts';
import type { OperatorRow } from './store.ts';

/**
 * Per operator key; the oldest are removed. All sessions are read every second while an operator is
 * active.
 */
export const MOST_SESSIONS = 100;

/** Starts a session. The browser’s previous one ends, because its cookie is overwritten. */
export async function beginSession(
  context: Context,
  operators: Operators,
  { operator, actor, before }: { operator: OperatorRow; actor: Actor; before: ProvenSession | null },
): Promise<ProvenSession> {
  const token = newToken(context.randomBytes);
  const session = await changeRecord(context, actor, async ({ tx, at, record }) => {
    await lockSessions(tx);
    if (before !== null && (await deleteSession(tx, before.id))) record({ action: 'session.end', objectId: before.id });
    await tidySessions(tx, { operator: operator.id, at, kept: MOST_SESSIONS - 1 });
    const started = {
      id: context.newId('session'),
      hash: sha256Hex(token),
      operator: operator.id,
      operatorMac: operatorMac(token, operator.hash),
      createdAt: at,
      expiresAt: new Date(at.getTime() + SESSION_SECONDS * 1_000),
    };
    await insertSession(tx, started);
    record({ action: 'session.create', objectId: started.id });
    return started;
  });
  operators.sessionsChanged();
  return { ...session, token };
}

/** @returns 1, or 0 when the session had ended already */
export async function endSession(context: Context, operators: Operators, { id, actor }: { id: string; actor: Actor }): Promise<number> {
  const ended = await changeRecord(context, actor, async ({ tx, record }) => {
    if (!(await deleteSession(tx, id))) return 0;
    record({ action: 'session.end', objectId: id });
    return 1;
  });
  operators.sessionsChanged();
  return ended;
}

/** Ends every session of the actor’s operator key. @returns how many */
export async function endSessions(context: Context, operators: Operators, actor: Actor): Promise<number> {
  const ended = await changeRecord(context, actor, async ({ tx, at, record }) => {
    await lockSessions(tx);
    const count = await deleteSessionsOf(tx, actor.id, at);
    if (count > 0) record({ action: 'session.end-all', objectId: actor.id, details: { ended: count } });
    return count;
  });
  operators.sessionsChanged();
  return ended;
}
