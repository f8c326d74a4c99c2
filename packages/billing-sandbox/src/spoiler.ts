export type Spoil = { with: 500 | 429 | 'timeout'; times: number; path?: string };

/** Requests that are to be answered badly: each rule for so many requests below its path. */
export function createSpoiler() {
  let rules: Spoil[] = [];
  return {
    add(rule: Spoil): void {
      rules = rule.times > 0 ? [...rules, { ...rule }] : rules.filter(({ path }) => path !== rule.path);
    },
    /** How this request is spoilt, or null. A rule that is used up is forgotten. */
    take(path: string): Spoil['with'] | null {
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
