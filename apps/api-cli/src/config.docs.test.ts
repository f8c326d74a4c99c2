import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { COMPOSE_VARIABLES, FIXED, generated, isPassedOn, SECRETS, STACK_NAMES } from '../../../scripts/docs/documents.ts';
import { program } from './commands/program.ts';
import type { Terminal } from './commands/terminal.ts';
import { comesFromFile, NAMES, VARIABLES, type VariableName } from './environment.ts';

/** Documents are generated from the source with `npm run docs`, or checked against it here. */

const root = (name: string): URL => new URL(`../../../${name}`, import.meta.url);
const read = (name: string): string => readFileSync(root(name), 'utf8');

test.each(Object.entries(generated()))('%s is up to date (fix with `npm run docs`)', (name, text) => {
  expect(read(name)).toBe(text);
});

describe('the compose stack', () => {
  const FILES = [
    'compose.yaml',
    ...readdirSync(root('deploy'))
      .filter((name) => /^compose\..*yaml$/.test(name))
      .map((name) => `deploy/${name}`),
  ];
  const environmentOf = (file: string): Record<string, string | null> => parse(read(file), { merge: true }).services.api?.environment ?? {};
  const stack = environmentOf('compose.yaml');
  const everywhere = FILES.map(environmentOf);

  // A name without a value is passed from .env, and unset if .env lacks it.
  test.each(NAMES.filter(isPassedOn))('passes %s through from .env', (name) => {
    expect(Object.keys(stack)).toContain(name);
    expect(stack[name] ?? `\${${name}:-}`).toMatch(new RegExp(`^\\$\\{${name}:-[^}]*\\}$`));
  });

  test.each(Object.keys(FIXED))('does not set %s', (name) => {
    expect(everywhere.flatMap((environment) => Object.keys(environment))).not.toContain(name);
  });

  test.each(Object.entries(SECRETS))('passes %s only as a file', (name, file) => {
    expect(everywhere.flatMap((environment) => Object.keys(environment))).not.toContain(name);
    const paths = everywhere.map((environment) => environment[`${name}_FILE`]).filter((path) => path !== undefined);
    expect(paths).toEqual([`/run/secrets/${file}`]);
  });

  test('has every secret of the schema', () => {
    expect(Object.keys(SECRETS).sort()).toEqual(NAMES.filter((name) => VARIABLES[name].secret).sort());
  });

  test('uses exactly the variables of .env.production.example', () => {
    const interpolated = FILES.flatMap((file) => [...read(file).matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => String(name)));
    const named = everywhere.flatMap((environment) => Object.keys(environment).filter((name) => environment[name] === null));
    const used = new Set([...interpolated, ...named]);
    const listed = [...read('.env.production.example').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(listed.filter((name) => !COMPOSE_VARIABLES.includes(String(name))).sort()).toEqual([...used].sort());
    expect(listed).toEqual(expect.arrayContaining(STACK_NAMES));
  });
});

/** Documentation files, as paths from the root. */
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'apps/api-cli/README.md', 'packages/sdk-ts/README.md']
  .concat(['docs', 'docs/decisions'].flatMap((folder) => readdirSync(root(folder)).map((name) => `${folder}/${name}`)))
  .filter((name) => name.endsWith('.md') && existsSync(root(name)));

test.each(DOCUMENTS)('%s mentions only file variables that exist', (document) => {
  const named = [...read(document).matchAll(/\b([A-Z][A-Z_]+)_FILE\b/g)].map(([, name]) => name as VariableName);
  // Postgres, Grafana and Docker Compose have their own _FILE variables.
  const foreign = ['COMPOSE', 'NAME', 'POSTGRES_PASSWORD', 'GF_SECURITY_ADMIN_PASSWORD_'];
  for (const name of named.filter((one) => !foreign.includes(one)))
    expect(VARIABLES[name] && comesFromFile(VARIABLES[name]), name).toBe(true);
});

test.each(['docs/first-steps.md', 'apps/api-cli/README.md'])('%s has a row for every command, with all of its subcommands', (document) => {
  const rows = [...read(document).matchAll(/^\| (`[a-z][^|]*)\|/gm)]
    .map(([, cell]) => [...String(cell).matchAll(/`([^`]+)`/g)].flatMap(([, words]) => String(words).split(' ')).sort())
    .sort();
  const commands = program({ version: '' } as Terminal).commands;
  expect(rows).toEqual(commands.map((command) => [command, ...command.commands].map((one) => one.name()).sort()).sort());
});

test('docs/install.md starts the stack with the same commands as README.md', () => {
  const [ofReadme, ofInstall] = ['README.md', 'docs/install.md'].map((name) => /^```sh compose\n([\s\S]*?)^```$/m.exec(read(name))?.[1]);
  expect(ofInstall).toMatch(/\S/);
  // CI runs only README.md's block.
  expect(ofReadme?.startsWith(String(ofInstall))).toBe(true);
});

test('every yaml block in the documentation parses', () => {
  const blocks = DOCUMENTS.flatMap((name) => [...read(name).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text]) => String(text)));
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(parseAllDocuments(block).flatMap(({ errors }) => errors)).toEqual([]);
});
