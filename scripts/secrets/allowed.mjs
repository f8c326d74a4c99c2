/**
 * Values that look like secrets but are not. Each rule matches a whole value, never a directory or
 * file, and gives the reason.
 * @type {{ value: RegExp, why: string }[]}
 */
export const ALLOWED = [
  { value: /^af_live_0{36}$/, why: 'the invalid key of scripts/smoke.sh: its checksum is wrong' },
  { value: /^postgres:\/\/(user:password|api_factory:PASSWORD)@/, why: 'the format of a connection string, in messages and documentation' },
  { value: /^(postgres|mysql):\/\/(u|me|root):hunter2(secret|-b)?@/, why: 'used by tests that search messages and logs for it' },
  { value: /^http:\/\/ada:hunter2@127\.0\.0\.1$/, why: 'a URL whose password must not be printed, in the test of doctor' },
  { value: /^postgres:\/\/ada:s%40cret@(127\.0\.0\.1|host)?/, why: 'used by tests of error redaction' },
  { value: /^postgres:\/\/(nobody:nothing|u:p)@/, why: 'test addresses that nothing listens on' },
  { value: /^postgres(ql)?:\/\/[^:]+:\$\{[^}]*\}@/, why: 'the password is an expression, in TypeScript or a shell' },
];
