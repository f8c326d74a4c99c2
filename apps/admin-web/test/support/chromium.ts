import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** A browser in an npm package, with the libraries and fonts that it needs: nothing else is downloaded. The last one for Node 20. */
const PACKAGE = '@sparticuz/chromium@143.0.4';
/** Outside of the workspace’s packages: nobody who only runs the product should fetch a browser. */
const PLACE = fileURLToPath(new URL('../../node_modules/.cache/chromium/', import.meta.url));
const DONE = join(PLACE, 'installed');
/** The package's own list names folders of a cloud function alone; without any font a page takes no typing. */
const FONTS = join(PLACE, 'fonts.conf');
const FONT_LIST = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(PLACE, 'fonts/fonts')}</dir><cachedir>${join(PLACE, 'fonts-cache')}</cachedir></fontconfig>
`;

/** A name for this machine that is not loopback to the browser: there it is a page over plain http, without what only secure pages may do. */
export const PLAIN_HOST = 'console.test';
/** Nothing else has an address: whatever a page wants from another host, it does not get. */
const OFFLINE = `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`;

const run = promisify(execFile);

/** Starts the browser of `CHROMIUM_PATH`, or that of the package, which is installed first where it is missing. */
export async function startChromium(): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH;
  if (given !== undefined && given !== '') return chromium.launch({ executablePath: given, args: ['--no-sandbox', OFFLINE] });
  await installed();
  const env = { ...process.env, LD_LIBRARY_PATH: join(PLACE, 'al2023/lib'), FONTCONFIG_FILE: FONTS, HOME: PLACE } as Record<string, string>;
  return chromium.launch({
    executablePath: join(PLACE, 'chromium'),
    args: ['--no-sandbox', '--headless=shell', '--disable-gpu', OFFLINE],
    env,
  });
}

/** Two test files may want it at once: the directory is the lock. */
async function installed(): Promise<void> {
  const lock = join(PLACE, 'lock');
  await mkdir(PLACE, { recursive: true });
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
  const npm = ['install', '--no-audit', '--no-fund', '--no-save', '--no-package-lock', '--prefix', PLACE, PACKAGE];
  await run('npm', npm, { cwd: PLACE });
  // The package unpacks its libraries and fonts only where it believes to be in a cloud function.
  const unpack = `import chromium from ${JSON.stringify(pathToFileURL(join(PLACE, 'node_modules/@sparticuz/chromium/build/esm/index.js')).href)}; await chromium.executablePath();`;
  const env = { ...process.env, TMPDIR: PLACE, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  await run(process.execPath, ['--input-type=module', '-e', unpack], { env });
  await writeFile(FONTS, FONT_LIST);
  await writeFile(DONE, PACKAGE);
}
