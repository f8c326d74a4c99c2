import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { COMPOSE_VARIABLES, FIXED, generated, isPassedOn, SECRETS, STACK_NAMES } from '../../../scripts/docs/documents.ts';
import { program } from './commands/program.ts';
import type { Terminal } from './commands/terminal.ts';
import { comesFromFile, NAMES, VARIABLES, type VariableName } from './environment.ts';

/** Documents are generated from the source by `npm run docs`, or checked against it here. */

const root = (name: string): URL => new URL(`../../../${name}`, import.meta.url);
const read = (name: string): string => readFileSync(root(name), 'utf8');

test.each(Object.entries(generated()))('%s is up to date: otherwise run `npm run docs`', (name, text) => {
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

  // A name without a value takes that of .env, and is absent without one.
  test.each(NAMES.filter(isPassedOn))('hands %s on from .env', (name) => {
    expect(Object.keys(stack)).toContain(name);
    expect(stack[name] ?? `\${${name}:-}`).toMatch(new RegExp(`^\\$\\{${name}:-[^}]*\\}$`));
  });

  test.each(Object.keys(FIXED))('does not set %s', (name) => {
    expect(everywhere.flatMap((environment) => Object.keys(environment))).not.toContain(name);
  });

  test.each(Object.entries(SECRETS))('gives %s as a file alone', (name, file) => {
    expect(everywhere.flatMap((environment) => Object.keys(environment))).not.toContain(name);
    const given = everywhere.map((environment) => environment[`${name}_FILE`]).filter((path) => path !== undefined);
    expect(given).toEqual([`/run/secrets/${file}`]);
  });

  test('every secret of the schema is one of the stack', () => {
    expect(Object.keys(SECRETS).sort()).toEqual(NAMES.filter((name) => VARIABLES[name].secret).sort());
  });

  test('every variable that its files ask for is in .env.production.example, and the other way round', () => {
    const interpolated = FILES.flatMap((file) => [...read(file).matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => String(name)));
    const named = everywhere.flatMap((environment) => Object.keys(environment).filter((name) => environment[name] === null));
    const asked = new Set([...interpolated, ...named]);
    const offered = [...read('.env.production.example').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(offered.filter((name) => !COMPOSE_VARIABLES.includes(String(name))).sort()).toEqual([...asked].sort());
    expect(offered).toEqual(expect.arrayContaining(STACK_NAMES));
  });
});

/** Files of documentation, by their path from the root. */
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'apps/api-cli/README.md', 'packages/sdk-ts/README.md']
  .concat(['docs', 'docs/decisions'].flatMap((folder) => readdirSync(root(folder)).map((name) => `${folder}/${name}`)))
  .filter((name) => name.endsWith('.md') && existsSync(root(name)));

test.each(DOCUMENTS)('%s names no file variable that is not read', (document) => {
  const named = [...read(document).matchAll(/\b([A-Z][A-Z_]+)_FILE\b/g)].map(([, name]) => name as VariableName);
  // Postgres, Grafana and docker compose have such names of their own.
  const foreign = ['COMPOSE', 'NAME', 'POSTGRES_PASSWORD', 'GF_SECURITY_ADMIN_PASSWORD_'];
  for (const name of named.filter((one) => !foreign.includes(one)))
    expect(VARIABLES[name] && comesFromFile(VARIABLES[name]), name).toBe(true);
});

test.each(['docs/first-steps.md', 'apps/api-cli/README.md'])('%s has a row for each command that names all of its parts', (document) => {
  const rows = [...read(document).matchAll(/^\| (`[a-z][^|]*)\|/gm)]
    .map(([, cell]) => [...String(cell).matchAll(/`([^`]+)`/g)].flatMap(([, words]) => String(words).split(' ')).sort())
    .sort();
  const commands = program({ version: '' } as Terminal).commands;
  expect(rows).toEqual(commands.map((command) => [command, ...command.commands].map((one) => one.name()).sort()).sort());
});

test('docs/install.md starts the stack as README.md does', () => {
  const [ofReadme, ofInstall] = ['README.md', 'docs/install.md'].map((name) => /^```sh compose\n([\s\S]*?)^```$/m.exec(read(name))?.[1]);
  expect(ofInstall).toMatch(/\S/);
  // Only README's is run.
  expect(ofReadme?.startsWith(String(ofInstall))).toBe(true);
});

test('every yaml block of the documents is YAML', () => {
  const blocks = DOCUMENTS.flatMap((name) => [...read(name).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text]) => String(text)));
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(parseAllDocuments(block).flatMap(({ errors }) => errors)).toEqual([]);
});
