import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** Mantine’s close button has no accessible name. */
const CLOSABLE = { closeButtonProps: { 'aria-label': 'Close' } };

/** Shades with a text contrast of at least 4.5:1, light and dark (WCAG 2.2, 1.4.3). */
export const THEME = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: '600' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // `Modal.extend` would load the components with the first page.
    Modal: { defaultProps: CLOSABLE },
    Drawer: { defaultProps: CLOSABLE },
  },
});

const COLORS = ['teal', 'yellow', 'orange', 'red', 'gray', 'blue', 'indigo'];

/** Raises the contrast of dimmed text, light badges and notices to WCAG AA. */
export const VARIABLES: CSSVariablesResolver = (theme) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': theme.colors.gray?.[7] ?? '',
    '--mantine-color-placeholder': theme.colors.gray?.[7] ?? '',
    '--mantine-color-error': theme.colors.red?.[9] ?? '',
    ...Object.fromEntries(
      COLORS.map((name) => [`--mantine-color-${name}-light-color`, `color-mix(in srgb, ${theme.colors[name]?.[9]} 72%, black)`]),
    ),
  },
  dark: {
    '--mantine-color-dimmed': theme.colors.dark?.[1] ?? '',
    '--mantine-color-placeholder': theme.colors.dark?.[2] ?? '',
    '--mantine-color-error': theme.colors.red?.[4] ?? '',
    '--mantine-color-anchor': theme.colors.indigo?.[3] ?? '',
    ...Object.fromEntries(COLORS.map((name) => [`--mantine-color-${name}-light-color`, theme.colors[name]?.[2] ?? ''])),
  },
});
