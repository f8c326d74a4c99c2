/**
 * Values that look like secrets and are none. Each rule is about a whole value, never about a
 * folder or a file, and says why it may be there.
 * @type {{ value: RegExp, why: string }[]}
 */
export const ALLOWED = [
  { value: /^af_live_0{36}$/, why: 'the invalid key that scripts/smoke.sh is refused with: its checksum does not fit' },
  { value: /^postgres:\/\/(user:password|api_factory:PASSWORD)@/, why: 'how an address is written, in messages and documents' },
  { value: /^(postgres|mysql):\/\/(u|me|root):hunter2(secret|-b)?@/, why: 'planted by tests that look for it in messages and logs' },
  { value: /^postgres:\/\/ada:s%40cret@(127\.0\.0\.1|host)?/, why: 'planted by the tests of what is taken out of errors' },
  { value: /^postgres:\/\/(nobody:nothing|u:p)@/, why: 'servers of tests that nobody listens as' },
  { value: /^postgres(ql)?:\/\/[^:]+:\$\{[^}]*\}@/, why: 'the password is an expression, in TypeScript or a shell' },
];
