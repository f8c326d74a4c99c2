/** How serious it is: decides colour and how long it stays. */
export type ToastTone = 'good' | 'notice' | 'bad';

export interface Toast {
  /** One toast per cause: a second one with the same cause takes the place of the first. */
  cause: string;
  tone: ToastTone;
  title: string;
  /** What to do. */
  message?: string;
  /** Where it is done, beside the console. */
  link?: { href: string; label: string };
}

const waiting: Toast[] = [];
let show: ((toast: Toast) => void) | null = null;
let wake: () => void = () => {};

/** Shows a toast, in the place of one with the same cause. What shows them is loaded with the first one. */
export function toast(message: Toast): void {
  if (show !== null) {
    show(message);
    return;
  }
  waiting.push(message);
  wake();
}

/** Hears when the first toast wants to be shown. @returns a function that ends it */
export function onFirstToast(listener: () => void): () => void {
  wake = listener;
  if (waiting.length > 0) listener();
  return () => {
    wake = () => {};
  };
}

/** Takes over showing, from the toasts that wait on. */
export function showToastsWith(shower: (toast: Toast) => void): void {
  show = shower;
  for (const message of waiting.splice(0)) shower(message);
}
