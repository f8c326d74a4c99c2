/** Severity: decides the colour and the duration. */
export type ToastTone = 'good' | 'notice' | 'bad';

export interface Toast {
  /** Deduplicates: a toast replaces the one with the same cause. */
  cause: string;
  tone: ToastTone;
  title: string;
  message?: string;
  /** Opens in a new tab. */
  link?: { href: string; label: string };
}

const queue: Toast[] = [];
let show: ((toast: Toast) => void) | null = null;
let onQueued: () => void = () => {};

/** Shows a toast. The component that renders them is loaded with the first one. */
export function toast(message: Toast): void {
  if (show !== null) {
    show(message);
    return;
  }
  queue.push(message);
  onQueued();
}

/** Calls the listener when the first toast is queued. @returns unsubscribe */
export function onFirstToast(listener: () => void): () => void {
  onQueued = listener;
  if (queue.length > 0) listener();
  return () => {
    onQueued = () => {};
  };
}

/** Shows the queued toasts and all later ones with this function. */
export function showToastsWith(next: (toast: Toast) => void): void {
  show = next;
  for (const message of queue.splice(0)) next(message);
}
