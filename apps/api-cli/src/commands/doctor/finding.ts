/** What one check found. `mend` says what to do about it. */
export interface Finding {
  check: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  mend: string | null;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail, mend: null });

export const warn = (check: string, detail: string, mend: string): Finding => ({ check, state: 'warn', detail, mend });

export const fail = (check: string, detail: string, mend: string): Finding => ({ check, state: 'fail', detail, mend });
