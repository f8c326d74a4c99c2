/** Safe HTML. Only `html` creates it, which escapes every value. */
export type Html = { readonly markup: string };

type Piece = Html | Html[] | string | number | null;

/**
 * Template tag that escapes its values, for text and quoted attributes. Results of `html` are
 * inserted as is, null as nothing.
 */
export function html(strings: TemplateStringsArray, ...values: Piece[]): Html {
  return { markup: strings.map((text, at) => text + (at < values.length ? markupOf(values[at] ?? null) : '')).join('') };
}

function markupOf(piece: Piece): string {
  if (piece === null) return '';
  if (Array.isArray(piece)) return piece.map(({ markup }) => markup).join('');
  return typeof piece === 'object' ? piece.markup : escapeHtml(String(piece));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
