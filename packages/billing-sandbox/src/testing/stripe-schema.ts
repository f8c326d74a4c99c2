import { fileURLToPath } from 'node:url';
import {
  type BaseType,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  type Schema,
  SchemaGenerator,
  StringType,
  type SubNodeParser,
} from 'ts-json-schema-generator';

export type StripeSchema = { shapes: Schema; parameters: Schema };

/** The file with the types to compare. */
export const ENTRY = fileURLToPath(new URL('./stripe-shapes.ts', import.meta.url));
/** The directory of this package. */
export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/**
 * JSON Schema of the installed `stripe` package's types that stripe-shapes.ts lists. Takes several
 * seconds.
 */
export function makeSchema(): StripeSchema {
  const config = {
    ...DEFAULT_CONFIG,
    path: ENTRY,
    tsconfig: `${PACKAGE}tsconfig.json`,
    // Every named type gets its own definition, because Stripe's objects contain each other.
    expose: 'all' as const,
    topRef: false,
    jsDoc: 'none' as const,
    skipTypeCheck: true,
    functions: 'hide' as const,
  };
  const program = createProgram(config);
  nameByFile(program.getTypeChecker());
  const parser = createParser(program, config, (chain) => chain.addNodeParser(textParser));
  const generator = new SchemaGenerator(program, parser, createFormatter(config), config);
  return { shapes: generator.createSchema('Shapes'), parameters: generator.createSchema('Parameters') };
}

/**
 * Qualifies type names with the file's path, because some of Stripe's types share a name (a card's
 * `Card`, an issued `Card`).
 */
function nameByFile(checker: { getFullyQualifiedName(symbol: never): string }): void {
  const original = checker.getFullyQualifiedName;
  checker.getFullyQualifiedName = (symbol) =>
    original(symbol).replace(/^".*\/resources\/(.*)"\./, (_, path: string) => `${path.replaceAll('/', '.')}.`);
}

/** `Decimal` is a string on the wire; `OtherString` marks an open enum in Stripe's types. */
const textParser: SubNodeParser = {
  supportsNode(node) {
    const { typeName } = node as unknown as { typeName?: { text?: string } };
    return typeName?.text === 'Decimal' || typeName?.text === 'OtherString';
  },
  createType(): BaseType {
    return new StringType();
  },
};
