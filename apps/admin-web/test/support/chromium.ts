import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** Chromium as an npm package with its libraries and fonts. The last version for Node 20. */
const PACKAGE = '@sparticuz/chromium@143.0.4';
/** Not a workspace package: running the product must not download a browser. */
const INSTALL_DIR = fileURLToPath(new URL('../../node_modules/.cache/chromium/', import.meta.url));
const DONE = join(INSTALL_DIR, 'installed');
/** The package’s font list has only AWS Lambda folders. Without fonts, inputs accept no text. */
const FONTS = join(INSTALL_DIR, 'fonts.conf');
const FONT_LIST = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(INSTALL_DIR, 'fonts/fonts')}</dir><cachedir>${join(INSTALL_DIR, 'fonts-cache')}</cachedir></fontconfig>
`;

/** Resolves to this machine but isn’t loopback, so pages there are not a secure context. */
export const PLAIN_HOST = 'console.test';
/** No other host resolves. */
const OFFLINE = `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`;

const run = promisify(execFile);

/** Starts the browser at `CHROMIUM_PATH`, or the npm package’s, which is installed if missing. */
export async function startChromium(): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH;
  if (given !== undefined && given !== '') return chromium.launch({ executablePath: given, args: ['--no-sandbox', OFFLINE] });
  await installed();
  const env = { ...process.env, LD_LIBRARY_PATH: join(INSTALL_DIR, 'al2023/lib'), FONTCONFIG_FILE: FONTS, HOME: INSTALL_DIR } as Record<
    string,
    string
  >;
  return chromium.launch({
    executablePath: join(INSTALL_DIR, 'chromium'),
    args: ['--no-sandbox', '--headless=shell', '--disable-gpu', OFFLINE],
    env,
  });
}

/** Two test files may install it at once, so a directory serves as the lock. */
async function installed(): Promise<void> {
  const lock = join(INSTALL_DIR, 'lock');
  await mkdir(INSTALL_DIR, { recursive: true });
  while (!(await isDone())) {
    const mine = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (!mine) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    try {
      if (!(await isDone())) await install();
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
}

const isDone = async (): Promise<boolean> => existsSync(DONE) && existsSync(FONTS) && (await readFile(DONE, 'utf8')) === PACKAGE;

async function install(): Promise<void> {
  const npm = ['install', '--no-audit', '--no-fund', '--no-save', '--no-package-lock', '--prefix', INSTALL_DIR, PACKAGE];
  await run('npm', npm, { cwd: INSTALL_DIR });
  // The package only unpacks its libraries and fonts when it detects AWS Lambda.
  const unpack = `import chromium from ${JSON.stringify(pathToFileURL(join(INSTALL_DIR, 'node_modules/@sparticuz/chromium/build/esm/index.js')).href)}; await chromium.executablePath();`;
  const env = { ...process.env, TMPDIR: INSTALL_DIR, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  await run(process.execPath, ['--input-type=module', '-e', unpack], { env });
  await writeFile(FONTS, FONT_LIST);
  await writeFile(DONE, PACKAGE);
}
