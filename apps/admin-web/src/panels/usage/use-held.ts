import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';

interface Held {
  held: boolean;
  /** For the element that somebody may be in. */
  box: RefObject<HTMLDivElement | null>;
  handlers: {
    onPointerEnter: (event: PointerEvent<HTMLElement>) => void;
    onPointerLeave: () => void;
    onBlur: () => void;
  };
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
    // On the document: an element that is taken away while it has the focus tells nobody.
    const heard = ({ target }: FocusEvent) =>
      setFocused(target instanceof Element && (box.current?.contains(target) ?? false) && target.matches(':focus-visible'));
    document.addEventListener('focusin', heard);
    return () => document.removeEventListener('focusin', heard);
  }, []);
  return {
    held: pointed || focused,
    box,
    handlers: {
      onPointerEnter: ({ pointerType }) => setPointed(pointerType !== 'touch'),
      onPointerLeave: () => setPointed(false),
      onBlur: () => setFocused(false),
    },
  };
}
