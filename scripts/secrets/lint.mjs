import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { creator as pattern } from '@secretlint/secretlint-rule-pattern';
import { creator as preset, rules as presetRules } from '@secretlint/secretlint-rule-preset-recommend';
import { ROOT } from '../prepare.mjs';
import { ALLOWED } from './allowed.mjs';

/**
 * Longer texts, and binaries, are searched only for our own patterns, because the preset reads the
 * text many times.
 */
const MAX_PRESET_LENGTH = 2_000_000;

/** Patterns that the preset lacks. The names appear in the findings. */
const PATTERNS = [
  ['operator key', /(?<![0-9A-Za-z])af_admin_[0-9A-Za-z]{20,}/g],
  ['API key of a consumer', /(?<![0-9A-Za-z])af_(?:live|test)_[0-9A-Za-z]{36}\b/g],
  ['session of the console', /(?<![0-9A-Za-z])af_session_[0-9A-Za-z]{43}\b/g],
  ['Stripe key', /(?<![0-9A-Za-z])[sr]k_(?:live|test)_[0-9A-Za-z]{16,}/g],
  ['Stripe signing secret', /(?<![0-9A-Za-z])whsec_[0-9A-Za-z+/=]{24,}/g],
  ['database address with a password', /\bpostgres(?:ql)?:\/\/[^\s:@/"'`]*:[^\s@/"'`]+@/g],
  // The 32 random bytes from deploy/make-secrets.sh have no prefix, so they are recognized by the
  // name that they are assigned to.
  [
    'secret of the stack',
    /\b(?:PGPASSWORD|POSTGRES_PASSWORD|METRICS_TOKEN|API_FACTORY_ADMIN_KEY|STAGING_ADMIN_KEY|GF_SECURITY_ADMIN_PASSWORD)["']?\s*[:=]\s*["']?[0-9a-f]{64}\b/g,
  ],
].map(([name, expression]) => ({ name, patterns: [String(expression)] }));

/** Every file there is a secret. */
const OF_THE_STACK = /(?:^|\/)deploy\/secrets\/[^/]+$/;

const PATTERN_RULE = { id: '@secretlint/secretlint-rule-pattern', rule: pattern, options: { patterns: PATTERNS } };
/** Without the rule that lets comments disable the search: only allowed.mjs makes exceptions. */
const PRESET_RULE = {
  id: '@secretlint/secretlint-rule-preset-recommend',
  rule: {
    ...preset,
    create: (context) => {
      for (const rule of presetRules) if (!rule.meta.id.endsWith('filter-comments')) context.registerRule(rule);
    },
  },
};

// The engine is a dependency of the program `secretlint`, which can't check text that is not in a
// file.
const require = createRequire(realpathSync(join(ROOT, 'node_modules/secretlint/package.json')));
const { lintSource } = await import(pathToFileURL(require.resolve('@secretlint/core')).href);

/**
 * The secrets in one content, without the allowed values.
 * @param {Buffer} bytes
 * @param {string} path the content's path, for rules that match names
 * @returns {Promise<{ line: number, what: string, masked: string }[]>}
 */
export async function secretsIn(bytes, path) {
  const { content, binary } = textOf(bytes);
  const rules = binary || content.length > MAX_PRESET_LENGTH ? [PATTERN_RULE] : [PATTERN_RULE, PRESET_RULE];
  const source = { content, filePath: join('/', path), ext: '', contentType: 'text' };
  const { messages } = await lintSource({ source, options: { config: { rules }, locale: 'en' } });
  if (OF_THE_STACK.test(path) && content.trim() !== '') return [{ line: 1, what: 'file of deploy/secrets', masked: mask(content.trim()) }];
  return messages
    .filter(({ type }) => type === 'message')
    .map(({ range, loc, ruleId, message }) => ({ value: content.slice(...range), line: loc.start.line, ruleId, message }))
    .filter(({ value }) => !ALLOWED.some((allowed) => allowed.value.test(value)))
    .map(({ value, line, ruleId, message }) => ({ line, what: whatOf(ruleId, message), masked: mask(value) }));
}

/** UTF-16 is text although it contains zero bytes; its byte order mark identifies it. */
function textOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { content: new TextDecoder('utf-16le').decode(bytes), binary: false };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { content: new TextDecoder('utf-16be').decode(bytes), binary: false };
  const binary = bytes.subarray(0, 8_000).includes(0);
  return { content: bytes.toString(binary ? 'latin1' : 'utf8'), binary };
}

/** The rule's message may contain the secret or a part of it, so only the name is used. */
function whatOf(ruleId, message) {
  const pattern = ruleId.endsWith('rule-pattern') && PATTERNS.find(({ name }) => message.includes(name));
  return pattern ? pattern.name : ruleId.replace(/^.*secretlint-rule-/, '');
}

/** Enough to find the secret at the reported place, too little to use it. */
const mask = (value) => `${value.slice(0, 4)}… (${value.length} characters)`;
