/**
 * Checks the subjects of the commits that a branch adds: Conventional Commits, at most 72
 * characters. Merge commits are exempt. node scripts/lint-commits.mjs [BASE] BASE is what the
 * branch is compared with. Without it: the merge base with origin/main, else with main; on main
 * itself, the parent. Where git does not have the base, as in a shallow clone, only the last commit
 * is checked, and the output says so.
 */
import { spawnSync } from 'node:child_process';

const TYPES = ['feat', 'fix', 'refactor', 'docs', 'test', 'perf', 'build', 'ci', 'chore', 'style', 'revert'];
const LONGEST_SUBJECT = 72;
const SUBJECT = /^([a-z]+)(\([a-z0-9][a-z0-9/-]*\))?!?: (.+)$/;

const range = rangeOf(process.argv[2]);
console.log(`Commits: ${range.says}`);
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
  if (subject.length > LONGEST_SUBJECT) faults.push(`has ${subject.length} characters, more than ${LONGEST_SUBJECT}`);
  return faults;
}

/** Which commits to check, as arguments of `git log`, and in words. */
function rangeOf(given) {
  if (given !== undefined) {
    if (!isCommit(given)) fail(`"${given}" names no commit of this clone.`);
    return since(given);
  }
  const head = git('rev-parse', 'HEAD');
  for (const main of ['origin/main', 'main'].filter(isCommit)) {
    const base = tryGit('merge-base', main, 'HEAD');
    if (base !== null && base !== head) return since(base, `${main} is at ${base.slice(0, 9)}`);
  }
  // On main: what the last push, or the last merge, added.
  if (isCommit('HEAD^1')) return since('HEAD^1', 'no other commits than those of main');
  const why = tryGit('rev-parse', '--is-shallow-repository') === 'true' ? 'this clone is shallow' : 'there is no commit before it';
  return { args: ['-1', 'HEAD'], says: `only the last one is checked, because ${why}` };
}

function since(base, why = 'as given') {
  return { args: [`${base}..HEAD`], says: `${base.slice(0, 9)}..HEAD (${why})` };
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
