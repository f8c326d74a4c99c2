import type { Config } from '../config.ts';
import { type Finding, fail, ok } from './doctor/finding.ts';
import { FailedCommand, outJson, type Terminal } from './terminal.ts';

/** Prints a line for each check. Changes nothing. @throws FailedCommand when a check fails */
export async function doctorCommand({ json }: { json?: boolean }, terminal: Terminal): Promise<void> {
  const findings = await checkAll(terminal);
  const failed = findings.filter(({ state }) => state === 'fail').length;
  if (json) outJson(terminal, { ok: failed === 0, checks: findings });
  else terminal.out(findings.map((finding) => line(finding, terminal.color)).join(''));
  if (failed > 0) throw new FailedCommand(json ? '' : `${failed} of ${findings.length} checks failed.`);
}

async function checkAll(terminal: Terminal): Promise<Finding[]> {
  const { config, findings } = await checkConfiguration(terminal);
  const node = checkNode(terminal.nodeVersion);
  // The other checks need a valid configuration.
  return config === null ? [...findings, node] : [...findings, node, ...(await checkInstallation(config, terminal))];
}

async function checkConfiguration({ env }: Terminal): Promise<{ config: Config | null; findings: Finding[] }> {
  const { ConfigError, loadConfig } = await import('../config.ts');
  try {
    return { config: loadConfig(env), findings: [ok('configuration', 'every value is valid')] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.wrong.map(({ name, was, mayBe }) => fail('configuration', `${name} was ${was}`, `Make it ${mayBe}.`));
    return { config: null, findings };
  }
}

/** @param version without a leading v, for example 20.19.0 */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', version);
  return fail('node', version, 'Install Node 20.19 or newer.');
}

async function checkInstallation(config: Config, { env, now }: Terminal): Promise<Finding[]> {
  const [{ checkDirectory }, { checkDatabase }, { checkSpool }, { checkPort, checkRunningClock }, { localProduct }, { checkUrl }] =
    await Promise.all([
      import('./doctor/directory.ts'),
      import('./doctor/database.ts'),
      import('./doctor/spool.ts'),
      import('./doctor/port.ts'),
      import('./doctor/health.ts'),
      import('./doctor/url.ts'),
    ]);
  const local = await localProduct(config);
  return [
    ...(await checkUrl(env.API_FACTORY_URL, config, local)),
    ...(await checkDirectory(config.dataDir, local !== null)),
    ...(await checkDatabase(config, now)),
    ...(await checkSpool(config, now)),
    await checkPort(config, local),
    ...checkRunningClock(local),
  ];
}

const COLORS = { ok: 32, warn: 33, fail: 31 };

function line({ state, check, detail, fix }: Finding, color: boolean): string {
  const label = state.padEnd(4);
  const head = `${color ? `\u001b[${COLORS[state]}m${label}\u001b[0m` : label}  ${check}: ${detail}`;
  return fix === null ? `${head}\n` : `${head}\n      → ${fix}\n`;
}
