/** The sandbox's API version. A test checks that the installed `stripe` package has the same. */
export const apiVersion = '2026-10-28.endive';

/** The sandbox's only test clock, used by every customer and subscription. */
export const clockId = 'clock_sandbox';
