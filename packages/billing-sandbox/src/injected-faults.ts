export type InjectedFault = { with: 500 | 429 | 'timeout'; times: number; path?: string };

/** Faults for coming requests: each rule applies to a number of requests below its path. */
export function createInjectedFaults() {
  let rules: InjectedFault[] = [];
  return {
    add(rule: InjectedFault): void {
      rules = rule.times > 0 ? [...rules, { ...rule }] : rules.filter(({ path }) => path !== rule.path);
    },
    /** The fault for this request, or null. Exhausted rules are removed. */
    take(path: string): InjectedFault['with'] | null {
      const rule = rules.find((one) => path.startsWith(one.path ?? '/'));
      if (!rule) return null;
      rule.times -= 1;
      rules = rules.filter(({ times }) => times > 0);
      return rule.with;
    },
    clear(): void {
      rules = [];
    },
  };
}
