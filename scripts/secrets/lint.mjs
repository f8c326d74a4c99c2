import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { creator as pattern } from '@secretlint/secretlint-rule-pattern';
import { creator as preset, rules as presetRules } from '@secretlint/secretlint-rule-preset-recommend';
import { ROOT } from '../prepare.mjs';
import { ALLOWED } from './allowed.mjs';

/**
 * Beyond it, and in binaries, only our own patterns are looked for: the preset reads a whole text
 * many times.
 */
const LONGEST_TEXT = 2_000_000;

/** What the preset does not know. The names are what is shown. */
const PATTERNS = [
  ['operator key', /(?<![0-9A-Za-z])af_admin_[0-9A-Za-z]{20,}/g],
  ['API key of a consumer', /(?<![0-9A-Za-z])af_(?:live|test)_[0-9A-Za-z]{36}\b/g],
  ['session of the console', /(?<![0-9A-Za-z])af_session_[0-9A-Za-z]{43}\b/g],
  ['Stripe key', /(?<![0-9A-Za-z])[sr]k_(?:live|test)_[0-9A-Za-z]{16,}/g],
  ['Stripe signing secret', /(?<![0-9A-Za-z])whsec_[0-9A-Za-z+/=]{24,}/g],
  ['database address with a password', /\bpostgres(?:ql)?:\/\/[^\s:@/"'`]*:[^\s@/"'`]+@/g],
  // 32 random bytes: what deploy/make-secrets.sh makes has no form of its own, only the name that
  // it is given to.
  [
    'secret of the stack',
    /\b(?:PGPASSWORD|POSTGRES_PASSWORD|METRICS_TOKEN|API_FACTORY_ADMIN_KEY|STAGING_ADMIN_KEY|GF_SECURITY_ADMIN_PASSWORD)["']?\s*[:=]\s*["']?[0-9a-f]{64}\b/g,
  ],
].map(([name, expression]) => ({ name, patterns: [String(expression)] }));

/** What lies there is a secret, whatever it looks like. */
const OF_THE_STACK = /(?:^|\/)deploy\/secrets\/[^/]+$/;

const PATTERN_RULE = { id: '@secretlint/secretlint-rule-pattern', rule: pattern, options: { patterns: PATTERNS } };
/**
 * Without the rule that lets a comment in a text switch the search off: what is no secret is said
 * in allowed.mjs alone.
 */
const PRESET_RULE = {
  id: '@secretlint/secretlint-rule-preset-recommend',
  rule: {
    ...preset,
    create: (context) => {
      for (const rule of presetRules) if (!rule.meta.id.endsWith('filter-comments')) context.registerRule(rule);
    },
  },
};

// The engine is a dependency of the program `secretlint`, which can't be handed a text that lies in
// no file.
const require = createRequire(realpathSync(join(ROOT, 'node_modules/secretlint/package.json')));
const { lintSource } = await import(pathToFileURL(require.resolve('@secretlint/core')).href);

/**
 * Secrets in one content, without those that are known to be none.
 * @param {Buffer} bytes
 * @param {string} path what the content is called, for rules that look at names
 * @returns {Promise<{ line: number, what: string, masked: string }[]>}
 */
export async function secretsIn(bytes, path) {
  const { content, binary } = textOf(bytes);
  const rules = binary || content.length > LONGEST_TEXT ? [PATTERN_RULE] : [PATTERN_RULE, PRESET_RULE];
  const source = { content, filePath: join('/', path), ext: '', contentType: 'text' };
  const { messages } = await lintSource({ source, options: { config: { rules }, locale: 'en' } });
  if (OF_THE_STACK.test(path) && content.trim() !== '') return [{ line: 1, what: 'file of deploy/secrets', masked: mask(content.trim()) }];
  return messages
    .filter(({ type }) => type === 'message')
    .map(({ range, loc, ruleId, message }) => ({ value: content.slice(...range), line: loc.start.line, ruleId, message }))
    .filter(({ value }) => !ALLOWED.some((allowed) => allowed.value.test(value)))
    .map(({ value, line, ruleId, message }) => ({ line, what: whatOf(ruleId, message), masked: mask(value) }));
}

/** UTF-16 is text, though it is full of zeros; it is known by its first two bytes. */
function textOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { content: new TextDecoder('utf-16le').decode(bytes), binary: false };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { content: new TextDecoder('utf-16be').decode(bytes), binary: false };
  const binary = bytes.subarray(0, 8_000).includes(0);
  return { content: bytes.toString(binary ? 'latin1' : 'utf8'), binary };
}

/** The rule's own words repeat the secret, or a part of it: only the name is used. */
function whatOf(ruleId, message) {
  const known = ruleId.endsWith('rule-pattern') && PATTERNS.find(({ name }) => message.includes(name));
  return known ? known.name : ruleId.replace(/^.*secretlint-rule-/, '');
}

/** Enough to find it at the place that is named, and too little to use it. */
const mask = (value) => `${value.slice(0, 4)}… (${value.length} characters)`;
