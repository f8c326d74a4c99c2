import { type RefObject, useEffect, useRef, useState } from 'react';

interface Held {
  held: boolean;
  /** The element that somebody may be in. */
  box: RefObject<HTMLDivElement | null>;
}

/**
 * Whether the pointer or the keyboard’s focus is in an element. A finger points at nothing, so only a mouse or pen counts; focus that a click
 * left behind does not count, else the element would be held long after the pointer is gone.
 */
export function useHeld(): Held {
  const box = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  useEffect(() => {
    const isIn = (target: EventTarget | null): target is Element => target instanceof Element && (box.current?.contains(target) ?? false);
    // All on the document: what is taken away while it is under the pointer, or has the focus, tells nobody that it was left.
    const pointing = ({ target, pointerType }: PointerEvent) => setPointed(pointerType !== 'touch' && isIn(target));
    const gone = () => setPointed(false);
    const focusing = ({ target }: FocusEvent) => setFocused(isIn(target) && target.matches(':focus-visible'));
    document.addEventListener('pointerover', pointing);
    document.documentElement.addEventListener('pointerleave', gone);
    const unfocused = () => setFocused(false);
    document.addEventListener('focusin', focusing);
    document.addEventListener('focusout', unfocused);
    return () => {
      document.removeEventListener('pointerover', pointing);
      document.documentElement.removeEventListener('pointerleave', gone);
      document.removeEventListener('focusin', focusing);
      document.removeEventListener('focusout', unfocused);
    };
  }, []);
  return { held: pointed || focused, box };
}
