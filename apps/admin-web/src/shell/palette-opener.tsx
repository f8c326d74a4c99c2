import { useHotkeys } from '@mantine/hooks';
import { lazy, Suspense, useState } from 'react';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

export interface PaletteState {
  /** Loaded from the first opening on. */
  wanted: boolean;
  opened: boolean;
  open: () => void;
  close: () => void;
}

/** The state of the command palette; Ctrl-K or Cmd-K opens and closes it, in fields too. */
export function usePalette(): PaletteState {
  const [state, setState] = useState({ wanted: false, opened: false });
  const open = () => setState({ wanted: true, opened: true });
  const close = () => setState((before) => ({ ...before, opened: false }));
  useHotkeys([['mod+K', () => (state.opened ? close() : open())]], []);
  return { ...state, open, close };
}

/** Loads the palette when it is first wanted. */
export const PaletteOpener = ({ palette }: { palette: PaletteState }) =>
  palette.wanted ? (
    <Suspense>
      <Palette opened={palette.opened} onClose={palette.close} />
    </Suspense>
  ) : null;
