import { describeError } from './describe-error.ts';
import { signOut } from './session.ts';
import { toast } from './toasts.ts';

/** Signs out, here or everywhere; says so when the server could not be told. */
export function leave(everywhere: boolean): void {
  signOut({ everywhere }).catch((error: unknown) =>
    toast({
      cause: 'sign-out',
      tone: 'bad',
      title: 'The server could not be told',
      message: `${describeError(error).title}. This browser stays signed in: reload the page and sign out again.`,
    }),
  );
}
