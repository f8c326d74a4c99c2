import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

interface ObjectSchema {
  properties?: Record<string, { type?: unknown }>;
}

/**
 * Validates requests against their schemas, for Fastify’s `setValidatorCompiler`. Bodies are not
 * coerced: "5" is not a number. In a query, where everything is text, integers are parsed. A
 * missing body counts as an empty object, so that the error names the missing field. Only the first
 * error is reported. A schema is compiled by the first request that needs it, which keeps the start
 * short.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let check: ReturnType<typeof Compile<TSchema>> | null = null;
  return (raw: unknown) => {
    check ??= Compile(schema);
    const value = httpPart === 'body' ? (raw ?? {}) : httpPart === 'querystring' ? readNumbers(schema, raw) : raw;
    if (check.Check(value)) return { value };
    return { error: [firstFinding(schema, check.Errors(value))] as unknown as Error };
  };
};

function readNumbers(schema: ObjectSchema, raw: unknown): unknown {
  const query: Record<string, unknown> = { ...(raw as Record<string, unknown>) };
  for (const [name, { type }] of Object.entries(schema.properties ?? {})) {
    const text = query[name];
    if (type === 'integer' && typeof text === 'string' && /^-?\d{1,15}$/.test(text)) query[name] = Number(text);
  }
  return query;
}

/**
 * An error inside one branch of a union is less helpful than the error of the union itself, and
 * "schema is false" is no help at all.
 */
function firstFinding(schema: TSchema, findings: FastifySchemaValidationError[]): FastifySchemaValidationError {
  const finding = findings.find(({ keyword, schemaPath }) => keyword !== 'boolean' && !schemaPath.includes('/anyOf/'));
  const chosen = finding ?? (findings[0] as FastifySchemaValidationError);
  if (chosen.keyword !== 'pattern' && chosen.keyword !== 'format') return chosen;
  const description = describedAt(schema, chosen.schemaPath);
  return description === undefined ? chosen : { ...chosen, message: `must be ${description}` };
}

function describedAt(schema: TSchema, schemaPath: string): string | undefined {
  let at: unknown = schema;
  for (const step of schemaPath.split('/').slice(1)) at = (at as Record<string, unknown> | undefined)?.[step];
  const description = (at as { description?: unknown } | undefined)?.description;
  return typeof description === 'string' ? description : undefined;
}
