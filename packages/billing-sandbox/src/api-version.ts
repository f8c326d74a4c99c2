/** The version of Stripe's API whose shapes the sandbox speaks; a test compares it with the installed `stripe` package's. */
export const apiVersion = '2026-10-28.endive';

/** The sandbox's only test clock; every customer and subscription lives by it. */
export const clockId = 'clock_sandbox';
