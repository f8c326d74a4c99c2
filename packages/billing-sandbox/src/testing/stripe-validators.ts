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
const SELF = fileURLToPath(import.meta.url);
const PARTS = ['shapes', 'parameters'] as const;
const OPTIONS: Record<keyof StripeValidators, Options> = {
  shapes: {},
  // Form values are strings: "12" is valid where a number is expected.
  parameters: { coerceTypes: true },
};

const require = createRequire(import.meta.url);

/**
 * The validators as code. Generating them takes ten seconds, so they are cached in
 * node_modules/.cache, keyed by the versions of stripe, the generator and ajv and by the source of
 * the three files that generate them.
 */
export function stripeValidators(): StripeValidators {
  const folder = `${PACKAGE}node_modules/.cache/billing-sandbox`;
  const name = fingerprint();
  const fileOf = (part: string) => `${folder}/${part}-${name}.cjs`;
  if (!PARTS.every((part) => existsSync(fileOf(part)))) {
    mkdirSync(folder, { recursive: true });
    const schema = makeSchema();
    for (const part of PARTS) writeAtomically(fileOf(part), codeOf(schema[part], OPTIONS[part]));
  }
  return { shapes: require(fileOf('shapes')) as Validators, parameters: require(fileOf('parameters')) as Validators };
}

/** Writes atomically: another process finds the whole file or none. */
function writeAtomically(file: string, text: string): void {
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
  // Names with slashes can't be export names, so numbered exports are mapped to them at the end.
  const named = names.map((name, index) => `${JSON.stringify(name)}: exports.v${index}`).join(',\n');
  return `${code}\nmodule.exports = {\n${named}\n};\n`;
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of ['stripe', 'ts-json-schema-generator', 'ajv']) hash.update(versionOf(require.resolve(name), name));
  for (const file of [ENTRY, SCHEMA, SELF]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 24);
}

/**
 * A package's `exports` may hide its package.json, so it is found by the path of its main file.
 */
function versionOf(mainFile: string, name: string): string {
  const folder = mainFile.slice(0, mainFile.lastIndexOf(`/node_modules/${name}/`));
  const { version } = JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8')) as { version: string };
  return `${name}@${version}`;
}
