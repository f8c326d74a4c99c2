import { describeError } from './describe-error.ts';
import { signOut } from './session.ts';
import { toast } from './toasts.ts';

/** Signs out, here or on every device, with a toast when the request fails. */
export function signOutWithToast(everywhere: boolean): void {
  signOut({ everywhere }).catch((error: unknown) =>
    toast({
      cause: 'sign-out',
      tone: 'bad',
      title: 'Sign-out failed',
      message: `${describeError(error).title}. This browser is still signed in. Reload the page and sign out again.`,
    }),
  );
}
