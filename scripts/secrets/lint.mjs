import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { creator as pattern } from '@secretlint/secretlint-rule-pattern';
import { creator as preset } from '@secretlint/secretlint-rule-preset-recommend';
import { ROOT } from '../prepare.mjs';
import { ALLOWED } from './allowed.mjs';

/** Beyond it, and in binaries, only our own patterns are looked for: the preset reads a whole text many times. */
const LONGEST_TEXT = 2_000_000;

/** What the preset does not know. The names are what is shown. */
const PATTERNS = [
  ['operator key', /\baf_admin_[0-9A-Za-z]{20,}/g],
  ['API key of a consumer', /\baf_(?:live|test)_[0-9A-Za-z]{36}\b/g],
  ['Stripe key', /\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}/g],
  ['Stripe signing secret', /\bwhsec_[0-9A-Za-z+/=]{24,}/g],
  ['database address with a password', /\bpostgres(?:ql)?:\/\/[^\s:@/"'`]+:[^\s@/"'`]+@/g],
].map(([name, expression]) => ({ name, patterns: [String(expression)] }));

const PATTERN_RULE = { id: '@secretlint/secretlint-rule-pattern', rule: pattern, options: { patterns: PATTERNS } };
const PRESET_RULE = { id: '@secretlint/secretlint-rule-preset-recommend', rule: preset };

// The engine is a dependency of the program `secretlint`, which can't be handed a text that lies in no file.
const require = createRequire(realpathSync(join(ROOT, 'node_modules/secretlint/package.json')));
const { lintSource } = await import(pathToFileURL(require.resolve('@secretlint/core')).href);

/**
 * Secrets in one content, without those that are known to be none.
 * @param {Buffer} bytes
 * @param {string} path what the content is called, for rules that look at names
 * @returns {Promise<{ line: number, what: string, masked: string }[]>}
 */
export async function secretsIn(bytes, path) {
  const binary = bytes.subarray(0, 8_000).includes(0);
  const content = bytes.toString(binary ? 'latin1' : 'utf8');
  const rules = binary || content.length > LONGEST_TEXT ? [PATTERN_RULE] : [PATTERN_RULE, PRESET_RULE];
  const source = { content, filePath: join('/', path), ext: '', contentType: 'text' };
  const { messages } = await lintSource({ source, options: { config: { rules }, locale: 'en' } });
  return messages
    .filter(({ type }) => type === 'message')
    .map(({ range, loc, ruleId, message }) => ({ value: content.slice(...range), line: loc.start.line, ruleId, message }))
    .filter(({ value }) => !ALLOWED.some((allowed) => allowed.value.test(value)))
    .map(({ value, line, ruleId, message }) => ({ line, what: whatOf(ruleId, message, value), masked: mask(value) }));
}

/** The rule's own words repeat the secret: only those of our patterns, which name it, are used, up to the name. */
function whatOf(ruleId, message, value) {
  const known = ruleId.endsWith('rule-pattern') && PATTERNS.find(({ name }) => message.includes(name));
  return known ? known.name : `${ruleId.replace(/^.*secretlint-rule-/, '')}${message.includes(value) ? '' : `: ${message}`}`;
}

/** Enough to find it at the place that is named, and too little to use it. */
const mask = (value) => `${value.slice(0, 4)}… (${value.length} characters)`;
