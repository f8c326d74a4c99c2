/**
 * Checks what Biome has no rule for: the length of source files and the width of their comments.
 *   node scripts/lint-files.mjs [DIRECTORY]
 * Exit code 1 when a file breaks a rule, or when there is none.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './prepare.mjs';

const MAX_LINES = 250;
const MAX_COMMENT_COLUMNS = 100;
const SOURCE = /\.(?:ts|tsx|mjs|cjs)$/;
const TEST = /\.test\.ts$|\/testing\/|^apps\/[^/]+\/test\//;
/** A longer file gives its reason. */
const REASON = /\bOver 250 lines because\b/;
/** URLs can't be wrapped, and tools read their directives from one line. */
const UNWRAPPABLE = /https?:\/\/|biome-ignore|@ts-|^\s*\/\/ [\w@./-]{60,}$/;

/**
 * @param {string} path relative to the root of the repository
 * @param {string} text
 * @returns {string[]} one finding per line, empty when the file follows the rules
 */
export function findingsOf(path, text) {
  const lines = text.trimEnd().split('\n');
  const wide = lines.flatMap((line, index) =>
    /^\s*(?:\/\/|\/\*|\*(?:\s|\/|$))/.test(line) && line.length > MAX_COMMENT_COLUMNS && !UNWRAPPABLE.test(line)
      ? [`${path}:${index + 1}: the comment has ${line.length} columns; the limit is ${MAX_COMMENT_COLUMNS}`]
      : [],
  );
  if (TEST.test(path) || lines.length <= MAX_LINES || REASON.test(text)) return wide;
  const long = `${path}: the file has ${lines.length} lines; the limit is ${MAX_LINES}. Split it, or add a comment “Over 250 lines because …”`;
  return [...wide, long];
}

function lint(directory) {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: directory, encoding: 'utf8' });
  const files = listed.split('\n').filter((path) => SOURCE.test(path));
  const findings = files.flatMap((path) => findingsOf(path, read(join(directory, path))));
  for (const finding of findings) console.error(finding);
  if (files.length === 0) console.error(`there is no source file in ${directory}`);
  process.exitCode = findings.length > 0 || files.length === 0 ? 1 : 0;
}

/** A file that was deleted without `git rm` is still listed. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) lint(resolve(process.argv[2] ?? ROOT));
