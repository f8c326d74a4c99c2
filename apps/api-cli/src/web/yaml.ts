import type { FastifyInstance } from 'fastify';
import { stringify } from 'yaml';

/** The contract of an app that is ready, as YAML. */
export const contractYaml = (app: FastifyInstance): string =>
  `# Made from the routes' schemas by \`pnpm openapi\`. Do not edit.\n${stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 0 })}`;
