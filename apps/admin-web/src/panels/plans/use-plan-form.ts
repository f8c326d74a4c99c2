import { useState } from 'react';
import { fieldFindings } from '../../lib/describe-error.ts';
import { type Findings, fieldOf, findingsOf, type PlanValues } from './plan-form.ts';

/** The state of a plan’s form. */
export interface PlanForm {
  values: PlanValues;
  change: (changes: Partial<PlanValues>) => void;
  /** What is shown at the fields: from the first try on, and what the API found. */
  findings: Findings;
  /** Shows what is wrong. @returns whether it can be sent */
  check: () => boolean;
}

/** Keeps what somebody types into a plan’s form; `error` is what the API said of the last try. */
export function usePlanForm(initial: PlanValues, error: unknown): PlanForm {
  const [values, setValues] = useState(initial);
  const [tried, setTried] = useState(false);
  const own = findingsOf(values);
  return {
    values,
    change: (changes) => setValues((before) => ({ ...before, ...changes })),
    findings: tried ? { ...fieldFindings(error, fieldOf), ...own } : {},
    check: () => {
      setTried(true);
      return Object.keys(own).length === 0;
    },
  };
}
