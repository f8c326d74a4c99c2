/**
 * The API version of the sandbox; a test compares it with that of the installed `stripe` package.
 */
export const apiVersion = '2026-10-28.endive';

/** The sandbox's only test clock, used by every customer and subscription. */
export const clockId = 'clock_sandbox';
