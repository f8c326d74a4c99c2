import { type RefObject, useEffect, useRef, useState } from 'react';

interface Interaction {
  interacting: boolean;
  /** For the element to watch. */
  ref: RefObject<HTMLDivElement | null>;
}

/**
 * Whether the mouse pointer or keyboard focus is inside an element. Touch doesn't count, since a
 * finger never hovers. Focus left by a click doesn't count either: it stays after the pointer
 * leaves.
 */
export function useInteraction(): Interaction {
  const ref = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  useEffect(() => {
    const isInside = (target: EventTarget | null): target is Element =>
      target instanceof Element && (ref.current?.contains(target) ?? false);
    // On the document, because an element that is removed under the pointer or while focused fires
    // no leave or blur event.
    const onPointerOver = ({ target, pointerType }: PointerEvent) => setPointed(pointerType !== 'touch' && isInside(target));
    const onPointerLeave = () => setPointed(false);
    const onFocusIn = ({ target }: FocusEvent) => setFocused(isInside(target) && target.matches(':focus-visible'));
    const onFocusOut = () => setFocused(false);
    document.addEventListener('pointerover', onPointerOver);
    document.documentElement.addEventListener('pointerleave', onPointerLeave);
    document.addEventListener('focusin', onFocusIn);
    document.addEventListener('focusout', onFocusOut);
    return () => {
      document.removeEventListener('pointerover', onPointerOver);
      document.documentElement.removeEventListener('pointerleave', onPointerLeave);
      document.removeEventListener('focusin', onFocusIn);
      document.removeEventListener('focusout', onFocusOut);
    };
  }, []);
  return { interacting: pointed || focused, ref };
}
