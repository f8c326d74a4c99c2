import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VARIABLES, type Variable } from './config.ts';

/** The documents that are made from the schema. `vitest run config.docs --update` writes `.env.example` anew. */

const root = (name: string): URL => new URL(`../../../${name}`, import.meta.url);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function exampleLines([name, { description, mayBe, default: byDefault, secret }]: [string, Variable]): string {
  const file = secret ? [`# Or ${name}_FILE: the path of a file that holds it.`] : [];
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

function tableRow([name, { description, default: byDefault, secret }]: [string, Variable]): string {
  const shown = byDefault === undefined || byDefault === '' ? '' : `\`${byDefault}\``;
  return `| \`${name}\`${secret ? ', `…_FILE`' : ''} | ${shown} | ${description} |`;
}

test('README.md has the table of the environment', () => {
  const table = ['| variable | default | what it does |', '|---|---|---|', ...Object.entries(VARIABLES).map(tableRow)].join('\n');
  expect(readFileSync(root('README.md'), 'utf8')).toContain(table);
});
