export const HELP = `A local stand-in for Stripe's API. No money moves.

Usage: npm run sandbox -- [options]

  --port <number>  Port on 127.0.0.1 (default 8790; 0: any free port)
  --dir <path>     Directory for its state and secrets (default ./data/billing-sandbox)
  --webhook <url>  URL that receives events, such as http://127.0.0.1:8787/api/stripe/webhook
  --help           Show this help
`;

export type StartText = {
  url: string;
  secretsFile: string;
  secretKeyFile: string;
  webhookSecretFile: string;
  /** The webhook URL, or null. */
  webhook: string | null;
};

const WEBHOOK = 'http://127.0.0.1:8787/api/stripe/webhook';

/** The start message. It has the paths of secrets, never their values. */
export function startText(start: StartText): string {
  const events = start.webhook ?? `nowhere yet; start with --webhook ${WEBHOOK} to send them to API-Factory`;
  return `local sandbox, not Stripe: ${start.url}
Secrets:  ${start.secretsFile} (its token opens ${start.url}/)
Events:   ${events}

Start API-Factory against it with this environment:
BILLING=stripe
STRIPE_API_BASE=${start.url}
STRIPE_SECRET_KEY_FILE=${start.secretKeyFile}
STRIPE_WEBHOOK_SECRET_FILE=${start.webhookSecretFile}

It then listens on 127.0.0.1:8787. With another PORT, BIND_HOST or a PUBLIC_URL (where buyers return), --webhook names that address.
`;
}
