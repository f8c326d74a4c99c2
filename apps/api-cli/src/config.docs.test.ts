import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { comesFromFile, VARIABLES, type Variable } from './environment.ts';

/** The documents that are made from the schema. `vitest run config.docs --update` writes `.env.example` anew. */

const root = (name: string): URL => new URL(`../../../${name}`, import.meta.url);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function exampleLines([name, variable]: [string, Variable]): string {
  const { description, mayBe, default: byDefault } = variable;
  const file = comesFromFile(variable) ? [`# Or ${name}_FILE: the path of a file that holds it.`] : [];
  // A variable without a default stays a comment: an empty secret would stop the start.
  const line = byDefault === undefined ? `# ${name}=` : `${name}=${byDefault}`;
  return [`# ${description}`, `# ${sentence(mayBe)}`, ...file, line, ''].join('\n');
}

const HEAD = `# Every variable with its default. The product reads its environment and no file; to use a copy of this one:
#   node --env-file=.env scripts/start.mjs
`;

test('.env.example has every variable, with its default and its description', async () => {
  const text = [HEAD, ...Object.entries(VARIABLES).map(exampleLines)].join('\n');
  await expect(text).toMatchFileSnapshot(root('.env.example').pathname);
});

function tableRow([name, variable]: [string, Variable]): string {
  const { description, default: byDefault } = variable;
  const shown = byDefault === undefined || byDefault === '' ? '' : `\`${byDefault}\``;
  return `| \`${name}\`${comesFromFile(variable) ? ', `…_FILE`' : ''} | ${shown} | ${description} |`;
}

test('README.md has the table of the environment', () => {
  const table = ['| variable | default | what it does |', '|---|---|---|', ...Object.entries(VARIABLES).map(tableRow)].join('\n');
  expect(readFileSync(root('README.md'), 'utf8')).toContain(table);
});
