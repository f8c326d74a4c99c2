/** Result of one check. `fix` says what to do about it. */
export interface Finding {
  check: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  fix: string | null;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail, fix: null });

export const warn = (check: string, detail: string, fix: string): Finding => ({ check, state: 'warn', detail, fix });

export const fail = (check: string, detail: string, fix: string): Finding => ({ check, state: 'fail', detail, fix });
