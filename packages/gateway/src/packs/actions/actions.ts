import type { Action } from './action.ts';
import { csvToJson } from './csv-to-json.ts';
import { echo } from './echo.ts';
import { qrCode } from './qr-code.ts';
import { textStats } from './text-stats.ts';

/** Every action. To add one, create its file and list it here. */
export const ACTIONS: readonly Action[] = [echo, textStats, csvToJson, qrCode];
