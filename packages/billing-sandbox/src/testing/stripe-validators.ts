import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Ajv, type AnySchema, type Options, type ValidateFunction } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { ENTRY, makeSchema, PACKAGE, type StripeSchema } from './stripe-schema.ts';

/** A validator for each name in stripe-shapes.ts. */
export type StripeValidators = { shapes: Validators; parameters: Validators };
type Validators = Record<string, ValidateFunction>;

const SCHEMA = fileURLToPath(new URL('./stripe-schema.ts', import.meta.url));
const MAKER = fileURLToPath(import.meta.url);
const PARTS = ['shapes', 'parameters'] as const;
const OPTIONS: Record<keyof StripeValidators, Options> = {
  shapes: {},
  // A form carries text alone: "12" is a number where one is wanted.
  parameters: { coerceTypes: true },
};

const require = createRequire(import.meta.url);

/**
 * The validators as code. Making them takes ten seconds, so they are kept below
 * node_modules/.cache, by the versions of stripe, of the generator and of ajv and by the text of
 * the three files that say how they are made.
 */
export function stripeValidators(): StripeValidators {
  const folder = `${PACKAGE}node_modules/.cache/billing-sandbox`;
  const name = fingerprint();
  const fileOf = (part: string) => `${folder}/${part}-${name}.cjs`;
  if (!PARTS.every((part) => existsSync(fileOf(part)))) {
    mkdirSync(folder, { recursive: true });
    const schema = makeSchema();
    for (const part of PARTS) writeWhole(fileOf(part), codeOf(schema[part], OPTIONS[part]));
  }
  return { shapes: require(fileOf('shapes')) as Validators, parameters: require(fileOf('parameters')) as Validators };
}

/** Another process reads all of the file or finds none. */
function writeWhole(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}

/** A CommonJS module that exports a validator for each property of the schema. */
function codeOf(schema: StripeSchema['shapes'], options: Options): string {
  const ajv = new Ajv({ ...options, strict: false, allErrors: true, code: { source: true } });
  ajv.addSchema(schema as AnySchema, 'stripe');
  const pointer = (name: string) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
  const names = Object.keys(schema.properties ?? {});
  const refs = names.map((name, index) => [`v${index}`, `stripe#/properties/${pointer(name)}`]);
  const code = standalone(ajv, Object.fromEntries(refs));
  // Names with slashes are no names of exports: they are given to the numbered ones at the end.
  const named = names.map((name, index) => `${JSON.stringify(name)}: exports.v${index}`).join(',\n');
  return `${code}\nmodule.exports = {\n${named}\n};\n`;
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of ['stripe', 'ts-json-schema-generator', 'ajv']) hash.update(versionOf(require.resolve(name), name));
  for (const file of [ENTRY, SCHEMA, MAKER]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 24);
}

/**
 * The exports of a package may hide its package.json: it is looked for in the folders above its
 * main file.
 */
function versionOf(mainFile: string, name: string): string {
  const folder = mainFile.slice(0, mainFile.lastIndexOf(`/node_modules/${name}/`));
  const { version } = JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8')) as { version: string };
  return `${name}@${version}`;
}
