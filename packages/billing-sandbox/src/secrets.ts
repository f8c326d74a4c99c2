import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The sandbox's own secrets: the API key, the webhook's signing secret and the token of the controls. */
export type Secrets = { secretKey: string; webhookSecret: string; token: string };

export type SecretOptions = {
  directory: string | null;
  randomBytes: (n: number) => Uint8Array;
  /** `sk_test_…`; made once when it is not given. */
  secretKey: string | undefined;
};

/** Reads the secrets of the directory (file mode 0600), or makes them. Throws when a live key is given. */
export async function openSecrets(options: SecretOptions): Promise<Secrets> {
  const { directory } = options;
  const given = options.secretKey;
  if (given !== undefined && !/^[sr]k_test_/.test(given)) {
    throw new Error('The billing sandbox takes keys that begin with sk_test_ only; a live key has nothing to do here.');
  }
  const kept = directory === null ? null : await readSecrets(join(directory, 'secrets.json'));
  const hex = (bytes: number) => Buffer.from(options.randomBytes(bytes)).toString('hex');
  const secrets: Secrets = {
    secretKey: given ?? kept?.secretKey ?? `sk_test_${hex(24)}`,
    webhookSecret: kept?.webhookSecret ?? `whsec_${hex(24)}`,
    token: kept?.token ?? hex(24),
  };
  if (directory !== null && JSON.stringify(kept) !== JSON.stringify(secrets)) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, 'secrets.json'), `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
  return secrets;
}

async function readSecrets(path: string): Promise<Secrets | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Secrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
