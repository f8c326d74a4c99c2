/**
 * Checks the subjects of the commits that a branch adds: Conventional Commits, at most 72
 * characters. Merge commits are exempt.
 *   node scripts/lint-commits.mjs [BASE]
 * BASE is the commit to compare with. Default: the merge base with origin/main, else with main; on
 * main itself, the parent. If git does not have the base, as in a shallow clone, only the last
 * commit is checked, and the output says so.
 */
import { spawnSync } from 'node:child_process';

const TYPES = ['feat', 'fix', 'refactor', 'docs', 'test', 'perf', 'build', 'ci', 'chore', 'style', 'revert'];
const MAX_SUBJECT_LENGTH = 72;
const SUBJECT = /^([a-z]+)(\([a-z0-9][a-z0-9/-]*\))?!?: (.+)$/;

const range = rangeOf(process.argv[2]);
console.log(`Commits: ${range.description}`);
const commits = git('log', '--no-merges', '--format=%h%x09%s', ...range.args)
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.split('\t'));
const wrong = commits.flatMap(([id, subject]) => faultsOf(subject).map((fault) => `${id} ${JSON.stringify(subject)}: ${fault}`));
for (const line of wrong) console.error(line);
if (wrong.length > 0) {
  console.error(`Write "type(scope): imperative", for example "fix(keys): reject an expired key". Types: ${TYPES.join(', ')}.`);
  process.exitCode = 1;
}

function faultsOf(subject) {
  const faults = [];
  const [, type, , description] = SUBJECT.exec(subject) ?? [];
  if (type === undefined) faults.push('is not "type(scope): description"');
  else if (!TYPES.includes(type)) faults.push(`has the unknown type "${type}"`);
  if (description?.endsWith('.')) faults.push('ends with a period');
  if (subject.length > MAX_SUBJECT_LENGTH) faults.push(`has ${subject.length} characters, more than ${MAX_SUBJECT_LENGTH}`);
  return faults;
}

/** The commits to check: arguments for `git log`, and a description. */
function rangeOf(given) {
  if (given !== undefined) {
    if (!isCommit(given)) fail(`"${given}" is not a commit of this clone.`);
    return since(given);
  }
  const head = git('rev-parse', 'HEAD');
  for (const main of ['origin/main', 'main'].filter(isCommit)) {
    const base = tryGit('merge-base', main, 'HEAD');
    if (base !== null && base !== head) return since(base, `${main} is at ${base.slice(0, 9)}`);
  }
  // On main: the commits that the last push or merge added.
  if (isCommit('HEAD^1')) return since('HEAD^1', 'HEAD is on main');
  const reason = tryGit('rev-parse', '--is-shallow-repository') === 'true' ? 'this clone is shallow' : 'it has no parent';
  return { args: ['-1', 'HEAD'], description: `only the last one is checked, because ${reason}` };
}

function since(base, reason = 'as given') {
  return { args: [`${base}..HEAD`], description: `${base.slice(0, 9)}..HEAD (${reason})` };
}

function isCommit(name) {
  return tryGit('rev-parse', '--verify', '--quiet', `${name}^{commit}`) !== null;
}

function git(...args) {
  return tryGit(...args) ?? fail(`git ${args.join(' ')} failed: is this a git repository with a commit?`);
}

/** Standard output, or null when git failed. */
function tryGit(...args) {
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return status === 0 ? stdout.trim() : null;
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
