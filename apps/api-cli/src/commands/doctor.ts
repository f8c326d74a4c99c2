import type { Config } from '../config.ts';
import { type Finding, fail, ok } from './doctor/finding.ts';
import { FailedCommand, outJson, type Terminal } from './terminal.ts';

/** Checks what a start needs and prints a line each. Changes nothing. @throws FailedCommand when a check failed */
export async function doctorCommand({ json }: { json?: boolean }, terminal: Terminal): Promise<void> {
  const findings = await examine(terminal);
  const failed = findings.filter(({ state }) => state === 'fail').length;
  if (json) outJson(terminal, { ok: failed === 0, checks: findings });
  else terminal.out(findings.map((finding) => line(finding, terminal.color)).join(''));
  if (failed > 0) throw new FailedCommand(json ? '' : `${failed} of ${findings.length} checks failed.`);
}

async function examine(terminal: Terminal): Promise<Finding[]> {
  const { checkNode } = await import('./doctor/node.ts');
  const { config, findings } = await readConfiguration(terminal);
  const node = checkNode(terminal.nodeVersion);
  // Without a configuration nothing else can be looked for.
  return config === null ? [...findings, node] : [...findings, node, ...(await examineInstallation(config, terminal))];
}

async function readConfiguration({ env }: Terminal): Promise<{ config: Config | null; findings: Finding[] }> {
  const { ConfigError, loadConfig } = await import('../config.ts');
  try {
    return { config: loadConfig(env), findings: [ok('configuration', 'every value can be used')] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.wrong.map(({ name, was, mayBe }) => fail('configuration', `${name} was ${was}`, `Make it ${mayBe}.`));
    return { config: null, findings };
  }
}

async function examineInstallation(config: Config, { now }: Terminal): Promise<Finding[]> {
  const [{ checkDirectory }, { checkDatabase }, { checkSpool }, { checkPort, checkRunningClock, runningProduct }] = await Promise.all([
    import('./doctor/directory.ts'),
    import('./doctor/database.ts'),
    import('./doctor/spool.ts'),
    import('./doctor/port.ts'),
  ]);
  const running = await runningProduct(config);
  return [
    ...(await checkDirectory(config.dataDir, running !== null)),
    ...(await checkDatabase(config, now)),
    ...(await checkSpool(config, now)),
    await checkPort(config, running),
    ...checkRunningClock(running),
  ];
}

const COLOURS = { ok: 32, warn: 33, fail: 31 };

function line({ state, check, detail, mend }: Finding, color: boolean): string {
  const mark = state.padEnd(4);
  const head = `${color ? `\u001b[${COLOURS[state]}m${mark}\u001b[0m` : mark}  ${check}: ${detail}`;
  return mend === null ? `${head}\n` : `${head}\n      → ${mend}\n`;
}
